"""What becomes of an exchange that brings no whole answer. No network."""

import ssl
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from requests import exceptions
from requests.adapters import BaseAdapter
from urllib3.exceptions import MaxRetryError, SSLError

from source_billcom.api.client import BillClient
from source_billcom.api.rate_limits import HourlyBudget, Throttle
from source_billcom.api.transport import Transport, TransportError
from source_billcom.config import PRODUCTION, ConnectorConfig
from source_billcom.errors import ConnectorError
from unit_tests.fakes import CONFIG, NOW, FakeClock

URL = "https://gateway.example/connect"


class Failing(BaseAdapter):
    """Fails each exchange in the same way."""

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
    """Return a transport on which each exchange fails, and what counts them."""
    transport, adapter = Transport(URL), Failing(error)
    transport._http.mount("https://", adapter)
    return transport, adapter


def fault_of(error: Exception) -> TransportError:
    """Return what a call ends in."""
    with pytest.raises(TransportError) as caught:
        transport_to(error)[0].send("GET", "/v3/bills", timeout=(1.0, 1.0))
    return caught.value


UNVERIFIED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"
NO_TLS = ["[SSL: WRONG_VERSION_NUMBER] wrong version number", "[SSL] record layer failure"]


class TestFaults:
    def test_a_certificate_that_cannot_be_verified_is_final(self) -> None:
        fault = fault_of(tls_error(UNVERIFIED))

        assert "certificate" in fault.what
        assert fault.final

    def test_tls_that_breaks_after_an_answer_is_a_connection_that_broke_off(self) -> None:
        transport, _ = transport_to(tls_error("record layer failure"))
        transport._has_answered = True

        with pytest.raises(TransportError) as caught:
            transport.send("GET", "/v3/bills", timeout=(1, 1))

        assert caught.value.what == "the connection broke off"
        assert not caught.value.unreachable

    def test_a_file_of_certificates_that_is_not_there_is_final_and_named(self) -> None:
        fault = fault_of(OSError("Could not find a suitable TLS CA certificate bundle"))

        assert "REQUESTS_CA_BUNDLE" in fault.what
        assert fault.final

    @pytest.mark.parametrize("error", [ValueError("Invalid IPv6 URL"), b"\xff"])
    def test_a_redirect_to_no_address_is_an_answer_that_cannot_be_read(
        self, error: ValueError | bytes
    ) -> None:
        if isinstance(error, bytes):
            error = UnicodeDecodeError("utf-8", error, 0, 1, "invalid start byte")

        assert fault_of(error).what == "the answer's headers cannot be read"

    @pytest.mark.parametrize("words", NO_TLS)
    def test_a_server_that_speaks_no_tls_is_out_of_reach_not_untrusted(self, words: str) -> None:
        fault = fault_of(tls_error(words))

        assert fault.what == "the server does not speak TLS"
        assert (fault.unreachable, fault.final) == (True, False)

    @pytest.mark.parametrize(
        ("error", "what", "marks"),
        [
            (exceptions.ProxyError("refused"), "proxy", (True, False)),
            (exceptions.ConnectTimeout("slow"), "no connection in time", (True, False)),
            (exceptions.ReadTimeout("slow"), "no answer in time", (False, False)),
            (exceptions.ChunkedEncodingError("cut"), "cut short", (False, False)),
            (exceptions.ContentDecodingError("gzip"), "cut short", (False, False)),
            (exceptions.InvalidURL("no host"), "not valid", (True, True)),
            (exceptions.ConnectionError("NameResolutionError"), "no connection", (True, False)),
            (exceptions.ConnectionError("NewConnectionError"), "no connection", (True, False)),
            (exceptions.ConnectionError("reset by peer"), "broke off", (False, False)),
        ],
    )
    def test_each_other_is_told_by_its_name(
        self, error: Exception, what: str, marks: tuple[bool, bool]
    ) -> None:
        fault = fault_of(error)

        assert what in fault.what
        assert (fault.unreachable, fault.final) == marks

    def test_nothing_is_tried_twice(self) -> None:
        transport, adapter = transport_to(exceptions.ConnectionError("reset"))

        with pytest.raises(TransportError):
            transport.send("GET", "/v3/bills", timeout=(1.0, 1.0))

        assert adapter.sent == 1


class TestSigningInWithoutTls:
    @pytest.mark.parametrize("changes", [{"base_url": URL}, {"base_url": PRODUCTION}])
    def test_it_ends_soon_in_a_sentence_that_names_the_host(
        self, changes: Mapping[str, str]
    ) -> None:
        clock = FakeClock()
        transport, adapter = transport_to(tls_error(NO_TLS[0]))
        settings = ConnectorConfig.from_config({**CONFIG, **changes}, NOW)
        client = BillClient(settings, Throttle(HourlyBudget(clock)), clock, transport)

        with pytest.raises(ConnectorError, match="Cannot reach gateway"):
            client.sign_in()

        assert adapter.sent == 2
