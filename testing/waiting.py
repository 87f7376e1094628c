"""Waits until a condition holds, however slow the machine is."""

import time
from collections.abc import Callable

_LONGEST_SECONDS = 600
"""No machine needs this long; it only ends a test whose condition never holds."""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as `condition` holds.

    Raises:
        AssertionError: it did not hold within ten minutes; names `what` was waited for.

    """
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"this never happened: {what}"
        time.sleep(0.02)
