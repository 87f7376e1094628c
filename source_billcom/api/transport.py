"""One HTTP exchange with BILL: no redirects, no retries, always a timeout."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import exceptions
from requests.adapters import HTTPAdapter
from requests.utils import default_headers

from source_billcom.api.error_handling import unreachable
from source_billcom.errors import config_error

Timeout = tuple[float, float]  # seconds to connect, seconds between bytes of the answer
_CONNECTIONS = 8
_PIECE = 1 << 20  # bytes
_HEADERS = {**default_headers(), "accept": "application/json"}


@dataclass(frozen=True)
class Response:
    """An HTTP answer, its body read to the end. `date` is the server's clock in HTTP's words."""

    status: int
    body: bytes
    date: str | None = None


class TransportError(Exception):
    """No whole answer came. `unreachable`: not even a connection; `final`: trying again is vain."""

    def __init__(self, what: str, *, unreachable: bool = False, final: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.unreachable = unreachable
        self.final = final


class Transport:
    """Sends to one base URL over kept-alive connections; safe to share between threads.

    Redirects are never followed: `requests` would hand sessionId and devKey to the other host.
    TLS certificates are always verified. Proxies come from the usual environment variables.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._has_answered = False
        self._http = requests.Session()
        # proxies and certificates of the environment, looked up once: the host is always the same
        self._given = self._http.merge_environment_settings(
            base_url, {}, stream=True, verify=None, cert=None
        )
        self._http.trust_env = False
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)

    def send(
        self,
        method: str,
        path: str,
        *,
        timeout: Timeout,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Response:
        """Make one call and return whatever HTTP answer came.

        Raises:
            Fault: no connection, no answer in time, or an answer cut short.
        """
        try:
            # made whole here: to merge each call with what a session adds, nothing, takes longer
            request = requests.Request(
                method,
                self._base_url + path,
                headers={**_HEADERS, **(headers or {})},
                params=params,
                json=json,
                cookies=self._http.cookies,
            )
            response = self._http.send(
                request.prepare(), timeout=timeout, allow_redirects=False, **self._given
            )
            # requests would put a page together from twenty pieces
            body = b"".join(response.iter_content(_PIECE))
        except exceptions.RequestException as error:
            raise _fault(error, has_answered=self._has_answered) from error
        except OSError as error:
            # requests looks at the files only when it needs them
            raise TransportError(
                "the file of certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names cannot "
                "be read",
                final=True,
            ) from error
        except ValueError as error:
            # it parses where a redirect leads to, though nobody goes there
            raise TransportError("the answer's headers cannot be read") from error
        self._has_answered = True
        return Response(response.status_code, body, response.headers.get("date"))

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._http.close()


def _fault(error: exceptions.RequestException, *, has_answered: bool) -> TransportError:
    text = str(error)
    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in text:
        return TransportError("the server's TLS certificate could not be verified", final=True)
    if isinstance(error, exceptions.SSLError) and not has_answered:
        return TransportError("the server does not speak TLS", unreachable=True)
    if isinstance(error, exceptions.ProxyError):
        return TransportError("the proxy could not be reached or refused", unreachable=True)
    if isinstance(error, exceptions.ConnectTimeout):
        return TransportError("no connection in time", unreachable=True)
    if isinstance(error, exceptions.ReadTimeout):
        return TransportError("no answer in time")
    if isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        return TransportError("the answer was cut short")
    if isinstance(error, exceptions.InvalidURL | exceptions.InvalidSchema):
        return TransportError("the address is not valid", unreachable=True, final=True)
    if "NameResolutionError" in text or "NewConnectionError" in text:
        return TransportError("no connection", unreachable=True)
    return TransportError("the connection broke off")


def refuse_plain_http_to_public_host(base_url: str) -> None:
    """Let plain http reach only this machine or a private network.

    Password, developer key and session would cross the internet readable by everyone.

    Raises:
        ConnectorError: the host is public, or its name cannot be looked up.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "http" or parts.hostname is None:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unreachable(parts.netloc, is_bill_host=False) from error
    if not all(_is_near(str(entry[4][0])) for entry in found):
        raise config_error(
            f"Base URL uses http to the public host {parts.hostname}, which would send the "
            "password unencrypted: use https."
        )


def _is_near(text: str) -> bool:
    """Tell whether an address is this machine's own or of a private network."""
    address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    # Python 3.11 calls every IPv4 address private that is written as one of IPv6
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_private or address.is_loopback
