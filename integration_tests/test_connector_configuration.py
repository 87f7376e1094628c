"""Mistakes of the user in address, dates and saved state: one line each; nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from testing.connector import FAST_CLOCK
from testing.fixed_server import fixed_server, free_port
from testing.rows import assert_same_rows
from testing.user_messages import assert_no_traceback, assert_one_line

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.result import Result
    from testing.rows import Json

PUBLIC = "93.184.216.34"


def state_of(stream: str, updated_time: object) -> Json:
    """Return the state message of one stream, as in a state file."""
    state = {
        "stream_descriptor": {"name": stream},
        "stream_state": {"updatedTime": updated_time},
    }
    return {"type": "STREAM", "stream": state}


def assert_reported(result: Result, *words: str) -> None:
    """Check that `check` FAILED or `read` ended with 1, with one line that has these words."""
    if result.of_type("CONNECTION_STATUS"):
        assert result.exit_code == 0
        assert result.connection_status["status"] == "FAILED"
    else:
        assert result.exit_code == 1
        assert result.records == {}
    assert_one_line(result.sentence)
    for word in words:
        assert word in result.sentence
    assert_no_traceback(result)


def test_the_base_url_may_end_in_a_slash_or_in_v3(bill: Emulator, connector: Connector) -> None:
    checked = connector.having(base_url=f"{bill.base_url}/v3/").check()
    assert checked.connection_status == {"status": "SUCCEEDED"}
    assert connector.having(base_url=f"{bill.base_url}/").read(["roles"]).exit_code == 0
    assert bill.counts()["by_path"].get("unknown") is None


def test_an_address_where_no_server_listens_is_reported(connector: Connector) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/connect"
    assert_reported(connector.having(base_url=nobody).check(), "Cannot reach 127.0.0.1", "Base URL")
    no_name = connector.having(base_url="https://gateway.no-such-bill.invalid/connect")
    assert_reported(no_name.by(FAST_CLOCK).check(), "Cannot reach gateway.no-such-bill.invalid")


def test_nothing_is_sent_unencrypted_to_a_public_host(connector: Connector) -> None:
    public = connector.having(base_url=f"http://{PUBLIC}/connect")
    # everything is sent through this proxy, so what it did not get was not sent
    with fixed_server() as proxy:
        result = public.by(FAST_CLOCK, NO_PROXY="", HTTP_PROXY=proxy.url, http_proxy=proxy.url)
        assert_reported(result.check(), "http", PUBLIC, "https")
        assert proxy.requests == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>Welcome</html>", "text/html"),
        (404, b"<html>Not found</html>", "text/html"),
        (200, b'{"sessionId": null}', "application/json"),
    ],
    ids=["a page", "a page of 404", "another API's 200"],
)
def test_a_server_that_is_not_bill_is_reported(
    connector: Connector, status: int, body: bytes, kind: str
) -> None:
    with fixed_server(status, body, kind) as other:
        result = connector.having(base_url=f"{other.url}/connect").by(FAST_CLOCK).check()
        assert_reported(result, "Base URL")
        assert set(other.requests) == {"POST /connect/v3/login"}
        assert len(other.requests) <= 3


def test_an_address_with_a_wrong_path_is_reported(bill: Emulator, connector: Connector) -> None:
    result = connector.having(base_url=f"{bill.base_url}/v2").check()
    assert_reported(result, "Base URL", "/connect")


TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"anchor_date": TOMORROW}, ("Anchor Date", "future")),
        ({"password": None}, ("Password", "password")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_impossible_value_is_reported_before_anything_is_sent(
    bill: Emulator, connector: Connector, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert_reported(connector.having(**changes).check(), *words)
    assert bill.counts()["calls"] == 0


def test_a_read_needs_a_complete_configuration_too(bill: Emulator, connector: Connector) -> None:
    assert_reported(connector.having(dev_key=None).read(["bills"]), "Developer Key", "dev_key")
    assert bill.counts()["calls"] == 0


def test_an_invalid_state_fails_only_its_own_stream(bill: Emulator, connector: Connector) -> None:
    broken: dict[str, tuple[object, tuple[str, ...]]] = {
        "bills": ("2999-01-01T00:00:00.000Z", ("in the future",)),
        "vendors": ("page 7", ("not a valid time", "Clear")),
        "invoices": (20260101, ("not a valid time", "Clear")),
    }
    states = [state_of(name, value) for name, (value, _) in broken.items()]

    result = connector.read([*broken, "customers", "roles"], states)

    assert result.exit_code == 1
    for name, (value, words) in broken.items():
        assert result.statuses[name][-1] == "INCOMPLETE"
        assert name not in result.records
        assert_one_line(result.sentence_of(name))
        for word in (name, *words):
            assert word in result.sentence_of(name)
        # neither changed nor lost: the user clears the state that was given
        given = {"updatedTime": value}
        assert result.newest_states.get(name, given) == given
    for name in ("customers", "roles"):
        assert_same_rows(result.records[name], bill.data(name), name)
        assert result.statuses[name][-1] == "COMPLETE"
    assert_no_traceback(result)


def test_a_state_may_be_any_form_of_iso_8601(bill: Emulator, connector: Connector) -> None:
    written = {
        "bills": "2026-05-01",
        "vendors": "2026-05-01T02:00:00+02:00",
        "invoices": "2026-05-01T00:00:00",
        "customers": "2026-05-01T00Z",
    }
    for name in written:
        bill.bulk(name, 50)
    result = connector.read(written, [state_of(*item) for item in written.items()])
    since = datetime(2026, 5, 1, tzinfo=UTC) - timedelta(minutes=10)
    for name in written:
        rows = bill.data(name)
        wanted = [row for row in rows if datetime.fromisoformat(row["updatedTime"]) >= since]
        assert 0 < len(wanted) < len(rows)
        assert_same_rows(result.records[name], wanted, name)
