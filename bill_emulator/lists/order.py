"""The matching rows of a list in sorted order, with a search for the position of a row.

Rows with equal sort values are ordered by id, in the direction of the first sort field.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Protocol

from bill_emulator.lists.query import Row, SortField, field_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bill_emulator.time_index import Key

Place = tuple[tuple[Any, ...], str]
"""The sort values and the id of a row, which define its place in the order."""

_AFTER_ANY_ID = "\uffff"


class Order(Protocol):
    """Rows in sorted order, by position."""

    def __len__(self) -> int: ...

    def id(self, position: int) -> str:
        """Return the id of the row at a position."""

    def place(self, position: int) -> Place:
        """Return the place of the row at a position."""

    def after(self, place: Place) -> int:
        """Return the first position after a place, whether or not a row has that place."""

    def before(self, place: Place) -> int:
        """Return the first position not before a place."""

    def group(self, position: int) -> tuple[int, int]:
        """Return begin and end of the rows with the same sort values as this one."""


class IndexOrder:
    """A range of a time index, in ascending or descending order, without a copy."""

    def __init__(self, keys: list[Key], begin: int, end: int, *, descending: bool) -> None:
        self._keys = keys
        self._begin = begin
        self._end = max(begin, end)
        self.descending = descending

    def __len__(self) -> int:
        return self._end - self._begin

    def ascending(self) -> list[Key]:
        """Return the keys of the range in ascending order, whatever the direction."""
        return self._keys[self._begin : self._end]

    def _key(self, position: int) -> Key:
        return self._keys[self._end - 1 - position if self.descending else self._begin + position]

    def id(self, position: int) -> str:
        """Return the id of the row at a position."""
        if self.descending:
            return self._keys[self._end - 1 - position][1]
        return self._keys[self._begin + position][1]

    def place(self, position: int) -> Place:
        """Return the place of the row at a position."""
        time, row_id = self._key(position)
        return (time,), row_id

    def after(self, place: Place) -> int:
        """Return the first position after a place."""
        key = (place[0][0], place[1])
        if self.descending:
            return self._end - self._clamped(bisect_left(self._keys, key))
        return self._clamped(bisect_right(self._keys, key)) - self._begin

    def before(self, place: Place) -> int:
        """Return the first position not before a place."""
        key = (place[0][0], place[1])
        if self.descending:
            return self._end - self._clamped(bisect_right(self._keys, key))
        return self._clamped(bisect_left(self._keys, key)) - self._begin

    def group(self, position: int) -> tuple[int, int]:
        """Return begin and end of the rows with the same time."""
        time = self._key(position)[0]
        low = self._clamped(bisect_left(self._keys, (time, "")))
        high = self._clamped(bisect_right(self._keys, (time, _AFTER_ANY_ID)))
        if self.descending:
            return self._end - high, self._end - low
        return low - self._begin, high - self._begin

    def _clamped(self, index: int) -> int:
        return min(max(index, self._begin), self._end)


class SortedOrder:
    """Rows that were sorted for this query, for sorts without an index."""

    def __init__(
        self, rows: Iterable[Row], sort: Sequence[SortField], absent_values: str = "lowest"
    ) -> None:
        self._sort = tuple(sort)
        self._ranks = tuple(_absent_rank(field, absent_values) for field in self._sort)
        places = [(_sort_values(row, self._sort), row["id"]) for row in rows]
        # Stable sorts, from the last key to the first, allow a direction per key.
        places.sort(key=lambda place: place[1], reverse=self._sort[0].descending)
        for number in reversed(range(len(self._sort))):
            places.sort(
                key=lambda place: _comparable(place[0][number], self._ranks[number]),
                reverse=self._sort[number].descending,
            )
        self._places: list[Place] = places

    def __len__(self) -> int:
        return len(self._places)

    def id(self, position: int) -> str:
        """Return the id of the row at a position."""
        return self._places[position][1]

    def place(self, position: int) -> Place:
        """Return the place of the row at a position."""
        return self._places[position]

    def after(self, place: Place) -> int:
        """Return the first position after a place."""
        by_place = cmp_to_key(self._compare)
        return bisect_right(self._places, by_place(place), key=by_place)

    def before(self, place: Place) -> int:
        """Return the first position not before a place."""
        by_place = cmp_to_key(self._compare)
        return bisect_left(self._places, by_place(place), key=by_place)

    def group(self, position: int) -> tuple[int, int]:
        """Return begin and end of the rows with the same sort values."""
        values = self._places[position][0]
        begin = end = position
        while begin > 0 and self._places[begin - 1][0] == values:
            begin -= 1
        while end < len(self._places) and self._places[end][0] == values:
            end += 1
        return begin, end

    def _compare(self, one: Place, other: Place) -> int:
        for number, field in enumerate(self._sort):
            rank = self._ranks[number]
            difference = _difference(
                _comparable(one[0][number], rank), _comparable(other[0][number], rank)
            )
            if difference:
                return -difference if field.descending else difference
        difference = _difference(one[1], other[1])
        return -difference if self._sort[0].descending else difference


def _sort_values(row: Row, sort: tuple[SortField, ...]) -> tuple[Any, ...]:
    return tuple(field_value(row, field.field) for field in sort)


def _absent_rank(field: SortField, absent_values: str) -> int:
    """Return the rank of a value: 1, or 0 or 2 for an absent value that sorts first or last."""
    is_above = {
        "lowest": False,
        "highest": True,
        "first": field.descending,
        "last": not field.descending,
    }[absent_values]
    return 2 if is_above else 0


def _comparable(value: Any, absent_rank: int) -> tuple[Any, ...]:
    """Return a value in a form that can be compared with an absent one."""
    return (absent_rank,) if value is None else (1, value)


def _difference(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)
