"""The time: that of this machine, which tests can move instead of waiting, and BILL's."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_DAY = timedelta(days=1)
_CENTURY = timedelta(days=36_525)
_ALMOST_A_SECOND = timedelta(milliseconds=999)


class Clock:
    """The clock of this machine. Tests pass one that only pretends to sleep."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never jump; only differences between them have a meaning."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread for `seconds`."""
        time.sleep(seconds)


class ServerClock:
    """What BILL's clock shows, by the Date headers of its responses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the time by BILL's clock, or by this machine's where BILL's is not known.

        A sync reads up to its start by BILL's clock. With a clock that is behind, the newest
        changes would arrive one sync later; with one that is ahead, changes made during the sync
        would be read too.
        """
        ahead = self._ahead
        # No clock is wrong by a day. Whatever sent such a date, reading further loses nothing.
        return self._clock.now() + (ahead if abs(ahead) <= _DAY else max(ahead, timedelta(0)))

    def note(self, date: str | None) -> None:
        """Take the Date header of a response; one that cannot be read changes nothing."""
        try:
            shown = parsedate_to_datetime(date) if date else None
        except (ValueError, OverflowError):
            shown = None
        if shown is None or shown.tzinfo is None:
            return
        # HTTP dates have no fractions: BILL's second may be almost over
        ahead = shown - self._clock.now() + _ALMOST_A_SECOND
        if abs(ahead) < _CENTURY:  # beyond that, a sum of times could leave the calendar
            self._ahead = ahead


def next_full_hour(moment: datetime) -> datetime:
    """Return the first full hour after `moment`.

    BILL counts calls in fixed clock hours: once the limit is used up, calls "must wait until the
    beginning of the next hour" [DOC D:api-rate-limits].
    """
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
