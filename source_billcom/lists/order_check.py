"""Proves that BILL applied the requested sort, and that rows are not in ascending order by chance.

A keyset walk resumes from the newest time on a page. If BILL ignored the sort, rows with an earlier
time would follow on a later page, and the walk would lose them. BILL documents the sort for most
lists [DOC], but not what it does with a sort that a list does not have [UNKNOWN]. So the first page
that is not the only one must prove the order, which costs at most one extra call.
"""

from dataclasses import dataclass
from datetime import datetime

from source_billcom.api.list_requests import ListRequests, Page, ascending_times
from source_billcom.api.query import CREATED, UPDATED, ListQuery, time_condition
from source_billcom.errors import RequestRejected
from source_billcom.lists.batch import ResumePoint
from source_billcom.times import floor_to_second

# in random order, 10 different times ascend once in 3.6 million cases
_DIFFERENT_TIMES_THAT_PROVE = 10


class OutOfOrder(Exception):
    """BILL does not keep the sort order or the filter. `resume` says what had been read by then."""

    def __init__(self, resume: ResumePoint) -> None:
        super().__init__("a list is not in the requested order")
        self.resume = resume


@dataclass(frozen=True)
class RequestedPage:
    """A page with its ascending times, the query that returned it, and what was read before it."""

    page: Page
    times: list[datetime]
    query: ListQuery
    resume: ResumePoint


class OrderCheck:
    """Checks the order of one walk, page by page.

    `query` is sorted by `field`. With `is_proven`, the proof is not needed: another part of the
    same list has given it.
    """

    def __init__(
        self, requests: ListRequests, query: ListQuery, field: str, *, is_proven: bool = False
    ) -> None:
        self._requests = requests
        self._query = query
        self._field = field
        self._other_field = CREATED if field == UPDATED else UPDATED
        self._deferred: RequestedPage | None = None
        self.is_proven = is_proven

    def times_of(self, page: Page, resume: ResumePoint, *, is_first: bool) -> list[datetime]:
        """Return the times of a page's rows. The page must have rows.

        Raises:
            OutOfOrder: a row has no time, the times do not ascend, or they begin too early.
        """
        times = ascending_times(page.rows, self._field)
        start = resume.resume_from
        # BILL shows whole seconds [LIVE NG, OD], and may keep milliseconds
        if times is None or (start is not None and times[0] < floor_to_second(start)):
            raise OutOfOrder(resume)
        if not is_first and start is not None and times[0] < start and times[-1] <= start:
            # BILL compares whole seconds, and this second has more rows than a page
            raise OutOfOrder(resume)
        return times

    def check(self, requested: RequestedPage, *, may_defer: bool) -> None:
        """Prove the order with the first page that has a next page, unless it is proven already.

        With `may_defer`, the proof waits for the next page: BILL may refuse the filter of that
        page, and then the order does not matter.

        Raises:
            OutOfOrder: BILL did not apply the requested sort.
            ConnectorError: a call failed.
        """
        if self._deferred is not None:
            deferred, self._deferred = self._deferred, None
            self._prove(deferred)
        elif requested.page.token is not None and not self.is_proven:
            if may_defer and requested.times[0] < requested.times[-1]:
                self._deferred = requested
            else:
                self._prove(requested)

    def _prove(self, requested: RequestedPage) -> None:
        times, resume = requested.times, requested.resume
        has_different_times = times[0] < times[-1]
        is_doubtful = resume.resume_from is None or (
            has_different_times and self._may_be_another_order(requested)
        )
        try:
            if is_doubtful and not self._is_reversible(requested):
                raise OutOfOrder(resume)
        except RequestRejected as refusal:
            raise OutOfOrder(resume) from refusal
        if has_different_times:
            self.is_proven = True
        elif self._has_earlier_rows(times[0], resume):
            raise OutOfOrder(resume)

    def _may_be_another_order(self, requested: RequestedPage) -> bool:
        """Tell whether a page looks the same in another order, such as that of the other time.

        Rows that nobody changed since they were created ascend by both times, and a few rows ascend
        by chance.
        """
        rows = requested.page.rows
        return (
            len(set(requested.times)) < _DIFFERENT_TIMES_THAT_PROVE
            or any(row.get(self._other_field) is None for row in rows)
            or ascending_times(rows, self._other_field) is not None
        )

    def _is_reversible(self, requested: RequestedPage) -> bool:
        """Tell whether the descending sort begins at the page's last time or later.

        If BILL ignores the sort, it returns the same page again. If a row without the time comes
        first, the answer is no, because a filter on that time would never return that row.
        """
        query = requested.query.descending(self._field)
        rows = self._requests.get_nonempty_page(query).rows
        newest = ascending_times(rows[:1], self._field)
        return newest is not None and newest[:1] >= requested.times[-1:]

    def _has_earlier_rows(self, moment: datetime, resume: ResumePoint) -> bool:
        """Tell whether the list has rows before a page whose rows all have the time `moment`.

        Such a page shows no order. If BILL ignores the filter and returns rows, the answer is yes,
        which is right: the walk cannot rely on that filter.
        """
        start = resume.resume_from
        if start is not None and moment <= start:
            return False
        query = self._query.where(time_condition(self._field, "lt", moment))
        if start is not None:
            query = query.where(time_condition(self._field, "gte", start))
        return bool(self._requests.get_nonempty_page(query).rows)
