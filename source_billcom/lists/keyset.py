"""Reading a list upward in time, each page anchored on the newest time seen.

A page token may be a position in a result that changes while it is read [UNKNOWN], and a reader
that follows it loses the rows that move up past the page's end. Here each call asks anew for the
rows from the newest time on, and drops those of that time that have been handed on: a row that
changes meanwhile moves to a later time, and nothing moves to an earlier one.

A moment with more rows than a page has no such order; see `crowd.py`.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from source_billcom.api.list_requests import ListRequests, Page, ascending_times
from source_billcom.api.query import CREATED, UPDATED, ListQuery, Row, time_condition
from source_billcom.errors import RequestRejected
from source_billcom.lists.batch import Batch, Bound
from source_billcom.times import end_of_moment, floor_to_second

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
# a part must be worth the call or two that its boundary costs
_LEAST_PAGES_TO_SPLIT = 3.0
# as many different times ascend by chance once in some millions
_TIMES_THAT_PROVE = 10


class OutOfOrder(Exception):
    """BILL does not keep the order or the filter.

    All rows before `resume_from` are read, and those with the ids `seen` at that time.
    """

    def __init__(self, resume_from: datetime | None, seen: frozenset[str]) -> None:
        super().__init__("a list is not in the order asked for")
        self.resume_from = resume_from
        self.seen = seen


@dataclass(frozen=True)
class _Look:
    """A page by which the order is to be judged, how it was asked for, and what was known then."""

    page: Page
    times: list[datetime]
    asked: ListQuery
    resume_from: datetime | None
    seen: frozenset[str]


ReadMoment = Callable[[ListQuery, frozenset[str]], Iterator[list[Row]]]
"""Reads what a moment holds but the ids given, from a query that is narrowed to it."""


class KeysetWalk:
    """Walks `query` in ascending `field` from `start` to `end`, None for no bound.

    What was split off a walk that has proven the order need not prove it again.

    One thread walks; another may take the upper part off it at any time by `split`.
    """

    def __init__(
        self,
        requests: ListRequests,
        query: ListQuery,
        field: str,
        read_moment: ReadMoment,
        *,
        start: datetime | None = None,
        end: Bound | None = None,
        first: Page | None = None,
        is_order_proven: bool = False,
    ) -> None:
        self._requests = requests
        self._query = query.ascending(field)
        self._field = field
        self._other_field = CREATED if field == UPDATED else UPDATED
        self._read_moment = read_moment
        self._start = start
        self._first = first
        self._is_order_proven = is_order_proven
        self._postponed: _Look | None = None
        self._lock = threading.Lock()
        self._end = end
        self._position: datetime | None = None
        self._page_span = 0.0
        self._is_long = False
        self._was_split = False

    @property
    def was_split(self) -> bool:
        """Whether someone else reads the upper part."""
        with self._lock:
            return self._was_split

    @property
    def end(self) -> Bound | None:
        """Where the walk ends now."""
        with self._lock:
            return self._end

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order, each once unless it changed in between.

        Raises:
            OutOfOrder: the rows came in another order than asked for, or from before it started.
            ConnectorError: a page could not be had.
        """
        try:
            yield from self._batches()
        finally:
            with self._lock:
                self._is_long = False

    def pages_left(self, horizon: datetime) -> float:
        """Estimate how many pages are left, by the time that the last one spanned.

        0 while it is not known to be long. `horizon` stands in for a missing end.
        """
        with self._lock:
            return self._pages_left(horizon)

    def split(self, horizon: datetime) -> tuple[datetime, Bound | None] | None:
        """Give up the later half of what is left, as its start and its end; None if too short."""
        with self._lock:
            if self._position is None or self._pages_left(horizon) < _LEAST_PAGES_TO_SPLIT:
                return None
            last = self._end.moment if self._end else horizon
            # a whole second: times are shown in seconds and may be kept more exactly
            pivot = floor_to_second(self._position + (last - self._position) / 2)
            if pivot <= end_of_moment(self._position) or pivot >= last:
                return None
            rest = self._end
            self._end = Bound(pivot, is_included=False)
            self._was_split = True
            return pivot, rest

    def _pages_left(self, horizon: datetime) -> float:
        if not self._is_long or self._position is None:
            return 0.0
        last = self._end.moment if self._end else horizon
        return (last - self._position).total_seconds() / max(self._page_span, 1.0)

    def _batches(self) -> Iterator[Batch]:
        resume_from, seen = self._start, frozenset[str]()
        while True:
            asked, is_given = self._from(resume_from), self._first is not None
            page = self._first or self._requests.get_nonempty_page(asked)
            self._first = None
            if not page.rows:
                if seen and self._field == CREATED:
                    # what has been seen there cannot have left: the filter matches nothing
                    raise OutOfOrder(resume_from, seen)
                return
            times = self._times(page, resume_from, seen)
            self._look_at_order(_Look(page, times, asked, resume_from, seen), may_wait=is_given)
            batch, is_last = self._commit(page, times, resume_from, seen)
            yield batch
            if is_last:
                return
            newest = times[-1]
            at_newest = {
                row["id"] for row, moment in zip(page.rows, times, strict=True) if moment == newest
            }
            if resume_from is not None and newest <= resume_from:
                at_newest |= seen
            resume_from, seen = newest, frozenset(at_newest)
            if times[0] == newest:
                # nothing but this moment on the page, and more behind it
                yield from self._moment(newest, seen)
                resume_from, seen = end_of_moment(newest), frozenset()
                end = self.end
                if end is not None and not end.admits(resume_from):
                    return

    def _commit(
        self, page: Page, times: list[datetime], resume_from: datetime | None, seen: frozenset[str]
    ) -> tuple[Batch, bool]:
        """Take the rows that are new and within the end as it is now, and move on to the last."""
        with self._lock:
            end, newest = self._end, times[-1]
            fresh = [
                row
                for row, moment in zip(page.rows, times, strict=True)
                if (row["id"] not in seen or resume_from is None or moment > resume_from)
                and (end is None or end.admits(moment))
            ]
            is_beyond = end is not None and not end.admits(newest)
            is_last = page.token is None or is_beyond
            self._page_span = (newest - (self._position or times[0])).total_seconds()
            self._is_long = not is_last and self._position is not None and self._is_order_proven
            self._position = newest
            covered = end.moment if end is not None and is_beyond else newest
            latest = ascending_times(fresh[-1:], UPDATED) if self._field == UPDATED else None
            return Batch(fresh, covered, latest[0] if latest else None), is_last

    def _from(self, resume_from: datetime | None) -> ListQuery:
        query = self._query
        if resume_from is not None:
            query = query.where(time_condition(self._field, "gte", resume_from))
        end = self.end
        return query.where(end.condition(self._field)) if end else query

    def _moment(self, moment: datetime, seen: frozenset[str]) -> Iterator[Batch]:
        until = Bound(end_of_moment(moment), is_included=False)
        end = self.end
        if end is not None and end.moment < until.moment:
            until = end
        query = self._query.where(
            time_condition(self._field, "gte", moment), until.condition(self._field)
        )
        for rows in self._read_moment(query, seen):
            found = [row for row in rows if self._is_within(row, moment, until)]
            yield Batch(found, moment)

    def _is_within(self, row: Row, moment: datetime, until: Bound) -> bool:
        times = ascending_times([row], self._field)
        return times is None or (moment <= times[0] and until.admits(times[0]))

    def _times(
        self, page: Page, resume_from: datetime | None, seen: frozenset[str]
    ) -> list[datetime]:
        times = ascending_times(page.rows, self._field)
        # times are shown in whole seconds [LIVE] and may be kept more exactly
        if times is None or (resume_from is not None and times[0] < floor_to_second(resume_from)):
            raise OutOfOrder(resume_from, seen)
        has_begun = self._position is not None
        if (
            has_begun
            and resume_from is not None
            and times[0] < resume_from
            and times[-1] <= resume_from
        ):
            # the filter cuts off what is below a second: more rows of it than a page holds
            raise OutOfOrder(resume_from, seen)
        return times

    def _look_at_order(self, look: _Look, *, may_wait: bool) -> None:
        """Prove the order by the first page that others follow, or by the one after it.

        It may wait where BILL perhaps refuses the next page's filter: the order is of no use then.

        Raises:
            OutOfOrder: the rows do not ascend because they were asked to.
        """
        if self._postponed is not None:
            postponed, self._postponed = self._postponed, None
            self._prove_order(postponed)
        elif look.page.token is not None and not self._is_order_proven:
            if may_wait and look.times[0] < look.times[-1]:
                self._postponed = look
            else:
                self._prove_order(look)

    def _prove_order(self, look: _Look) -> None:
        """Make sure that rows ascend because they were asked to, and that none is below them.

        Raises:
            OutOfOrder: they do not.
        """
        times, resume_from, seen = look.times, look.resume_from, look.seen
        is_doubtful = resume_from is None or (
            times[0] < times[-1] and self._is_doubtful(look.page, times)
        )
        try:
            if is_doubtful and not self._shows_others_downward(times, look.asked):
                raise OutOfOrder(resume_from, seen)
        except RequestRejected as refusal:
            raise OutOfOrder(resume_from, seen) from refusal
        if times[0] < times[-1]:
            self._is_order_proven = True
        elif self._has_rows_below(times[0], resume_from):
            raise OutOfOrder(resume_from, seen)

    def _is_doubtful(self, page: Page, times: list[datetime]) -> bool:
        """Tell whether another order could look like this one: that of the list's other time.

        Rows that nobody changed since they were created ascend in both, and a few by chance.
        """
        other = [row.get(self._other_field) for row in page.rows]
        return (
            len(set(times)) < _TIMES_THAT_PROVE
            or None in other
            or ascending_times(page.rows, self._other_field) is not None
        )

    def _shows_others_downward(self, times: list[datetime], asked: ListQuery) -> bool:
        """Ask in the other direction, where a sort that is ignored shows the same rows again.

        There a row without the time may come first: no filter on it would find that.
        """
        downward = self._requests.get_nonempty_page(asked.descending(self._field))
        top = ascending_times(downward.rows[:1], self._field)
        return top is not None and top[:1] >= times[-1:]

    def _has_rows_below(self, moment: datetime, resume_from: datetime | None) -> bool:
        """Ask for what lies before a page that shows one moment alone: it has no order to see.

        Rows that come because the filter is ignored are as bad a sign.
        """
        if resume_from is not None and moment <= resume_from:
            return False
        query = self._query.where(time_condition(self._field, "lt", moment))
        if resume_from is not None:
            query = query.where(time_condition(self._field, "gte", resume_from))
        return bool(self._requests.get_nonempty_page(query).rows)
