"""The context of all generators: random numbers, ids, the timeline and sizes; and `Pool`."""

from __future__ import annotations

import itertools
import math
import random
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bill_emulator.company.timeline import Timeline
    from bill_emulator.ids import Ids

Row = dict[str, Any]
T = TypeVar("T")

TRIES = 8


@dataclass(frozen=True)
class Context:
    """The context in which a company is generated."""

    seed: int
    scale: float
    timeline: Timeline
    ids: Ids
    partly_scheduled: str = "scheduled"  # a key of money.PARTLY_SCHEDULED

    def chance(self, concern: str) -> random.Random:
        """Return a random generator per topic, so that a change in one list does not affect others.

        A text seed goes through SHA-512, not hash(), so it is the same in every process.
        """
        return random.Random(f"company-{self.seed}-{concern}")

    def count(self, at_one: int, floor: int) -> int:
        """Return a number of rows in proportion to the scale, at least `floor`."""
        return max(floor, round(at_one * self.scale))

    def slow_count(self, at_one: int, floor: int) -> int:
        """Return a number of rows that grows with the square root of the scale, as for roles."""
        return max(floor, round(at_one * math.sqrt(self.scale)))


class Pool(Generic[T]):
    """Objects in order of creation, to choose from those that were active at a moment."""

    def __init__(
        self, things: Sequence[T], row: Callable[[T], Row], weights: Sequence[float] | None = None
    ) -> None:
        self._things = things
        self._row = row
        self._created = [row(thing)["createdTime"] for thing in things]
        self._totals = list(itertools.accumulate(weights or itertools.repeat(1.0, len(things))))

    def pick(self, rng: random.Random, at: str) -> T | None:
        """Choose an object that existed and was not archived at a time, or None."""
        known = bisect_right(self._created, at)
        if not known:
            return None
        total = self._totals[known - 1]
        for _ in range(TRIES):
            index = bisect_right(self._totals, rng.random() * total, 0, known - 1)
            if self._active(index, at):
                return self._things[index]
        active = (index for index in range(known) if self._active(index, at))
        first = next(active, None)
        return None if first is None else self._things[first]

    def _active(self, index: int, at: str) -> bool:
        """Return whether an object was not archived yet. Archiving is the last update of a row."""
        row = self._row(self._things[index])
        return not row.get("archived") or row["updatedTime"] > at


def row_pool(rows: Sequence[Row], weights: Sequence[float] | None = None) -> Pool[Row]:
    """Return a pool of rows."""
    return Pool(rows, _same, weights)


def _same(row: Row) -> Row:
    return row


def tidy(row: Row) -> Row:
    """Remove empty fields: None, and objects without fields.

    BILL omits such fields [LIVE MJ]. Empty lists stay, such as `voidInfo: []`.
    """
    kept: Row = {}
    for key, value in row.items():
        if value is None:
            continue
        if type(value) is dict:
            value = tidy(value)  # noqa: PLW2901
            if not value:
                continue
        kept[key] = value
    return kept
