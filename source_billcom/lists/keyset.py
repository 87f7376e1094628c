"""Keyset pagination: each request starts at the newest time read so far.

A page token may be a position in a result that changes while it is read [UNKNOWN]. A reader that
follows such a token loses the rows that move up past the end of its page. A keyset walk uses no
token. Each call asks for the rows from the newest time read so far, and drops those that have been
read. No row is lost, because a change moves a row to a later time, and nothing moves to an earlier
one.

If more rows have the same time than a page holds, this order does not separate them. They are read
by the function `read_equal_times` that the walk is given; see equal_times.py.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from source_billcom.api.list_requests import ListRequests, Page, ascending_times
from source_billcom.api.query import CREATED, UPDATED, ListQuery, Row, time_condition
from source_billcom.lists.batch import Batch, Bound, ResumePoint
from source_billcom.lists.order_check import OrderCheck, OutOfOrder, RequestedPage
from source_billcom.lists.walk_range import WalkRange
from source_billcom.times import end_of_moment

ReadEqualTimes = Callable[[ListQuery, frozenset[str]], Iterator[list[Row]]]
"""Reads the rows of a query for one time, at BILL's precision, except those with the given ids."""


class KeysetWalk:
    """Walks `query` in ascending order of `field` from `start` to `end`; None means no bound.

    `first` is the first page if it has been read already. With `is_order_proven`, the order needs
    no proof, because the walk that this one was split off has proven it.

    One thread walks. Another thread may split the walk's `range` at any time.
    """

    def __init__(
        self,
        requests: ListRequests,
        query: ListQuery,
        field: str,
        read_equal_times: ReadEqualTimes,
        *,
        start: datetime | None = None,
        end: Bound | None = None,
        first: Page | None = None,
        is_order_proven: bool = False,
    ) -> None:
        self.range = WalkRange(end)
        self._requests = requests
        self._query = query.ascending(field)
        self._field = field
        self._read_equal_times = read_equal_times
        self._start = start
        self._first = first
        self._order = OrderCheck(requests, self._query, field, is_proven=is_order_proven)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order, each once unless it changed during the walk.

        Raises:
            OutOfOrder: the rows are not in the requested order, or the filter has no effect.
            ConnectorError: a call failed.
        """
        try:
            yield from self._batches()
        finally:
            self.range.close()

    def _batches(self) -> Iterator[Batch]:
        resume = ResumePoint(self._start)
        while True:
            query = self._query_from(resume.resume_from)
            given, self._first = self._first, None
            page = given or self._requests.get_nonempty_page(query)
            if not page.rows:
                if resume.seen and self._field == CREATED:
                    # createdTime never changes, so these rows are still there: the filter is broken
                    raise OutOfOrder(resume)
                return
            times = self._order.times_of(page, resume, is_first=not self.range.has_begun)
            requested = RequestedPage(page, times, query, resume)
            self._order.check(requested, may_defer=given is not None)
            batch, is_last = self._new_rows(requested)
            yield batch
            if is_last:
                return
            resume = resume.after(page.rows, times)
            newest = times[-1]
            if times[0] == newest:
                # the whole page has one time, and the list goes on: there may be more rows of it
                yield from self._rows_at(newest, resume.seen)
                resume = ResumePoint(end_of_moment(newest))
                end = self.range.end
                if end is not None and not end.admits(end_of_moment(newest)):
                    return

    def _new_rows(self, requested: RequestedPage) -> tuple[Batch, bool]:
        """Move on past a page; return its new rows within the end, and whether it is the last."""
        page, times, resume = requested.page, requested.times, requested.resume
        advance = self.range.advance(
            times, has_next_page=page.token is not None, is_order_proven=self._order.is_proven
        )
        rows = [
            row
            for row, moment in zip(page.rows, times, strict=True)
            if resume.is_new(row, moment) and (advance.end is None or advance.end.admits(moment))
        ]
        latest = ascending_times(rows[-1:], UPDATED) if self._field == UPDATED else None
        newest = latest[0] if latest else None
        return Batch(rows, advance.covered, newest), advance.is_last_page

    def _query_from(self, start: datetime | None) -> ListQuery:
        query = self._query
        if start is not None:
            query = query.where(time_condition(self._field, "gte", start))
        end = self.range.end
        return query.where(end.condition(self._field)) if end else query

    def _rows_at(self, moment: datetime, seen: frozenset[str]) -> Iterator[Batch]:
        """Read the rows of one shown time, except those `seen`."""
        until = Bound(end_of_moment(moment), is_included=False)
        end = self.range.end
        if end is not None and end.moment < until.moment:
            until = end
        query = self._query.where(
            time_condition(self._field, "gte", moment), until.condition(self._field)
        )
        for rows in self._read_equal_times(query, seen):
            yield Batch([row for row in rows if self._is_within(row, moment, until)], moment)

    def _is_within(self, row: Row, start: datetime, end: Bound) -> bool:
        """Tell whether a row belongs to a range; BILL may ignore the filter."""
        times = ascending_times([row], self._field)
        return times is None or (start <= times[0] and end.admits(times[0]))
