"""BILL's two limits, kept before BILL has to refuse: three calls at once, 20,000 an hour.

[DOC developer.bill.com, API rate limits]: 3 concurrent calls per developer key and organization
(BDC_1322), 20,000 calls per developer key in a clock hour (BDC_1144).
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from source_billcom.clock import Clock, next_full_hour

CALLS_AT_ONCE = 3
CALLS_AN_HOUR = 20_000
_LOG_EVERY = timedelta(minutes=1)
_CHUNK_SECONDS = 5.0

logger = logging.getLogger("airbyte.source_billcom")


class HourlyBudget:
    """One developer key's calls in the clock hour under way, shared by all its organizations."""

    def __init__(self, clock: Clock, limit: int = CALLS_AN_HOUR) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._hour_ends = next_full_hour(clock.now())
        self._used = 0
        self._closed_until: datetime | None = None
        self._last_said: datetime | None = None

    def spend_one(self) -> None:
        """Take one call, waiting as long as the hour is used up and saying so every minute."""
        while (opens := self._try_to_spend()) is not None:
            self._say_that_we_wait(opens)
            remaining = (opens - self._clock.now()).total_seconds()
            self._clock.sleep(min(max(remaining, 0.05), _CHUNK_SECONDS))

    def close_until(self, opens: datetime) -> None:
        """Hold back every call until `opens`, because BILL said that the hour is used up."""
        with self._lock:
            if self._closed_until is None or self._closed_until < opens:
                self._closed_until = opens

    def _try_to_spend(self) -> datetime | None:
        """Take one call, or return when the next may be taken."""
        with self._lock:
            now = self._clock.now()
            if now >= self._hour_ends:
                self._hour_ends, self._used = next_full_hour(now), 0
            if self._closed_until is not None and now >= self._closed_until:
                self._closed_until = self._last_said = None
            if self._closed_until is None and self._used >= self._limit:
                self._closed_until = self._hour_ends
            if self._closed_until is not None:
                return self._closed_until
            self._used += 1
            return None

    def _say_that_we_wait(self, opens: datetime) -> None:
        """Log once a minute however many threads wait: a silent hour looks like a hang."""
        with self._lock:
            now = self._clock.now()
            if self._last_said is not None and now - self._last_said < _LOG_EVERY:
                return
            self._last_said = now
        minutes = max(1, round((opens - now).total_seconds() / 60))
        logger.info(
            "BILL's hourly limit of calls is used up: waiting until %s UTC, about %d min more.",
            opens.strftime("%H:%M:%S"),
            minutes,
        )


Slots = threading.BoundedSemaphore


class Throttle:
    """Lets at most three calls of one organization be under way, within the key's hourly budget."""

    def __init__(self, budget: HourlyBudget, slots: Slots | None = None) -> None:
        self.budget = budget
        self._slots = slots or Slots(CALLS_AT_ONCE)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places for the length of a call, its body read to the end."""
        with self._slots:
            yield

    @contextmanager
    def slot_within(self, seconds: float) -> Iterator[None]:
        """Hold a place if one comes free in time, and go on without one if not."""
        has_slot = self._slots.acquire(timeout=seconds)
        try:
            yield
        finally:
            if has_slot:
                self._slots.release()
