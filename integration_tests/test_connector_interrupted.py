"""A sync cut short: what it has said so far is whole, and the next one loses nothing."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from testing.rows import by_id

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector, Running
    from testing.result import Result
    from testing.rows import Json

BILLS = 2_500
PAGES = 25
ENDS_WITHIN_SECONDS = 10
"""After SIGTERM, the last state out and the session ended: docker kills then."""


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


def terminated(running: Running) -> Result:
    """Send SIGTERM, hold that the end comes soon, and give the result."""
    begun = time.monotonic()
    result = running.terminate().finish()
    assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
    return result


def assert_resumes(result: Result, bill: Emulator, connector: Connector) -> None:
    """Hold that the rows read and those that come after the last state are all there are."""
    rows = by_id(result.records["bills"])
    assert 0 < len(rows) < BILLS
    resumed = connector.read(["bills"], result.state_file)
    assert resumed.exit_code == 0
    assert {**rows, **by_id(resumed.records["bills"])} == by_id(bill.data("bills"))


def test_a_long_list_gives_states_on_the_way_each_good_to_resume_from(
    bill: Emulator, connector: Connector
) -> None:
    with_many_bills(bill)
    whole = connector.read(["bills"])
    positions = [i for i, message in enumerate(whole.messages) if is_state_of_bills(message)]
    assert len(positions) >= 3
    assert whole.states == sorted(whole.states, key=lambda s: str(s["stream_state"]))
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


def test_sigterm_in_mid_read_ends_it_with_the_last_state_out(
    bill: Emulator, connector: Connector
) -> None:
    with_many_bills(bill)
    bill.latency(100, path="/v3/bills")
    running = connector.start_read(["bills"]).read_until(is_state_of_bills)

    result = terminated(running)

    assert result.exit_code == -signal.SIGTERM
    assert "COMPLETE" not in result.statuses["bills"]
    assert "Traceback" not in result.stdout + result.stderr
    assert bill.counts()["live_sessions"] == 0
    bill.latency(0)
    assert_resumes(result, bill, connector)


def test_sigterm_while_calls_take_seconds_still_ends_the_session(
    bill: Emulator, connector: Connector
) -> None:
    with_many_bills(bill)
    running = connector.start_read(["bills"]).read_until(is_record)
    bill.latency(2_000, path="/v3/bills")  # less than a logout waits for a place
    time.sleep(0.5)

    result = terminated(running)

    assert result.exit_code == -signal.SIGTERM
    assert bill.counts()["live_sessions"] == 0
    bill.latency(0)


def test_a_session_that_bill_will_not_end_is_told(bill: Emulator, connector: Connector) -> None:
    with_many_bills(bill)
    bill.latency(100, path="/v3/bills")
    bill.fault("error", path="/v3/logout", status=422, code="BDC_1322")

    result = terminated(connector.start_read(["bills"]).read_until(is_record))

    assert any("session could not be logged out" in line for line in result.logs)


def test_sigterm_while_nobody_reads_tears_no_line(bill: Emulator, connector: Connector) -> None:
    # given a platform that has stopped reading, and a connector stuck in writing to it
    with_many_bills(bill)
    running = connector.start_read(["bills"]).read_until(is_record)
    for _ in range(200):
        if bill.counts()["by_path"].get("/v3/bills", 0) >= PAGES:
            break
        time.sleep(0.05)

    result = terminated(running)

    assert result.exit_code == -signal.SIGTERM
    ids = [row["id"] for row in result.records["bills"]]
    assert len(ids) == len(set(ids)), "rows came twice"
    assert "Traceback" not in result.stdout + result.stderr
    assert_resumes(result, bill, connector)


def test_a_killed_sync_is_continued_without_a_loss(bill: Emulator, connector: Connector) -> None:
    with_many_bills(bill)
    bill.latency(100, path="/v3/bills")
    running = connector.start_read(["bills"]).read_until(is_state_of_bills)

    result = running.kill().finish(last_line_may_be_cut=True)

    assert result.exit_code == -signal.SIGKILL
    assert "COMPLETE" not in result.statuses["bills"]
    bill.latency(0)
    assert_resumes(result, bill, connector)
