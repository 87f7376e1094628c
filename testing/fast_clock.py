"""The connector with a clock of its own: its waits end at once, and its time is as much later.

`python -m testing.fast_clock read --config ...` runs the very command line of
`source-billcom`; only `source_billcom.clock.Clock`, the one place where the connector asks for the
time and waits, is replaced. A wait of an hour costs nothing; everything else is real: threads,
HTTP, output.

Two environment variables tie it to a BILL whose clock can be moved:

- `BILL_CLOCK_URL`: where to POST `{"advance_seconds": n}` for every wait, so that BILL's hour
  passes together with the connector's.
- `BILL_CLOCK_OFFSET`: how many seconds BILL's clock has been moved before the start.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import requests

from source_billcom.cli.run import run
from source_billcom.clock import Clock

_lock = threading.Lock()
_skipped = float(os.environ.get("BILL_CLOCK_OFFSET", "0"))
_url = os.environ.get("BILL_CLOCK_URL")


def _now(self: Clock) -> datetime:  # noqa: ARG001 - takes a method's place
    return datetime.now(UTC) + timedelta(seconds=_skipped)


def _monotonic(self: Clock) -> float:  # noqa: ARG001 - takes a method's place
    return time.monotonic() + _skipped


def _sleep(self: Clock, seconds: float) -> None:  # noqa: ARG001 - takes a method's place
    global _skipped  # noqa: PLW0603 - the one clock of this process
    with _lock:
        if _url:
            requests.post(_url, json={"advance_seconds": seconds}, timeout=10).raise_for_status()
        _skipped += seconds
    time.sleep(0.001)  # lets the other threads have their turn, as a real wait does


if __name__ == "__main__":
    Clock.now = _now  # type: ignore[method-assign]
    Clock.monotonic = _monotonic  # type: ignore[method-assign]
    Clock.sleep = _sleep  # type: ignore[method-assign]
    run()
