"""Time as the connector sees it, in one place so that tests can move it instead of waiting."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's clock. Tests pass one that only pretends to sleep."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never jump; only differences mean anything."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread for `seconds`."""
        time.sleep(seconds)


def next_full_hour(moment: datetime) -> datetime:
    """Return the first full hour after `moment`.

    BILL counts its limit in fixed clock hours: once it is used up, calls "must wait until the
    beginning of the next hour" [DOC developer.bill.com, API rate limits].
    """
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
