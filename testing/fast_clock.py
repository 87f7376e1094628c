"""The connector with a clock whose waits take no time.

`python -m testing.fast_clock read --config ...` runs the command line of `source-billcom`. Only
`source_billcom.clock.Clock`, through which the connector asks for the time and waits, is replaced:
a wait of an hour ends at once, and the clock is an hour later. Everything else is real: threads,
HTTP, output.

Two environment variables connect it with a BILL whose clock can be moved:

- `BILL_CLOCK_URL`: where to POST `{"advance_seconds": n}` for every wait, so that BILL's clock
  moves together with the connector's.
- `BILL_CLOCK_OFFSET`: by how many seconds BILL's clock was moved before the start.
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


def _now(self: Clock) -> datetime:  # noqa: ARG001 - replaces a method
    return datetime.now(UTC) + timedelta(seconds=_skipped)


def _monotonic(self: Clock) -> float:  # noqa: ARG001 - replaces a method
    return time.monotonic() + _skipped


def _sleep(self: Clock, seconds: float) -> None:  # noqa: ARG001 - replaces a method
    global _skipped  # noqa: PLW0603 - the one clock of this process
    with _lock:
        if _url:
            requests.post(_url, json={"advance_seconds": seconds}, timeout=60).raise_for_status()
        _skipped += seconds
    time.sleep(0.001)  # lets the other threads run, as a real wait does


def main() -> None:
    """Replace the clock and run the command line."""
    Clock.now = _now  # type: ignore[method-assign]
    Clock.monotonic = _monotonic  # type: ignore[method-assign]
    Clock.sleep = _sleep  # type: ignore[method-assign]
    run()


if __name__ == "__main__":
    main()
