"""One HTTP call: what it fails with, what it does not keep, and where it may go at all."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from airbyte_cdk.models import FailureType
from requests import exceptions
from requests.adapters import BaseAdapter
from urllib3.exceptions import MaxRetryError, SSLError

from source_billcom.api.transport import Transport, refuse_unencrypted_public_host
from source_billcom.config import PRODUCTION, ConnectorConfig
from source_billcom.errors import ConnectorError, TransportError, UnreadableCertificates
from unit_tests.fakes import CONFIG, NOW, client_of

URL = "https://gateway.example/connect"


class Failing(BaseAdapter):
    """Fails each call in the same way."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.sent = 0

    def send(self, *_: Any, **__: Any) -> requests.Response:
        self.sent += 1
        raise self.error

    def close(self) -> None:
        """There is nothing to close."""


def tls_error(words: str) -> exceptions.SSLError:
    """Build an error of a handshake as `requests` raises it."""
    cause = SSLError(ssl.SSLError(1, f"[SSL] {words} (_ssl.c:1006)"))
    return exceptions.SSLError(MaxRetryError(None, URL, cause))  # type: ignore[arg-type]


def transport_to(error: Exception) -> tuple[Transport, Failing]:
    """Return a transport whose calls fail, and the adapter that counts them."""
    transport, adapter = Transport(URL), Failing(error)
    transport._http.mount("https://", adapter)
    return transport, adapter


def failure_of(error: Exception) -> TransportError:
    """Return what a call fails with where `requests` raises `error`."""
    with pytest.raises(TransportError) as caught:
        transport_to(error)[0].send("GET", "/v3/bills", timeout=(1.0, 1.0))
    return caught.value


UNVERIFIED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"
NO_TLS = ["[SSL: WRONG_VERSION_NUMBER] wrong version number", "[SSL] record layer failure"]


class TestFailures:
    def test_a_certificate_that_cannot_be_verified_is_final(self) -> None:
        failure = failure_of(tls_error(UNVERIFIED))

        assert "certificate" in failure.what
        assert failure.final

    def test_tls_that_breaks_after_a_response_is_a_closed_connection(self) -> None:
        transport, _ = transport_to(tls_error("record layer failure"))
        transport._has_answered = True

        with pytest.raises(TransportError) as caught:
            transport.send("GET", "/v3/bills", timeout=(1, 1))

        assert caught.value.what == "the connection was closed"
        assert not caught.value.unreachable

    def test_a_missing_file_of_certificates_is_final_and_named(self) -> None:
        failure = failure_of(OSError("Could not find a suitable TLS CA certificate bundle"))

        assert isinstance(failure, UnreadableCertificates)
        assert failure.final

    @pytest.mark.parametrize("error", [ValueError("Invalid IPv6 URL"), b"\xff"])
    def test_a_redirect_to_an_invalid_address_is_a_response_that_cannot_be_read(
        self, error: ValueError | bytes
    ) -> None:
        if isinstance(error, bytes):
            error = UnicodeDecodeError("utf-8", error, 0, 1, "invalid start byte")

        assert failure_of(error).what == "the response's headers cannot be read"

    @pytest.mark.parametrize("words", NO_TLS)
    def test_a_server_without_tls_is_unreachable_not_untrusted(self, words: str) -> None:
        failure = failure_of(tls_error(words))

        assert failure.what == "the server does not speak TLS"
        assert (failure.unreachable, failure.final) == (True, False)

    @pytest.mark.parametrize(
        ("error", "what", "marks"),
        [
            (exceptions.ProxyError("refused"), "proxy", (True, False)),
            (exceptions.ConnectTimeout("slow"), "connecting took too long", (True, False)),
            (exceptions.ReadTimeout("slow"), "no response in time", (False, False)),
            (exceptions.ChunkedEncodingError("cut"), "cut short", (False, False)),
            (exceptions.ContentDecodingError("gzip"), "cut short", (False, False)),
            (exceptions.InvalidURL("no host"), "not valid", (True, True)),
            (exceptions.ConnectionError("NameResolutionError"), "no connection", (True, False)),
            (exceptions.ConnectionError("NewConnectionError"), "no connection", (True, False)),
            (exceptions.ConnectionError("reset by peer"), "was closed", (False, False)),
        ],
    )
    def test_each_other_has_its_own_words(
        self, error: Exception, what: str, marks: tuple[bool, bool]
    ) -> None:
        failure = failure_of(error)

        assert what in failure.what
        assert (failure.unreachable, failure.final) == marks

    def test_nothing_is_retried(self) -> None:
        transport, adapter = transport_to(exceptions.ConnectionError("reset"))

        with pytest.raises(TransportError):
            transport.send("GET", "/v3/bills", timeout=(1.0, 1.0))

        assert adapter.sent == 1


