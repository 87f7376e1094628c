"""A platform that cancels while BILL does not answer: the end must not wait for BILL."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.rows import Json

STALL_SECONDS = 60
"""Longer than any platform waits before it kills."""

ENDS_WITHIN_SECONDS = 10
"""After SIGTERM, as platforms expect; docker kills then. It takes a second or two."""


def is_started(message: Json) -> bool:
    return bool(message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS")


def test_sigterm_does_not_wait_for_calls_that_stall(bill: Emulator, connector: Connector) -> None:
    for path in ("/v3/bills", "/v3/payments", "/v3/vendors"):
        bill.fault("stall", path=path, seconds=STALL_SECONDS)
    started = time.monotonic()
    running = connector.start_read(["bills", "payments", "vendors"]).read_until(is_started)
    assert time.monotonic() - started < STALL_SECONDS / 2, "held back until BILL answered"
    while bill.counts()["in_flight"] == 0:
        time.sleep(0.05)
    begun = time.monotonic()

    result = running.terminate().finish()

    assert result.exit_code == -signal.SIGTERM
    assert time.monotonic() - begun < ENDS_WITHIN_SECONDS


def test_nor_for_a_login_that_stalls(bill: Emulator, connector: Connector) -> None:
    bill.fault("stall", path="/v3/login", seconds=STALL_SECONDS)
    running = connector.start_read(["bills"])
    running.read_until(lambda message: message["type"] == "LOG")
    while bill.counts()["in_flight"] == 0:
        time.sleep(0.05)
    begun = time.monotonic()

    result = running.terminate().finish()

    assert result.exit_code == -signal.SIGTERM
    assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
