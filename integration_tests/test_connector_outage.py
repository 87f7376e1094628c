"""BILL goes away during a sync: all streams stop together, and the next sync continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bill_emulator.process import Emulator
from integration_tests.conftest import EVERYTHING
from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.sync.scheduler import READER_THREADS
from testing.connector import FAST_CLOCK, Connector
from testing.rows import by_id
from testing.streams import INCREMENTAL
from testing.user_messages import assert_no_traceback, assert_one_line
from testing.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from testing.result import Result

A_DAY_SECONDS = 86_400
ANSWERED_CALLS = 40
MESSAGE = "BILL could not be reached for several minutes"


@pytest.fixture
def bill() -> Iterator[Emulator]:
    """Give an emulator of the test's own, which the test stops."""
    with Emulator(scale=0.05) as emulator:
        for name in INCREMENTAL:
            emulator.bulk(name, 800)
        yield emulator


def interrupted_read(bill: Emulator, streams: Collection[str] | None = None) -> Result:
    """Read until BILL has answered some calls, then stop BILL while it holds the next ones."""
    bill.fault("stall", path="/v3/", seconds=A_DAY_SECONDS, skip=ANSWERED_CALLS)
    connector = Connector({**bill.config(), "anchor_date": EVERYTHING}, FAST_CLOCK)
    running = connector.start_read(streams)
    wait_until(lambda: bill.counts()["in_flight"] > 1, "calls that BILL does not respond to")
    bill.stop()
    return running.finish()


@pytest.mark.slow
def test_all_streams_stop_together_with_one_message(bill: Emulator) -> None:
    result = interrupted_read(bill)

    assert result.exit_code == 1
    stopped = [name for name, statuses in result.statuses.items() if "COMPLETE" not in statuses]
    assert len(stopped) >= len(INCREMENTAL)
    for name in stopped:
        assert result.statuses[name][-1] == "INCOMPLETE"
        assert result.sentence_of(name).startswith(MESSAGE)
        assert_one_line(result.sentence_of(name))
    assert_no_traceback(result)
    retries = [log for log in result.logs if "Retrying in" in log]
    # only the calls in flight are retried, none of a stream that follows
    assert 0 < len(retries) <= READER_THREADS * READ_RETRY_POLICY.retries


@pytest.mark.slow
def test_the_next_sync_continues_where_an_outage_stopped_the_last_one(bill: Emulator) -> None:
    expected = {name: bill.data(name, rendered=True) for name in INCREMENTAL}
    first = interrupted_read(bill, INCREMENTAL)
    assert {state["stream"] for state in first.states} >= set(INCREMENTAL)

    # BILL is back with the same rows, at another address
    with Emulator(scale=0.05) as again:
        for name, rows in expected.items():
            again.put_rows(name, rows, replace=True)
        config = {**again.config(), "anchor_date": EVERYTHING}
        second = Connector(config, FAST_CLOCK).read(INCREMENTAL, first.state_file)

    assert second.exit_code == 0
    total = sum(len(rows) for rows in expected.values())
    assert 0 < sum(len(rows) for rows in second.records.values()) < total
    for name, rows in expected.items():
        read = by_id([*first.records.get(name, []), *second.records.get(name, [])])
        assert read.keys() == by_id(rows).keys()
