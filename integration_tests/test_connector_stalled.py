"""A platform cancels while BILL does not respond: the connector ends without waiting for BILL."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from bill_emulator.process import Emulator
from testing.connector import NO_TIMEOUTS, Connector
from testing.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testing.connector import Running
    from testing.rows import Json

A_DAY_SECONDS = 86_400
KILLED_AFTER_SECONDS = 300
"""A connector that waits for BILL is killed then, which its exit code shows."""

STREAMS = ["bills", "payments", "vendors"]


@pytest.fixture
def stalling_bill() -> Iterator[Emulator]:
    """Give an emulator of the test's own: stalled calls keep their slots until they end."""
    with Emulator(scale=0.02) as emulator:
        yield emulator


@pytest.fixture
def patient(stalling_bill: Emulator) -> Connector:
    """Give a connector whose calls never time out."""
    return Connector(stalling_bill.config(), NO_TIMEOUTS)


def is_stream_status(message: Json) -> bool:
    return bool(message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS")


def assert_ends_before_bill_responds(running: Running, bill: Emulator) -> None:
    """Send SIGTERM once a call is stalled; check that it ends the connector."""
    wait_until(lambda: bill.counts()["in_flight"] > 0, "a call that BILL does not respond to")

    result = running.terminate().finish(kill_after=KILLED_AFTER_SECONDS)

    assert result.exit_code == -signal.SIGTERM


def test_sigterm_does_not_wait_for_stalled_calls(
    stalling_bill: Emulator, patient: Connector
) -> None:
    for name in STREAMS:
        stalling_bill.fault("stall", path=f"/v3/{name}", seconds=A_DAY_SECONDS)

    running = patient.start_read(STREAMS).read_until(is_stream_status)

    # the status is printed while BILL has not responded to any of the calls
    assert stalling_bill.calls("/v3/bills") == []
    assert_ends_before_bill_responds(running, stalling_bill)


def test_sigterm_does_not_wait_for_a_stalled_login(
    stalling_bill: Emulator, patient: Connector
) -> None:
    stalling_bill.fault("stall", path="/v3/login", seconds=A_DAY_SECONDS)

    running = patient.start_read(["bills"])

    assert_ends_before_bill_responds(running, stalling_bill)
