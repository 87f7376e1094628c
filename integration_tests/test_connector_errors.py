"""Failures at BILL: short ones cost no row; lasting ones are reported, one message per stream."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from testing.connector import FAST_CLOCK, Connector
from testing.fixed_server import fixed_server
from testing.rows import assert_same_rows
from testing.user_messages import assert_no_traceback, assert_one_line

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.result import Result

SHORT: dict[str, dict[str, Any]] = {
    "bills": {"kind": "reset"},
    "payments": {"kind": "cut"},
    "vendors": {"kind": "html"},
    "vendor_credits": {"kind": "error"},
    "recurring_bills": {"kind": "error", "status": 503, "code": None, "shape": "codeless"},
    "invoices": {"kind": "html", "status": 200},
    "customers": {"kind": "not_json"},
    "receivable_payments": {"kind": "no_results"},
    "credit_memos": {"kind": "error_array"},
    "recurring_invoices": {"kind": "error", "code": "BDC_1322", "status": 422, "times": 5},
    "chart_of_accounts": {"kind": "error", "code": "BDC_1322", "status": 429, "times": 5},
    "departments": {"kind": "stall", "seconds": 0.3, "times": 1},
    "locations": {"kind": "error", "code": "BDC_1001", "status": 400},
    "items": {"kind": "error", "code": None, "status": 429},
}
LASTING: dict[str, dict[str, Any]] = {
    "bills": {"kind": "reset", "skip": 1},
    "payments": {"kind": "cut"},
    "vendors": {"kind": "html"},
    "vendor_credits": {"kind": "error"},
    "invoices": {"kind": "html", "status": 200, "skip": 1},
    "customers": {"kind": "not_json"},
    "receivable_payments": {"kind": "no_results"},
    "credit_memos": {"kind": "error_array"},
    "recurring_invoices": {"kind": "error", "code": "BDC_1322", "status": 422},
    "chart_of_accounts": {"kind": "repeat_token"},
    "departments": {"kind": "error", "code": "BDC_1144", "status": 429},
    "items": {"kind": "error", "code": "BDC_1999", "status": 400, "message": "Never heard of."},
}


MINUTES = re.compile(r"about (\d+) min")


def inject(bill: Emulator, faults: dict[str, dict[str, Any]], **rule: Any) -> None:
    """Put each list's fault on exactly its path."""
    for name, fault in faults.items():
        bill.fault(path=f"{LISTS[name].path}$", regex=True, **{**rule, **fault})


def assert_complete(result: Result, bill: Emulator, name: str) -> None:
    """Check that a stream is COMPLETE and has all of BILL's rows."""
    assert result.statuses[name][-1] == "COMPLETE"
    assert_same_rows(result.records[name], bill.data(name), name)


def assert_incomplete(result: Result, name: str) -> None:
    """Check that a stream is INCOMPLETE and has one error message of one line."""
    assert result.statuses[name][-1] == "INCOMPLETE"
    assert "COMPLETE" not in result.statuses[name]
    assert_one_line(result.sentence_of(name))


def test_faults_that_end_cost_no_row(bill: Emulator, connector: Connector) -> None:
    for name in LISTS:
        bill.bulk(name, 150)
    inject(bill, SHORT, times=2, skip=1)

    result = connector.by(FAST_CLOCK).read()

    assert result.errors == []
    assert result.exit_code == 0
    for name in LISTS:
        assert_complete(result, bill, name)
    met = bill.counts()["faults"]
    assert sum(met.values()) == sum(fault.get("times", 2) for fault in SHORT.values())
    assert_no_traceback(result)


def test_lasting_faults_leave_their_streams_incomplete_and_no_other(
    bill: Emulator, connector: Connector
) -> None:
    for name in LISTS:
        bill.bulk(name, 150)
    inject(bill, LASTING)

    result = connector.by(FAST_CLOCK).read()

    assert result.exit_code == 1
    for name in LISTS:
        if name in LASTING:
            assert_incomplete(result, name)
        else:
            assert_complete(result, bill, name)
    for name in ("bills", "invoices"):
        # the first page arrived: its rows are emitted, and the state is not later than they are
        newest = max(row["updatedTime"] for row in result.records[name])
        assert len(result.records[name]) == 100
        state = result.newest_states[name].get("updatedTime", "")
        assert not state or datetime.fromisoformat(state) <= datetime.fromisoformat(newest)
    assert len(result.errors) == len(LASTING) + 1
    assert_no_traceback(result)
    assert "BDC_1999" in result.sentence_of("items")


