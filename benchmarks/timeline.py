"""Calls in flight over time, as the emulator saw them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Moment = tuple[float, int]
"""Seconds, and how many calls are in flight from then on."""

AT_ONCE = 3
_LEVELS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Timeline:
    """One sync's calls in flight. The first call is the login and the last the logout."""

    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, moments: Sequence[Sequence[float]]) -> Timeline:
        """Build a timeline from `/control/timeline`. Time 0 is the first call."""
        began = moments[0][0] if moments else 0.0
        return cls(tuple((time - began, int(calls)) for time, calls in moments))

    @property
    def seconds(self) -> float:
        """The time from the arrival of the first call to the end of the last one."""
        return self.moments[-1][0] if self.moments else 0.0

    @property
    def reading(self) -> tuple[float, float]:
        """When the lists were read, in seconds: from the end of the login to that of the last page.

        Login and logout are recognized because no other call is in flight with them. Without them,
        this is the whole time.
        """
        ends = [time for time, calls in self.moments if calls == 0]
        arrivals = [time for (_, before), (time, calls) in pairwise(self.moments) if calls > before]
        if len(ends) < 3 or not arrivals:  # noqa: PLR2004 - login, lists, logout
            return 0.0, self.seconds
        return ends[0], max(end for end in ends if end <= arrivals[-1])

    @property
    def tail(self) -> float:
        """The seconds of reading after the last moment with three calls in flight."""
        last_full = 0.0
        for (_, calls), (until, _) in pairwise(self.moments):
            if calls >= AT_ONCE:
                last_full = until
        return max(0.0, self.reading[1] - last_full)

    @property
    def mean_call(self) -> float:
        """The mean seconds a call was in flight: the latency, and the emulator's own time."""
        pairs = list(pairwise(self.moments))
        arrivals = sum(after > calls for (_, calls), (_, after) in pairs)
        seconds = sum(calls * (end - begin) for (begin, calls), (end, _) in pairs)
        return seconds / (arrivals + 1) if pairs else 0.0

    def means(self, columns: int) -> list[float]:
        """Return the mean number of calls in flight in each of `columns` equal time spans."""
        if not self.seconds:
            return [0.0] * columns
        width = self.seconds / columns
        sums = [0.0] * columns
        for (begin, calls), (end, _) in pairwise(self.moments):
            column = min(int(begin / width), columns - 1)
            at = begin
            while at < end and column < columns:
                until = end if column == columns - 1 else min(end, (column + 1) * width)
                sums[column] += calls * (until - at)
                at, column = until, column + 1
        return [total / width for total in sums]

    def strip(self, columns: int = 64) -> str:
        """Draw the timeline as one line of text. A full block is three calls in flight."""
        top = len(_LEVELS) - 1
        return "".join(
            _LEVELS[min(top, round(mean / AT_ONCE * top))] for mean in self.means(columns)
        )
