"""Moments and days in the two years of the company's data.

In the generator, a moment is an integer of seconds since 1970 (UTC), and a day is an integer of
days. Rows have canonical strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

DAY = 86_400
YEARS_COVERED = 2
SMALLEST_GROUP, LARGEST_GROUP = 5, 60
_MEAN_GROUP = (SMALLEST_GROUP + LARGEST_GROUP) / 2
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=4096)
def date_text(day: int) -> str:
    """Return a day in BILL's format, `2026-12-31`."""
    return date.fromordinal(_EPOCH_ORDINAL + day).isoformat()


def stamp(moment: int) -> str:
    """Return a moment as a canonical string, `2024-10-18T14:42:32.000+00:00`."""
    day, second = divmod(moment, DAY)
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{date_text(day)}T{hours:02}:{minutes:02}:{seconds:02}.000+00:00"


def moment_of(text: str) -> int:
    """Return the moment of a canonical string."""
    return int(datetime.fromisoformat(text).timestamp())


def weekday(day: int) -> int:
    """Return the weekday, from 0 for Monday to 6 for Sunday."""
    return (day + 3) % 7  # 1970-01-01 was a Thursday


def business_day(day: int) -> int:
    """Return this day, or the next Monday on a weekend."""
    over = weekday(day)
    return day if over < 5 else day + 7 - over


@dataclass(frozen=True)
class Timeline:
    """The span of the company's data, from `start` to `end`, which is as_of."""

    start: int
    end: int

    @classmethod
    def before(cls, as_of: datetime) -> Timeline:
        """Return the timeline of the two years before a moment.

        Raises:
            ValueError: `as_of` has no time zone.

        """
        if as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")
        end = int(as_of.astimezone(UTC).timestamp())
        return cls(end - YEARS_COVERED * 365 * DAY, end)

    @property
    def today(self) -> int:
        """Return the day of as_of."""
        return self.end // DAY

    def at_work(self, rng: Random, day: int) -> int:
        """Choose a moment on a day, in most cases in American business hours."""
        if rng.random() < 0.93:
            day = business_day(day)
            second = rng.randrange(14 * 3600, 24 * 3600)
        else:
            second = rng.randrange(DAY)
        return min(max(day * DAY + second, self.start), self.end)

    def after(self, rng: Random, moment: int, days: float) -> int:
        """Choose a moment in working hours, at most this many days after another."""
        if moment >= self.end:
            return self.end
        then = self.at_work(rng, (moment + int(rng.random() * days * DAY)) // DAY)
        if then <= moment:
            then = moment + rng.randrange(60, 3600)
        return min(then, self.end)

    def moments(
        self, rng: Random, count: int, *, opening: float, early: float = 0.0, bulk: float = 0.2
    ) -> list[int]:
        """Choose `count` moments of creation, in order.

        Bulk endpoints and synchronizations create many rows in one second, here groups of 5 to 60.

        Args:
            rng: the random generator.
            count: how many moments.
            opening: days after the start before which nothing is created.
            early: share of rows that were imported when the organization was set up.
            bulk: share of the other rows that are created in groups.

        """
        first = self.start + int(opening * DAY)
        moments = self._grouped(rng, int(count * early + 0.5), first, first + DAY, 1.0)
        rest = count - len(moments)
        moments += self._grouped(rng, rest, first + DAY, self.end, bulk)
        return sorted(moments)

    def _grouped(self, rng: Random, count: int, first: int, last: int, bulk: float) -> list[int]:
        """Choose moments between two others, a share `bulk` of them in groups of one second."""
        chance = bulk / (_MEAN_GROUP - (_MEAN_GROUP - 1) * bulk)
        moments: list[int] = []
        while len(moments) < count:
            moment = self.at_work(rng, rng.randrange(first, last) // DAY)
            if moment < first:
                moment = first + rng.randrange(6 * 3600)
            moment = min(moment, last)
            # Small lists get at least one group.
            group = rng.random() < chance or (bulk > 0 and not moments and count >= 10)
            size = rng.randint(SMALLEST_GROUP, LARGEST_GROUP) if group else 1
            if group and not moments:
                size = min(size, max(SMALLEST_GROUP, count // 3))
            moments += [moment] * min(size, count - len(moments))
        return moments
