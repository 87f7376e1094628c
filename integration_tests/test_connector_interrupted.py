"""A sync that is cut short: what it has printed is valid, and the next sync loses no row."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from testing.rows import by_id
from testing.waiting import wait_until

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.result import Result
    from testing.rows import Json

BILLS = 2_500
NEARLY_FULL_PIPE = 60_000
"""Bytes; a pipe holds 65,536."""
SLOW_MS = 1_000
"""Slow enough that the list cannot end before the signal, and less than a logout waits."""


def is_state_of_bills(message: Json) -> bool:
    return (
        message["type"] == "STATE"
        and message["state"]["stream"]["stream_descriptor"]["name"] == "bills"
        and "updatedTime" in message["state"]["stream"]["stream_state"]
    )


def is_record(message: Json) -> bool:
    return str(message["type"]) == "RECORD"


def with_many_bills(bill: Emulator) -> None:
    bill.bulk("bills", BILLS, spread="bursty", replace=True)


def make_bills_slow(bill: Emulator) -> None:
    """Let every page of bills take a second; wait until a slow call is in flight."""
    bill.latency(SLOW_MS, path="/v3/bills")
    before = bill.counts()["calls"]
    wait_until(lambda: bill.counts()["calls"] > before, "one more call")


def assert_resumes(result: Result, bill: Emulator, connector: Connector) -> None:
    """Check that the rows read so far and those read from the last state are all of BILL's rows."""
    rows = by_id(result.records["bills"])
    assert 0 < len(rows) < BILLS
    resumed = connector.read(["bills"], result.state_file)
    assert resumed.exit_code == 0
    assert {**rows, **by_id(resumed.records["bills"])} == by_id(bill.data("bills"))


def test_a_sync_can_resume_from_each_state_of_a_long_list(
    bill: Emulator, connector: Connector
) -> None:
    with_many_bills(bill)
    whole = connector.read(["bills"])
    positions = [i for i, message in enumerate(whole.messages) if is_state_of_bills(message)]
    assert len(positions) >= 2, "no state before the last one"
    times = [whole.messages[i]["state"]["stream"]["stream_state"]["updatedTime"] for i in positions]
    assert times == sorted(times)
    for position in positions[:-1]:
        before = [
            message["record"]["data"]
            for message in whole.messages[:position]
            if message["type"] == "RECORD"
        ]
        resumed = connector.read(["bills"], [whole.messages[position]["state"]])
        after = by_id(resumed.records["bills"])
        assert len(after) < BILLS
        assert {**by_id(before), **after} == by_id(bill.data("bills"))


def test_sigterm_ends_a_read_after_printing_its_last_state(
    bill: Emulator, connector: Connector
) -> None:
    with_many_bills(bill)
    bill.latency(100, path="/v3/bills")
    running = connector.start_read(["bills"]).read_until(is_state_of_bills)
    make_bills_slow(bill)

    result = running.terminate().finish()

    assert result.exit_code == -signal.SIGTERM
    assert "COMPLETE" not in result.statuses["bills"]
    assert "Traceback" not in result.stdout + result.stderr
    assert bill.counts()["live_sessions"] == 0
    bill.default_latency()
    assert_resumes(result, bill, connector)


def test_sigterm_while_calls_are_slow_still_logs_out(bill: Emulator, connector: Connector) -> None:
    with_many_bills(bill)
    running = connector.start_read(["bills"]).read_until(is_record)
    make_bills_slow(bill)

    result = running.terminate().finish()

    assert result.exit_code == -signal.SIGTERM
    assert bill.counts()["live_sessions"] == 0


def test_a_logout_that_bill_refuses_is_logged(bill: Emulator, connector: Connector) -> None:
    with_many_bills(bill)
    bill.fault("error", path="/v3/logout", status=422, code="BDC_1322")
    running = connector.start_read(["bills"]).read_until(is_record)
    make_bills_slow(bill)

    result = running.terminate().finish()

    assert any("session could not be logged out" in line for line in result.logs)


def test_sigterm_while_nobody_reads_stdout_tears_no_line(
    bill: Emulator, connector: Connector
) -> None:
    # given a platform that no longer reads, and a connector that is blocked in writing to it
    with_many_bills(bill)
    running = connector.start_read(["bills"]).read_until(is_record)
    wait_until(lambda: running.unread_bytes() > NEARLY_FULL_PIPE, "stdout is full")

    result = running.terminate().finish()

    assert result.exit_code == -signal.SIGTERM
    ids = [row["id"] for row in result.records["bills"]]
    assert len(ids) == len(set(ids)), "rows were printed twice"
    assert "Traceback" not in result.stdout + result.stderr
    assert_resumes(result, bill, connector)


def test_a_sync_after_sigkill_loses_no_row(bill: Emulator, connector: Connector) -> None:
    with_many_bills(bill)
    bill.latency(100, path="/v3/bills")
    running = connector.start_read(["bills"]).read_until(is_state_of_bills)

    result = running.kill().finish(last_line_may_be_cut=True)

    assert result.exit_code == -signal.SIGKILL
    assert "COMPLETE" not in result.statuses["bills"]
    bill.default_latency()
    assert_resumes(result, bill, connector)
