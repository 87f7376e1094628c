"""Where the connector sends what: never to a redirect's host or past a bad certificate.

And through the proxies that the environment names.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bill_emulator.contract import LISTS
from testing.connector import FAST_CLOCK
from testing.fixed_server import fixed_server, free_port
from testing.forward_proxy import forward_proxy
from testing.rows import assert_same_rows
from testing.user_messages import assert_no_traceback, assert_one_line

if TYPE_CHECKING:
    from pathlib import Path

    from bill_emulator.process import Emulator
    from testing.connector import Connector

REDIRECTS = {"bills": 301, "vendors": 302, "invoices": 303, "customers": 307, "roles": 308}


def certificate(folder: Path, name: str, *, days: int = 1) -> Path:
    """Write a key and its self-signed certificate, valid until `days` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}-{days}.pem"
    path.write_bytes(secret + made.public_bytes(pem))
    return path


def test_no_redirect_of_a_list_is_followed_whatever_its_status(
    bill: Emulator, connector: Connector
) -> None:
    with fixed_server() as other:
        for name, status in REDIRECTS.items():
            path = f"{LISTS[name].path}$"
            bill.fault("redirect", path=path, regex=True, status=status, url=f"{other.url}/v3")
        result = connector.read([*REDIRECTS, "users"])
        assert other.requests == []
    assert result.exit_code == 1
    for name in REDIRECTS:
        assert result.statuses[name][-1] == "INCOMPLETE"
        assert "redirected" in result.sentence_of(name)
        assert_one_line(result.sentence_of(name))
    assert result.statuses["users"][-1] == "COMPLETE"
    assert bill.counts()["live_sessions"] == 0


@pytest.mark.parametrize("status", [307, 308])
def test_no_redirect_of_a_login_is_followed_that_would_keep_its_body(
    bill: Emulator, connector: Connector, status: int
) -> None:
    with fixed_server() as other:
        bill.fault("redirect", path="/v3/login", status=status, url=f"{other.url}/v3/login")
        checked = connector.check()
        assert other.requests == []
    assert checked.connection_status["status"] == "FAILED"
    assert "redirected" in checked.sentence


@pytest.mark.parametrize(
    ("name", "days", "is_known"),
    [("localhost", 1, False), ("gateway.prod.bill.com", 1, True), ("localhost", -1, True)],
    ids=["self-signed", "of another host", "expired yesterday"],
)
def test_a_server_without_a_valid_certificate_gets_no_request(
    connector: Connector, tmp_path: Path, name: str, days: int, *, is_known: bool
) -> None:
    pem = certificate(tmp_path, name, days=days)
    # old versions of requests are said to have switched verification off when these were empty
    bundle = {"REQUESTS_CA_BUNDLE": str(pem)} if is_known else {"CURL_CA_BUNDLE": ""}
    with fixed_server(certificate=pem) as server:
        there = connector.having(base_url=f"{server.url}/connect").by(FAST_CLOCK, **bundle)
        checked = there.check()
        assert server.requests == []
    assert checked.connection_status["status"] == "FAILED"
    assert "certificate could not be verified" in checked.sentence
    assert_one_line(checked.sentence)
    assert_no_traceback(checked)


def test_a_certificate_of_the_companys_own_authority_is_accepted(
    connector: Connector, tmp_path: Path
) -> None:
    """The same server gets requests once its certificate is trusted: TLS works, and is verified."""
    pem = certificate(tmp_path, "localhost")
    with fixed_server(certificate=pem) as server:
        there = connector.having(base_url=f"{server.url}/connect")
        checked = there.by(FAST_CLOCK, REQUESTS_CA_BUNDLE=str(pem)).check()
        assert set(server.requests) == {"POST /connect/v3/login"}
    assert "did not come from BILL" in checked.sentence


def through(proxy: str, past: str = "") -> dict[str, str]:
    """Return variables that name a proxy, in both cases of letters; `past` is NO_PROXY."""
    values = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": past}
    return {**values, **{name.lower(): value for name, value in values.items()}}


def test_a_sync_uses_the_proxy_that_the_environment_names(
    bill: Emulator, connector: Connector
) -> None:
    with forward_proxy() as proxy:
        with_user = proxy.url.replace("http://", "http://ann:proxy-secret@")
        result = connector.by(FAST_CLOCK, **through(with_user)).read(["bills", "roles"])
    assert (result.exit_code, result.errors) == (0, [])
    for name in ("bills", "roles"):
        assert_same_rows(result.records[name], bill.data(name), name)
    assert len(proxy.requests) == bill.counts()["calls"]
    assert all(f" {bill.base_url}/v3/" in request for request in proxy.requests)
    assert None not in proxy.authorizations
    assert "proxy-secret" not in result.stdout + result.stderr


def test_https_goes_through_a_proxy_and_is_verified(connector: Connector, tmp_path: Path) -> None:
    pem = certificate(tmp_path, "localhost")
    with fixed_server(certificate=pem) as server, forward_proxy() as proxy:
        there = connector.having(base_url=f"{server.url}/connect")
        environment = through(proxy.url)
        unknown = there.by(FAST_CLOCK, **environment).check()
        assert server.requests == []
        there.by(FAST_CLOCK, REQUESTS_CA_BUNDLE=str(pem), **environment).check()
        assert set(server.requests) == {"POST /connect/v3/login"}
    assert set(proxy.requests) == {f"CONNECT {server.url.removeprefix('https://')}"}
    assert "certificate could not be verified" in unknown.sentence


def test_hosts_in_no_proxy_are_reached_directly(bill: Emulator, connector: Connector) -> None:
    with forward_proxy() as proxy:
        result = connector.by(FAST_CLOCK, **through(proxy.url, past="127.0.0.1")).read(["roles"])
        assert proxy.requests == []
    assert_same_rows(result.records["roles"], bill.data("roles"), "roles")


def test_a_proxy_that_is_down_is_reported_without_its_password(connector: Connector) -> None:
    dead = f"http://ann:proxy-secret@127.0.0.1:{free_port()}"
    checked = connector.by(FAST_CLOCK, **through(dead)).check("--debug")
    assert "Cannot reach" in checked.sentence
    assert_one_line(checked.sentence)
    assert "proxy-secret" not in checked.stdout + checked.stderr


def test_the_connector_logs_out_after_a_failed_read_and_after_a_check(
    bill: Emulator, connector: Connector
) -> None:
    bill.fault("error", path="/v3/bills", code="BDC_1999", status=400)
    assert connector.read(["bills"]).exit_code == 1
    assert connector.check().exit_code == 0
    counts = bill.counts()
    assert (counts["logins"], counts["logouts"], counts["live_sessions"]) == (2, 2, 0)