def test_slots_that_others_use_are_waited_for(bill: Emulator, connector: Connector) -> None:
    bill.options(concurrent_limit=1)
    bill.latency(100)
    streams = ["bills", "users", "roles", "jobs", "items", "vendors"]
    result = connector.by(FAST_CLOCK).read(streams)
    assert result.exit_code == 0
    for name in streams:
        assert_complete(result, bill, name)
    assert bill.counts()["refused"]["BDC_1322"] > 0


def test_the_wait_for_a_new_hour_is_logged_every_minute(
    bill: Emulator, connector: Connector
) -> None:
    # given both clocks at half past the next hour, and a limit of 12 calls an hour
    now = datetime.now(UTC)
    half_past = now.replace(minute=30, second=0, microsecond=0) + timedelta(hours=1)
    offset = (half_past - now).total_seconds()
    bill.advance(offset)
    bill.options(hourly_limit=12)
    slow = connector.by(
        FAST_CLOCK,
        BILL_CLOCK_URL=f"{bill.root_url}/control/clock",
        BILL_CLOCK_OFFSET=str(offset),
    )

    result = slow.read()

    assert result.exit_code == 0
    for name in LISTS:
        assert_complete(result, bill, name)
    assert bill.counts()["refused"]["BDC_1144"] <= 6
    waits = [log for log in result.logs if "hourly call limit" in log]
    hour = (half_past + timedelta(minutes=30)).strftime("%H:00")
    of_first_hour = [log for log in waits if f"until {hour}:" in log]
    minutes = [int(found[1]) for log in of_first_hour if (found := MINUTES.search(log))]
    # from 30 minutes down to 1, less what this machine needed to get that far
    assert len(minutes) == len(of_first_hour)
    assert len(minutes) >= 10
    assert minutes == sorted(minutes, reverse=True)
    assert set(minutes) == set(range(minutes[-1], minutes[0] + 1))
    assert minutes[0] <= 30


def test_check_does_not_wait_for_a_new_hour(bill: Emulator, connector: Connector) -> None:
    bill.fault("error", code="BDC_1144", status=429)
    result = connector.check()
    assert result.exit_code == 0
    assert result.connection_status["status"] == "FAILED"
    assert "hourly limit" in result.sentence
    assert_one_line(result.sentence)
    assert bill.counts()["calls"] == 1


def test_a_forbidden_stream_is_incomplete_and_the_others_are_complete(
    bill: Emulator, connector: Connector
) -> None:
    bill.forbid("users", "bills")

    result = connector.read()

    assert result.exit_code == 1
    for name in LISTS:
        if name not in {"users", "bills"}:
            assert_complete(result, bill, name)
            continue
        assert_incomplete(result, name)
        assert name not in result.records
        assert f"BILL denied this user permission while reading {name}" in result.sentence_of(name)
    assert bill.counts()["logins"] == 1
    assert_no_traceback(result)


def test_check_succeeds_and_names_the_streams_it_cannot_read(
    bill: Emulator, connector: Connector
) -> None:
    bill.options(permission_status=401)
    bill.forbid("users", "credit_memos")
    some = connector.check()
    assert some.exit_code == 0
    assert some.connection_status["status"] == "SUCCEEDED"
    assert "credit_memos, users" in some.sentence
    assert "bills" not in some.sentence
    assert bill.counts()["logins"] == 1

    bill.forbid(*LISTS)
    none = connector.check()
    assert none.exit_code == 0
    assert none.connection_status["status"] == "FAILED"
    assert "No stream can be read" in none.sentence
    assert_no_traceback(none)


def test_a_redirect_is_never_followed(bill: Emulator, connector: Connector) -> None:
    with fixed_server() as other:
        inject(bill, {"bills": {"kind": "redirect"}}, url=f"{other.url}/v3/bills")
        read = connector.read(["bills", "roles"])
        assert read.exit_code == 1
        assert_incomplete(read, "bills")
        assert "redirected" in read.sentence_of("bills")
        assert_complete(read, bill, "roles")

        bill.fault("redirect", path="/v3/login", url=f"{other.url}/v3/login")
        checked = connector.check()
        assert checked.connection_status["status"] == "FAILED"
        assert "redirected" in checked.sentence
        assert other.requests == []
