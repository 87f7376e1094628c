"""One HTTP call to BILL: no redirects, no retries, no cookies, always a timeout."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import exceptions
from requests.adapters import HTTPAdapter
from requests.utils import default_headers

from source_billcom.api.error_messages import unencrypted_public_host, unreachable
from source_billcom.errors import TransportError, UnreadableCertificates

Timeout = tuple[float, float]
"""Seconds to connect, and seconds between two bytes of the response."""
_CONNECTIONS = 8
_CHUNK_BYTES = 1 << 20
_HEADERS = {**default_headers(), "accept": "application/json"}


@dataclass(frozen=True)
class Response:
    """An HTTP response whose body was read to the end. `date` is its Date header."""

    status: int
    body: bytes
    date: str | None = None


class Transport:
    """Sends to one base URL over kept-alive connections; safe to share between threads.

    Redirects are not followed, because `requests` would send sessionId and devKey to the other
    host. TLS certificates are always verified. Proxies come from the usual environment variables.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._has_answered = False
        self._http = requests.Session()
        # No cookie is kept. A server that sets a new one with each response would make requests
        # grow until it refuses them, and nothing says that BILL needs any: the session is a header.
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # proxies and certificates of the environment, looked up once: the host is always the same
        self._environment = self._http.merge_environment_settings(
            base_url, {}, stream=True, verify=None, cert=None
        )
        self._http.trust_env = False
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)  # ignore-https-check

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
        """Make one call and return the HTTP response, whatever its status.

        Raises:
            TransportError: no connection, no response in time, or one that was cut short.
        """
        try:
            # prepared without the session, which has nothing to add and would take time to merge
            request = requests.Request(
                method,
                self._base_url + path,
                headers={**_HEADERS, **(headers or {})},
                params=params,
                json=json,
            )
            response = self._http.send(
                request.prepare(), timeout=timeout, allow_redirects=False, **self._environment
            )
            # by itself, requests would read a page in twenty chunks
            body = b"".join(response.iter_content(_CHUNK_BYTES))
        except exceptions.RequestException as error:
            raise _transport_error(error, has_answered=self._has_answered) from error
        except OSError as error:
            # requests opens the file only when it needs it
            raise UnreadableCertificates from error
        except ValueError as error:
            # requests parses the target of a redirect even where it is not followed
            raise TransportError("the response's headers cannot be read", partial=True) from error
        self._has_answered = True
        return Response(response.status_code, body, response.headers.get("date"))

    def close(self) -> None:
        """Close the kept-alive connections. A later call opens a new one."""
        self._http.close()


def _transport_error(error: exceptions.RequestException, *, has_answered: bool) -> TransportError:
    text = str(error)
    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in text:
        return TransportError("the server's TLS certificate could not be verified", final=True)
    if isinstance(error, exceptions.SSLError) and not has_answered:
        return TransportError("the server does not speak TLS", unreachable=True)
    if isinstance(error, exceptions.ProxyError):
        return TransportError(
            "the proxy could not be reached, or it refused the connection", unreachable=True
        )
    if isinstance(error, exceptions.ConnectTimeout):
        return TransportError("connecting took too long", unreachable=True)
    if isinstance(error, exceptions.ReadTimeout):
        return TransportError("no response in time")
    if isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        return TransportError("the response was cut short", partial=True)
    if isinstance(error, exceptions.InvalidURL | exceptions.InvalidSchema):
        return TransportError("the address is not valid", unreachable=True, final=True)
    if "NameResolutionError" in text or "NewConnectionError" in text:
        return TransportError("no connection", unreachable=True)
    return TransportError("the connection was closed")


def refuse_unencrypted_public_host(base_url: str) -> None:
    """Allow plain http only to this machine or a private network.

    On the internet everybody on the way could read password, developer key and session. This looks
    the host up, so it belongs to the first call and not to the configuration.

    Raises:
        ConnectorError: the host is public, or its name cannot be looked up.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "http" or parts.hostname is None:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unreachable(
            parts.netloc, "the host cannot be looked up", is_bill_host=False
        ) from error
    if not all(_is_private(str(entry[4][0])) for entry in found):
        raise unencrypted_public_host(parts.hostname)


def _is_private(text: str) -> bool:
    """Tell whether an address is this machine's own or of a private network."""
    address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    # Python 3.11 calls every IPv4 address private that is written as an IPv6 address
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_private or address.is_loopback
