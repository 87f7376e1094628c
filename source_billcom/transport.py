"""One HTTP exchange with BILL: no redirects, no retries, always a timeout."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests import exceptions
from requests.adapters import HTTPAdapter
from requests.utils import default_headers

Timeout = tuple[float, float]  # seconds to connect, seconds between bytes of the answer
_CONNECTIONS = 8
_PIECE = 1 << 20  # bytes
_HEADERS = {**default_headers(), "accept": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, its body read to the end. `date` is the server's clock in HTTP's words."""

    status: int
    body: bytes
    date: str | None = None


class Fault(Exception):
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
    ) -> Answer:
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
            raise Fault(
                "the file of certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names cannot "
                "be read",
                final=True,
            ) from error
        except ValueError as error:
            # it parses where a redirect leads to, though nobody goes there
            raise Fault("the answer's headers cannot be read") from error
        self._has_answered = True
        return Answer(response.status_code, body, response.headers.get("date"))

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._http.close()


def _fault(error: exceptions.RequestException, *, has_answered: bool) -> Fault:
    text = str(error)
    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in text:
        return Fault("the server's TLS certificate could not be verified", final=True)
    if isinstance(error, exceptions.SSLError) and not has_answered:
        return Fault("the server does not speak TLS", unreachable=True)
    if isinstance(error, exceptions.ProxyError):
        return Fault("the proxy could not be reached or refused", unreachable=True)
    if isinstance(error, exceptions.ConnectTimeout):
        return Fault("no connection in time", unreachable=True)
    if isinstance(error, exceptions.ReadTimeout):
        return Fault("no answer in time")
    if isinstance(error, exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        return Fault("the answer was cut short")
    if isinstance(error, exceptions.InvalidURL | exceptions.InvalidSchema):
        return Fault("the address is not valid", unreachable=True, final=True)
    if "NameResolutionError" in text or "NewConnectionError" in text:
        return Fault("no connection", unreachable=True)
    return Fault("the connection broke off")
