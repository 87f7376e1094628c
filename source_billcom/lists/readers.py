"""Readers of one list.

Each returns every row once (again if it changes during the read), and never stops early.

Both readers are iterables of batches. They can be split while they are read: `split` takes the
later half off a reader that still has many pages to read, so that an idle thread can read it.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from source_billcom.api.list_requests import ListClient, ListRequests, Page, is_transient
from source_billcom.api.query import CREATED, UPDATED, ListQuery, Row, time_condition
from source_billcom.errors import ConnectorError, RequestRejected
from source_billcom.lists.batch import Batch, Bound, ResumePoint
from source_billcom.lists.equal_times import read_equal_times, read_identical_times
from source_billcom.lists.keyset import KeysetWalk
from source_billcom.lists.order_check import OutOfOrder
from source_billcom.lists.page_tokens import read_by_page_tokens
from source_billcom.times import floor_to_second, parse_time

logger = logging.getLogger("airbyte.source_billcom")


class RangeReader:
    """Reads the rows between two values of a time, in ascending order.

    If BILL does not keep that order, the remaining rows are read by page tokens, and no batch says
    what is covered. If BILL refuses to filter or sort by that time, the whole list is read and
    filtered here, provided that `may_read_all` allows it.

    `first` is the first page if it has been read already. With `is_order_proven`, the order needs
    no proof.
    """

    def __init__(
        self,
        client: ListClient,
        query: ListQuery,
        field: str,
        *,
        start: datetime | None = None,
        end: Bound | None = None,
        first: Page | None = None,
        is_order_proven: bool = False,
        may_read_all: bool = True,
    ) -> None:
        self._client = client
        self._query = query
        self._field = field
        self._start = start
        self._may_read_all = may_read_all
        requests = self._requests = ListRequests(client)
        read_same_time = read_equal_times if field == UPDATED else read_identical_times
        self._walk = KeysetWalk(
            requests,
            query,
            field,
            lambda narrowed, seen: read_same_time(requests, narrowed, seen),
            start=start,
            end=end,
            first=first,
            is_order_proven=is_order_proven,
        )

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            ConnectorError: a call failed, or the list cannot be read completely.
        """
        has_begun = False
        try:
            for batch in self._walk.batches():
                has_begun = True
                yield batch
        except OutOfOrder as disorder:
            logger.warning(
                "BILL did not return %s in the requested order, so this stream's state will be "
                "saved only when it finishes.",
                self._query.stream,
            )
            yield from self._read_rest_by_page_tokens(disorder.resume)
        except RequestRejected as refusal:
            if has_begun or not self._may_read_all:
                raise
            # the documentation of some lists is known in part only, so this may happen [UNKNOWN]
            logger.warning(
                "BILL does not filter or sort %s by %s (%s). Reading the whole list instead.",
                self._query.stream,
                self._field,
                refusal.internal_message,
            )
            yield from self._read_whole_list()

    def batches_in_order(self) -> Iterator[Batch]:
        """Yield the rows in order, without falling back to another way of reading.

        Raises:
            OutOfOrder: BILL does not keep the order.
            ConnectorError: a call failed.
        """
        yield from self._walk.batches()

    @property
    def start(self) -> datetime | None:
        """Where the range begins; None for the beginning of the list."""
        return self._start

    @property
    def was_split(self) -> bool:
        """Whether another reader has taken the upper part."""
        return self._walk.range.was_split

    def pages_left(self) -> float:
        """Estimate how many pages are left."""
        return self._walk.range.pages_left(self._client.bill_time())

    def split(self) -> "RangeReader | None":
        """Give up the later half of what is left; None if it is too short."""
        part = self._walk.range.split(self._client.bill_time())
        if part is None:
            return None
        start, end = part
        return RangeReader(
            self._client, self._query, self._field, start=start, end=end, is_order_proven=True
        )

    def _read_rest_by_page_tokens(self, resume: ResumePoint) -> Iterator[Batch]:
        start, end = resume.resume_from or self._start, self._walk.range.end
        query = self._query.ascending(self._field)
        if start:
            query = query.where(time_condition(self._field, "gte", start))
        if end:
            query = query.where(end.condition(self._field))
        for rows in read_by_page_tokens(self._requests, query, set(resume.seen)):
            yield Batch(self._within(rows, start, end))

    def _read_whole_list(self) -> Iterator[Batch]:
        end = self._walk.range.end
        for batch in WholeReader(self._client, by_creation(self._query)):
            yield Batch(self._within(batch.rows, self._start, end))

    def _within(self, rows: list[Row], start: datetime | None, end: Bound | None) -> list[Row]:
        """Return the rows between `start` and `end`. BILL may ignore the filter, or not have it.

        BILL shows whole seconds, so a row of the second of `start` may be within. A row without the
        time is kept.
        """
        floor = floor_to_second(start) if start else None
        kept = []
        for row in rows:
            value = row.get(self._field)
            moment = parse_time(value) if isinstance(value, str) else None
            if moment is not None and floor is not None and moment < floor:
                continue
            if moment is not None and end is not None and not end.admits(moment):
                continue
            kept.append(row)
        return kept


