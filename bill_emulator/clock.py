"""The emulator's time: real time plus an offset, or frozen; tests move it instead of sleeping.

In memory every time is a canonical string, `2024-10-18T14:42:32.000+00:00`: UTC and of fixed
width, so that the order of strings is the order of times. It is also what BILL itself sends
[LIVE NG, OD].
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

_FIRST_YEAR, _LAST_YEAR = 1980, 2999

Precision = Literal["second", "millisecond"]


class Clock:
    """The time at BILL. `frozen_at` stops it: then only `advance` moves it."""

    def __init__(self, frozen_at: datetime | None = None, precision: Precision = "second") -> None:
        self._frozen_at = frozen_at.astimezone(UTC) if frozen_at else None
        self._offset = timedelta(0)
        self.precision: Precision = precision

    def now(self) -> datetime:
        """Return the time now, aware and in UTC."""
        base = self._frozen_at if self._frozen_at is not None else datetime.now(UTC)
        return base + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock; a negative number moves it back.

        Raises:
            ValueError: it would leave the years BILL's times can be written and counted in; the
                clock stays where it is.

        """
        try:
            offset = self._offset + timedelta(seconds=seconds)
            year = (self.now() - self._offset + offset).year
        except OverflowError:
            year = None
        if year is None or not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise ValueError(f"The clock goes from {_FIRST_YEAR} to {_LAST_YEAR}, no further.")
        self._offset = offset

    @property
    def offset_seconds(self) -> float:
        """How far the clock has been moved, in seconds."""
        return self._offset.total_seconds()

    def stamp(self) -> str:
        """Now as a canonical string, cut to the clock's precision."""
        now = self.now()
        return canonical(now.replace(microsecond=0) if self.precision == "second" else now)


def canonical(time: datetime) -> str:
    """Give an aware time as the canonical string, in UTC, cut to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def parse_canonical(text: str) -> datetime:
    """Give the aware time of a canonical string."""
    return datetime.fromisoformat(text)