class TestSigningInWithoutTls:
    @pytest.mark.parametrize("changes", [{"base_url": URL}, {"base_url": PRODUCTION}])
    def test_it_ends_soon_in_an_error_that_names_the_host(self, changes: Mapping[str, str]) -> None:
        transport, adapter = transport_to(tls_error(NO_TLS[0]))
        config = ConnectorConfig.from_config({**CONFIG, **changes}, NOW)
        client = client_of(transport, config=config)

        with pytest.raises(ConnectorError, match="Cannot reach gateway"):
            client.sign_in()

        assert adapter.sent == 2


class CookieServer:
    """A server on this machine that sets a new cookie with each response."""

    def __init__(self) -> None:
        self.received: list[str | None] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                received.append(self.headers.get("Cookie"))
                self.send_response(200)
                self.send_header("Set-Cookie", f"cookie-{len(received)}={'x' * 500}; Path=/")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep stderr quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def cookies() -> Iterator[CookieServer]:
    """Run a server that sets cookies."""
    served = CookieServer()
    yield served
    served.server.shutdown()
    served.server.server_close()


class TestCookies:
    def test_none_is_kept_so_requests_do_not_grow(self, cookies: CookieServer) -> None:
        transport = Transport(cookies.url)

        for _ in range(3):
            transport.send("GET", "/v3/bills", timeout=(60, 60))
        transport.close()

        assert cookies.received == [None, None, None]
        assert list(transport._http.cookies) == []

    def test_after_closing_a_call_opens_a_new_connection(self, cookies: CookieServer) -> None:
        transport = Transport(cookies.url)
        transport.send("GET", "/v3/bills", timeout=(60, 60))
        transport.close()

        assert transport.send("GET", "/v3/bills", timeout=(60, 60)).status == 200
        transport.close()


class TestPlainHttp:
    @staticmethod
    def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        """Let every host name stand for `addresses`."""
        found = [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, 80))
            for address in addresses
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.4", "fe80::1%e"]
    )
    def test_it_may_reach_this_machine_and_private_networks(
        self, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        self.resolve_to(monkeypatch, address)

        refuse_unencrypted_public_host("http://bill.internal/connect")

    @pytest.mark.parametrize("addresses", [["8.8.8.8"], ["127.0.0.1", "8.8.8.8"], ["2606:4700::1"]])
    def test_it_may_not_reach_a_public_host_under_any_of_its_addresses(
        self, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
    ) -> None:
        self.resolve_to(monkeypatch, *addresses)

        with pytest.raises(ConnectorError, match="Use https") as caught:
            refuse_unencrypted_public_host("http://gateway.prod.bill.com/connect")

        assert caught.value.failure_type is FailureType.config_error

    def test_https_is_not_looked_up_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise AssertionError("looked up")

        monkeypatch.setattr(socket, "getaddrinfo", fail)

        refuse_unencrypted_public_host("https://gateway.prod.bill.com/connect")

    def test_an_unknown_host_is_named_in_the_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)

        with pytest.raises(ConnectorError, match=r"Cannot reach no-such-host\.example") as caught:
            refuse_unencrypted_public_host("http://no-such-host.example/connect")

        assert caught.value.failure_type is FailureType.config_error

    @pytest.mark.parametrize("host", ["." * 5, "a" * 64 + ".example"])
    def test_a_name_that_cannot_be_looked_up_is_refused(self, host: str) -> None:
        with pytest.raises(ConnectorError):
            refuse_unencrypted_public_host(f"http://{host}/connect")