def by_creation(query: ListQuery) -> ListQuery:
    """Return the query of a whole list that BILL may not sort or filter by updatedTime."""
    return query.ascending(CREATED)


class WholeReader:
    """Reads all rows of a list, each once.

    A list that is sorted by createdTime is read by keyset, because no change moves that time. The
    filter on createdTime is documented for only some lists [DOC]. So it is tried, and if it fails,
    the list is read by page tokens.
    """

    def __init__(self, client: ListClient, query: ListQuery) -> None:
        self._client = client
        self._query = query
        self._splittable: RangeReader | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            ConnectorError: a call failed, or the list cannot be read completely.
        """
        requests = ListRequests(self._client)
        query, first = self._first_page(requests)
        if first.token is None:
            yield Batch(first.rows)
            return
        known: set[str] = set()
        if query.sort:
            reader = RangeReader(self._client, query, CREATED, first=first)
            try:
                for batch in reader.batches_in_order():
                    known.update(row["id"] for row in batch.rows)
                    yield batch
                    # only the second page shows that BILL takes the filter
                    self._splittable = reader if len(known) > len(first.rows) else None
            except OutOfOrder:
                if reader.was_split:
                    raise self._order_changed() from None
            except ConnectorError as failure:
                if is_transient(failure) or reader.was_split:
                    raise
                logger.debug(
                    "Keyset pagination of %s failed (%s). Reading it by page tokens.",
                    query.stream,
                    failure.internal_message or failure,
                )
            else:
                return
        for rows in read_by_page_tokens(requests, query, known, first):
            yield Batch(rows)

    def pages_left(self) -> float:
        """Estimate how many pages are left."""
        return self._splittable.pages_left() if self._splittable else 0.0

    def split(self) -> RangeReader | None:
        """Give up the later half of what is left; None if it is too short or not read by keyset."""
        return self._splittable.split() if self._splittable else None

    def _order_changed(self) -> ConnectorError:
        return ConnectorError.transient(
            f"BILL changed the order of {self._query.stream} while the connector was reading it. "
            "Run the sync again.",
            "the list was sorted as requested at first, and then no longer",
        )

    def _first_page(self, requests: ListRequests) -> tuple[ListQuery, Page]:
        """Return the first page and its query, which has no sort if BILL refuses the sort.

        The sortable fields are documented for only some lists [DOC]. The order makes reading safer
        and cheaper here, but it is not required.
        """
        try:
            return self._query, requests.get_nonempty_page(self._query)
        except RequestRejected as refusal:
            if self._query.sort is None:
                raise
            logger.warning(
                "BILL does not sort %s by createdTime (%s). Reading it without a sort instead.",
                self._query.stream,
                refusal.internal_message,
            )
            query = replace(self._query, sort=None)
            return query, requests.get_nonempty_page(query)
