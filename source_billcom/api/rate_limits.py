"""BILL's two limits, kept so that BILL does not have to refuse calls.

[DOC D:api-rate-limits]: 3 concurrent calls per developer key and organization
(BDC_1322), 20,000 calls per developer key in a clock hour (BDC_1144).

Nothing here waits for a window: a window says when the next call may go, and the caller decides
whether to wait until then (see retry.py).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from source_billcom.clock import Clock, next_full_hour

CALLS_AT_ONCE = 3
CALLS_PER_HOUR = 20_000
_LOG_EVERY = timedelta(minutes=1)

Slots = threading.BoundedSemaphore
"""Calls that may be in flight at once. Each call holds a slot until its body is read."""


class HourlyWindow:
    """The calls of one developer key in the current clock hour, for all of its organizations."""

    def __init__(self, clock: Clock, limit: int = CALLS_PER_HOUR) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._hour_ends = next_full_hour(clock.now())
        self._used = 0
        self._closed_until: datetime | None = None
        self._last_logged: datetime | None = None

    def try_take(self) -> datetime | None:
        """Count one call and return None; or count nothing and return when to ask again."""
        with self._lock:
            now = self._clock.now()
            if now >= self._hour_ends:
                self._hour_ends, self._used = next_full_hour(now), 0
            if self._closed_until is not None and now >= self._closed_until:
                self._closed_until = self._last_logged = None
            if self._closed_until is None and self._used >= self._limit:
                self._closed_until = self._hour_ends
            if self._closed_until is not None:
                return self._closed_until
            self._used += 1
            return None

    def close_until(self, opens: datetime) -> None:
        """Refuse every call until `opens`, because BILL said that the hour is used up."""
        with self._lock:
            if self._closed_until is None or self._closed_until < opens:
                self._closed_until = opens

    def may_log_wait(self) -> bool:
        """Tell whether a waiting caller should log that it waits.

        True once a minute however many threads wait, because a silent hour looks like a hang.
        """
        with self._lock:
            now = self._clock.now()
            if self._last_logged is not None and now - self._last_logged < _LOG_EVERY:
                return False
            self._last_logged = now
            return True


@dataclass(frozen=True)
class RateLimits:
    """The limits that every call of one connection keeps.

    Connections with the same key share `hour`; those of the same organization share `slots`.
    """

    hour: HourlyWindow
    slots: Slots

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot, waiting for a free one."""
        with self.slots:
            yield

    @contextmanager
    def slot_within(self, seconds: float) -> Iterator[None]:
        """Hold a slot if one becomes free in time, and go on without one otherwise."""
        has_slot = self.slots.acquire(timeout=seconds)
        try:
            yield
        finally:
            if has_slot:
                self.slots.release()
