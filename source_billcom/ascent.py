"""Reading a list upward in time, each page anchored on the newest time seen.

A page token may be a position in a result that changes while it is read [UNKNOWN], and a reader
that follows it loses the rows that move up past the page's end. Here each call asks anew for the
rows from the newest time on, and drops those of that time that have been handed on: a row that
changes meanwhile moves to a later time, and nothing moves to an earlier one.

A moment with more rows than a page has no such order; see `crowd.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from source_billcom.listing import (
    CREATED,
    UPDATED,
    ListQuery,
    Page,
    Pages,
    Row,
    bound,
    times_of,
)

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Batch:
    """Rows to hand on. After them, every row up to `covered` is; None where that is not known."""

    rows: list[Row]
    covered: datetime | None


class OutOfOrder(Exception):
    """BILL does not keep the order or the filter. Up to `anchor` all is read, and `seen` at it.

    `page` is the one that showed it.
    """

    def __init__(self, anchor: datetime | None, seen: frozenset[str], page: Page) -> None:
        super().__init__("a list is not in the order asked for")
        self.anchor = anchor
        self.seen = seen
        self.page = page


ReadMoment = Callable[[ListQuery, frozenset[str]], Iterator[list[Row]]]
"""Reads what a moment holds but the ids given, from a query that is narrowed to it."""


class Ascent:
    """Walks `query` in ascending `field` from `start` to `end`, both included, None for no bound.

    `end` may be lowered while the walk is under way, by whoever reads the rest.
    """

    def __init__(
        self,
        pages: Pages,
        query: ListQuery,
        field: str,
        read_moment: ReadMoment,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        first: Page | None = None,
    ) -> None:
        self._pages = pages
        self._query = query.ascending(field)
        self._field = field
        self._read_moment = read_moment
        self._start = start
        self.end = end
        self._first = first
        self._other_field = CREATED if field == UPDATED else UPDATED
        self._is_order_proven = False

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order, each once unless it changed in between.

        Raises:
            OutOfOrder: the rows came in another order than asked for, or from before the anchor.
            BillError: a page could not be had.
        """
        anchor, seen = self._start, frozenset[str]()
        while True:
            page = self._first or self._pages.get_filled(self._from(anchor))
            self._first = None
            if not page.rows:
                return
            times = self._times(page, anchor, seen)
            end, newest = self.end, times[-1]
            fresh = [
                row
                for row, moment in zip(page.rows, times, strict=True)
                if (row["id"] not in seen or anchor is None or moment > anchor)
                and (end is None or moment <= end)
            ]
            yield Batch(fresh, newest if end is None else min(newest, end))
            if page.token is None or (end is not None and newest > end):
                return
            at_newest = {
                row["id"] for row, moment in zip(page.rows, times, strict=True) if moment == newest
            }
            if anchor is not None and newest <= anchor:
                at_newest |= seen
            seen = frozenset(at_newest)
            anchor = newest
            if times[0] == newest:
                # nothing but this moment on the page, and more behind it
                yield from self._moment(newest, seen)
                anchor, seen = end_of_moment(newest), frozenset()
                if self.end is not None and anchor > self.end:
                    return

    def _from(self, anchor: datetime | None) -> ListQuery:
        query = self._query
        if anchor is not None:
            query = query.where(bound(self._field, "gte", anchor))
        if self.end is not None:
            query = query.where(bound(self._field, "lte", self.end))
        return query

    def _moment(self, moment: datetime, seen: frozenset[str]) -> Iterator[Batch]:
        until = end_of_moment(moment)
        query = self._query.where(bound(self._field, "gte", moment))
        if self.end is not None and self.end < until:
            query = query.where(bound(self._field, "lte", self.end))
        else:
            query = query.where(bound(self._field, "lt", until))
        for rows in self._read_moment(query, seen):
            yield Batch(rows, moment)

    def _times(self, page: Page, anchor: datetime | None, seen: frozenset[str]) -> list[datetime]:
        times = times_of(page.rows, self._field)
        # times are shown in whole seconds [LIVE] and may be kept more exactly
        if times is None or (anchor is not None and times[0] < whole_second(anchor)):
            raise OutOfOrder(anchor, seen, page)
        if page.token is not None and not self._is_order_proven and times[0] < times[-1]:
            if self._is_doubtful(page) and not self._shows_others_downward(times, anchor):
                raise OutOfOrder(anchor, seen, page)
            self._is_order_proven = True
        return times

    def _is_doubtful(self, page: Page) -> bool:
        """Tell whether another order could look like this one: that of the list's other time.

        Rows that nobody changed since they were created ascend in both.
        """
        other = [row.get(self._other_field) for row in page.rows]
        return None in other or times_of(page.rows, self._other_field) is not None

    def _shows_others_downward(self, times: list[datetime], anchor: datetime | None) -> bool:
        """Ask in the other direction, where a sort that is ignored shows the same rows again."""
        downward = self._pages.get_filled(self._from(anchor).descending(self._field))
        top = times_of(downward.rows[:1], self._field)
        return top is not None and top[:1] >= times[-1:]


def whole_second(moment: datetime) -> datetime:
    """Cut off what is below a second."""
    return moment.replace(microsecond=0)


def end_of_moment(moment: datetime) -> datetime:
    """Return where the moment ends that a shown time stands for: a second, or a millisecond."""
    return moment + (_MILLISECOND if moment.microsecond else _SECOND)
