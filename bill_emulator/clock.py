"""The emulator's clock: real time plus an offset, or frozen. Tests move it instead of sleeping.

In memory every time is a canonical string such as `2024-10-18T14:42:32.000+00:00`, in UTC. All
have the same length, so the order of the strings is the order of the times. It is also the format
that BILL sends [LIVE NG, OD].
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

_FIRST_YEAR, _LAST_YEAR = 1980, 2999

Precision = Literal["second", "millisecond"]


class Clock:
    """The emulator's clock. With `frozen_at`, only `advance` moves it."""

    def __init__(self, frozen_at: datetime | None = None, precision: Precision = "second") -> None:
        self._frozen_at = frozen_at.astimezone(UTC) if frozen_at else None
        self._offset = timedelta(0)
        self.precision: Precision = precision

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        base = self._frozen_at if self._frozen_at is not None else datetime.now(UTC)
        return base + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by seconds. A negative number moves it back.

        Raises:
            ValueError: the result is out of range. The clock does not move.

        """
        try:
            offset = self._offset + timedelta(seconds=seconds)
            year = (self.now() - self._offset + offset).year
        except OverflowError:
            year = None
        if year is None or not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise ValueError(f"The clock must stay within the years {_FIRST_YEAR} to {_LAST_YEAR}.")
        self._offset = offset

    @property
    def offset_seconds(self) -> float:
        """Return how far the clock has been moved, in seconds."""
        return self._offset.total_seconds()

    def stamp(self) -> str:
        """Return the current time as a canonical string, truncated to the clock's precision."""
        now = self.now()
        return canonical(now.replace(microsecond=0) if self.precision == "second" else now)


def canonical(time: datetime) -> str:
    """Return an aware time as a canonical string, truncated to milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def parse_canonical(text: str) -> datetime:
    """Return a canonical string as an aware time."""
    return datetime.fromisoformat(text)
