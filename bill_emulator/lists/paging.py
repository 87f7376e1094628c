"""Reads one page of a list."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bill_emulator.lists.order import IndexOrder, Order, Place, SortedOrder
from bill_emulator.lists.query import Condition, Predicate, Row, SortField, predicate
from bill_emulator.store import INDEXED

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from bill_emulator.options import Options
    from bill_emulator.store import Store
    from bill_emulator.time_index import Key

_AFTER_ANY_ID = "\uffff"
_RANGE_OPERATORS = frozenset({"gt", "gte", "lt", "lte"})


@dataclass(frozen=True)
class Position:
    """Where a page begins: after a row, before a row, or at an offset (0 is the start)."""

    kind: Literal["offset", "after", "before"] = "offset"
    offset: int = 0
    place: Place | None = None


@dataclass(frozen=True)
class Page:
    """The rows of a page and the positions of the next and previous page, if any."""

    rows: tuple[Row, ...]
    following: Position | None
    preceding: Position | None


@dataclass(frozen=True)
class Query:
    """The list, filters and sort of a request."""

    list_name: str
    conditions: tuple[Condition, ...]
    sort: tuple[SortField, ...]


def read_page(
    store: Store, query: Query, position: Position, size: int, shuffle: random.Random
) -> Page:
    """Read one page of at most `size` rows, under the store's options.

    `shuffle` orders ties if `tie_order` is random.
    """
    options = store.options
    order, matches = _plan(store, query, options)
    keyed = options.page_token_position == "key"  # noqa: S105 no password
    shuffled = options.tie_order == "random"
    if matches is not None and isinstance(order, IndexOrder) and (shuffled or not keyed):
        order, matches = _narrowed(store, query.list_name, order, matches), None
    reader = _Reader(store, query.list_name, order, matches)
    if position.kind == "before" and position.place is not None:
        return reader.page_before(position.place, size)
    start = order.after(position.place) if position.place is not None else position.offset
    if not shuffled:
        page = reader.page_from(start, size)
    else:
        page = reader.shuffled_page_from(start, size, shuffle, whole_groups=not keyed)
    return page if keyed else _at_offsets(page, start, size)


def _at_offsets(page: Page, start: int, size: int) -> Page:
    following = Position(offset=start + size) if page.following else None
    preceding = Position(offset=max(0, start - size)) if start > 0 else None
    return Page(page.rows, following, preceding)


def _plan(store: Store, query: Query, options: Options) -> tuple[Order, Predicate | None]:
    """Return the order to read, and the test that its rows must still pass, if any."""
    first = query.sort[0]
    if len(query.sort) == 1 and first.field in INDEXED:
        keys = store.index(query.list_name, first.field).keys()
        begin, end = _bounds(keys, first.field, query.conditions)
        order = IndexOrder(keys, begin, end, descending=first.descending)
        rest = [c for c in query.conditions if not _is_bound(c, first.field)]
        return order, _all_of(rest, options)
    matches = _all_of(query.conditions, options)
    rows = _candidates(store, query)
    kept = [row for row in rows if matches is None or matches(row)]
    return SortedOrder(kept, query.sort, options.absent_values), None


def _candidates(store: Store, query: Query) -> Iterator[Row]:
    """Return the rows in the time range of the query, by an index if there is one."""
    for time in INDEXED:
        if any(_is_bound(condition, time) for condition in query.conditions):
            keys = store.index(query.list_name, time).keys()
            begin, end = _bounds(keys, time, query.conditions)
            return (store.row(query.list_name, keys[n][1]) for n in range(begin, end))
    return iter(store.rows(query.list_name))


def _is_bound(condition: Condition, time: str) -> bool:
    return condition.field == time and condition.operator in _RANGE_OPERATORS


def _bounds(keys: list[Key], time: str, conditions: Sequence[Condition]) -> tuple[int, int]:
    """Return begin and end of the keys that match the conditions on their time."""
    begin, end = 0, len(keys)
    for condition in conditions:
        if not _is_bound(condition, time):
            continue
        value = str(condition.values[0])
        low = bisect_left(keys, (value, ""))
        high = bisect_right(keys, (value, _AFTER_ANY_ID))
        if condition.operator in {"gt", "gte"}:
            begin = max(begin, high if condition.operator == "gt" else low)
        else:
            end = min(end, low if condition.operator == "lt" else high)
    return begin, end


def _all_of(conditions: Sequence[Condition], options: Options) -> Predicate | None:
    if not conditions:
        return None
    tests = [predicate(condition, options) for condition in conditions]
    return lambda row: all(test(row) for test in tests)


def _narrowed(store: Store, list_name: str, order: IndexOrder, matches: Predicate) -> IndexOrder:
    """Keep only the rows that match, because offsets count only these."""
    keys = [key for key in order.ascending() if matches(store.row(list_name, key[1]))]
    return IndexOrder(keys, 0, len(keys), descending=order.descending)


class _Reader:
    """Reads pages of an order and skips rows that do not match."""

    def __init__(
        self, store: Store, list_name: str, order: Order, matches: Predicate | None
    ) -> None:
        self._rows = store.table(list_name)
        self._order = order
        self._matches = matches

    def page_from(self, start: int, size: int) -> Page:
        found = self._first(range(start, len(self._order)), size + 1)
        return self._page(found[:size], start, more_after=len(found) > size)

    def page_before(self, place: Place, size: int) -> Page:
        """Read the page that ends before a place. The next page starts at that place."""
        end = self._order.before(place)
        found = self._first(range(end - 1, -1, -1), size)[::-1]
        start = found[0][0] if found else 0
        page = self._page(found, start, more_after=True)
        return page if found else Page((), Position(), None)

    def shuffled_page_from(
        self, start: int, size: int, shuffle: random.Random, *, whole_groups: bool
    ) -> Page:
        """Read a page that has rows with equal sort values in random order.

        With `whole_groups`, rows before `start` with the same values are shuffled too, as if the
        result was sorted again and an offset applied. Otherwise only the rows after the key are.
        """
        count = len(self._order)
        if start >= count:
            return self._page([], start, more_after=False)
        low = self._order.group(start)[0] if whole_groups else start
        positions = self._shuffled(low, min(start + size, count), shuffle)
        chosen = positions[start - low : start - low + size]
        found = [(position, self._row(position)) for position in chosen]
        return self._page(found, start, more_after=start + size < count)

    def _shuffled(self, low: int, end: int, shuffle: random.Random) -> list[int]:
        positions: list[int] = []
        while low < end:
            high = self._order.group(low)[1]
            group = list(range(low, high))
            shuffle.shuffle(group)
            positions.extend(group)
            low = high
        return positions

    def _page(self, found: list[tuple[int, Row]], start: int, *, more_after: bool) -> Page:
        following = preceding = None
        if more_after and found:
            following = Position("after", place=self._order.place(found[-1][0]))
        first = found[0][0] if found else start
        if self._first(range(min(start, len(self._order)) - 1, -1, -1), 1) and found:
            preceding = Position("before", place=self._order.place(first))
        return Page(tuple(row for _, row in found), following, preceding)

    def _first(self, positions: range, count: int) -> list[tuple[int, Row]]:
        """Return the first `count` rows that match, with their positions."""
        rows, row_id = self._rows, self._order.id
        if self._matches is None:
            return [(position, rows[row_id(position)]) for position in positions[:count]]
        found: list[tuple[int, Row]] = []
        for position in positions:
            row = rows[row_id(position)]
            if self._matches(row):
                found.append((position, row))
                if len(found) == count:
                    break
        return found

    def _row(self, position: int) -> Row:
        return self._rows[self._order.id(position)]


def as_json(position: Position) -> dict[str, Any]:
    """Return a position as JSON, for a page token."""
    if position.place is None:
        return {"o": position.offset}
    values, row_id = position.place
    return {"k": position.kind, "v": list(values), "i": row_id}


def from_json(written: dict[str, Any]) -> Position:
    """Return the position that `as_json` wrote.

    Raises:
        KeyError: it is not a position.

    """
    if "o" in written:
        return Position(offset=int(written["o"]))
    return Position(written["k"], place=(tuple(written["v"]), str(written["i"])))
