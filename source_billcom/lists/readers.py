"""How one list of BILL is read without losing a row, ending early, or handing one on twice.

Both readers here are iterables of batches that may be split while they are read: `split` takes the
later half off a reader that still has many pages to go, for an idle thread to read.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from source_billcom.api.client import BillClient
from source_billcom.api.list_requests import ListRequests, Page, is_transient
from source_billcom.api.query import CREATED, UPDATED, ListQuery, Row, time_condition
from source_billcom.errors import ConnectorError, RequestRejected
from source_billcom.lists.batch import Batch, Bound
from source_billcom.lists.equal_times import read_equal_times, read_identical_times
from source_billcom.lists.keyset import KeysetWalk, OutOfOrder
from source_billcom.lists.page_tokens import read_by_page_tokens
from source_billcom.times import floor_to_second, parse_time

logger = logging.getLogger("airbyte.source_billcom")


class Reader(Protocol):
    """Reads a list, or a part of one."""

    def __iter__(self) -> Iterator[Batch]: ...

    def pages_left(self) -> float:
        """Estimate how many pages are left; 0 where that is unknown or nothing can be split off."""

    def split(self) -> "RangeReader | None":
        """Give up the later half of what is left; None if that is not worth it."""


class RangeReader:
    """Reads what lies between two values of a time, upward.

    Should BILL not keep that order, the rest comes by page tokens, and no batch says what is
    covered; should it refuse to filter by that time, all of the list is read, if that is allowed.
    """

    def __init__(
        self,
        client: BillClient,
        query: ListQuery,
        field: str,
        *,
        start: datetime | None = None,
        end: Bound | None = None,
        first: Page | None = None,
        is_order_proven: bool = False,
        may_read_all: bool = True,
    ) -> None:
        self._may_read_all = may_read_all
        self._client = client
        self._query = query
        self._field = field
        self._start = start
        requests = self._requests = ListRequests(client)
        crowd = read_equal_times if field == UPDATED else read_identical_times
        self._ascent = KeysetWalk(
            requests,
            query,
            field,
            lambda moment, seen: crowd(requests, moment, seen),
            start=start,
            end=end,
            first=first,
            is_order_proven=is_order_proven,
        )

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            ConnectorError: a page could not be had, or the list cannot be read to its end.
        """
        has_begun = False
        try:
            for batch in self._ascent.batches():
                has_begun = True
                yield batch
        except OutOfOrder as disorder:
            logger.warning(
                "BILL returned %s out of the order asked for; its state moves only at the end.",
                self._query.stream,
            )
            yield from self._by_tokens(disorder)
        except RequestRejected as refusal:
            if has_begun or not self._may_read_all:
                raise
            # of lists whose documentation nobody here has seen in whole, it may be so [UNKNOWN]
            logger.warning("%s Reading %s whole instead.", refusal, self._query.stream)
            yield from self._by_reading_all()

    def batches_in_order(self) -> Iterator[Batch]:
        """Yield the rows in order alone.

        Raises:
            OutOfOrder: BILL does not keep the order.
            ConnectorError: a page could not be had.
        """
        yield from self._ascent.batches()

    @property
    def start(self) -> datetime | None:
        """Where it begins, None for the list's own beginning."""
        return self._start

    @property
    def was_split(self) -> bool:
        """Whether someone else reads the upper part."""
        return self._ascent.was_split

    def pages_left(self) -> float:
        """Estimate how many pages are left."""
        return self._ascent.pages_left(self._client.bill_time())

    def split(self) -> "RangeReader | None":
        """Give up the later half of what is left; None if it is too short."""
        part = self._ascent.split(self._client.bill_time())
        if part is None:
            return None
        start, end = part
        return RangeReader(
            self._client, self._query, self._field, start=start, end=end, is_order_proven=True
        )

    def _by_tokens(self, disorder: OutOfOrder) -> Iterator[Batch]:
        begin = disorder.resume_from or self._start
        floor = floor_to_second(begin) if begin else None
        rest = self._query.ascending(self._field)
        if begin:
            rest = rest.where(time_condition(self._field, "gte", begin))
        end = self._ascent.end
        if end:
            rest = rest.where(end.condition(self._field))
        for rows in read_by_page_tokens(self._requests, rest, set(disorder.seen)):
            yield Batch([row for row in rows if self._is_asked_for(row, floor, end)])

    def _by_reading_all(self) -> Iterator[Batch]:
        """Read the whole list and leave out what was not asked for."""
        floor, end = floor_to_second(self._start) if self._start else None, self._ascent.end
        for batch in WholeReader(self._client, by_creation(self._query)):
            yield Batch([row for row in batch.rows if self._is_asked_for(row, floor, end)])

    def _is_asked_for(self, row: Row, floor: datetime | None, end: Bound | None) -> bool:
        """Tell a row that was asked for from one that comes because BILL ignores the filter."""
        value = row.get(self._field)
        moment = parse_time(value) if isinstance(value, str) else None
        if moment is None:
            return True
        return (floor is None or moment >= floor) and (end is None or end.admits(moment))


def by_creation(query: ListQuery) -> ListQuery:
    """Return the query of a whole list that perhaps neither sorts nor filters by updatedTime."""
    return query.ascending(CREATED)


class WholeReader:
    """Reads all rows of a list, each once.

    A list that is sorted by createdTime is anchored on that, which no change moves, where BILL
    filters it so: which lists it filters by time is known for some only [DOC], so it is tried.
    """

    def __init__(self, client: BillClient, query: ListQuery) -> None:
        self._client = client
        self._query = query
        self._ascending: RangeReader | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            ConnectorError: a page could not be had, or the list cannot be read to its end.
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
                    # the first page proves nothing: the second shows that the filter is taken
                    self._ascending = reader if len(known) > len(first.rows) else None
            except OutOfOrder:
                if reader.was_split:
                    raise self._in_another_order() from None
            except ConnectorError as refusal:
                if is_transient(refusal) or reader.was_split:
                    raise
                logger.debug("%s Reading %s by page tokens.", refusal, query.stream)
            else:
                return
        for rows in read_by_page_tokens(requests, query, known, first):
            yield Batch(rows)

    def pages_left(self) -> float:
        """Estimate how many pages are left."""
        return self._ascending.pages_left() if self._ascending else 0.0

    def split(self) -> RangeReader | None:
        """Give up the later half of what is left; None if it is too short or not anchored."""
        return self._ascending.split() if self._ascending else None

    def _in_another_order(self) -> ConnectorError:
        return ConnectorError.transient(
            f"BILL changed the order of {self._query.stream} while it was read: run the sync "
            "again; it resumes where it stopped.",
            "a list that was in the order asked for no longer is",
        )

    def _first_page(self, requests: ListRequests) -> tuple[ListQuery, Page]:
        """Read the first page, unsorted where BILL refuses the sort.

        What may be sorted by is known from documentation seen in part [DOC]; the order is a
        safeguard here, not a need.
        """
        try:
            return self._query, requests.get_nonempty_page(self._query)
        except RequestRejected as refusal:
            if self._query.sort is None:
                raise
            logger.warning("%s Reading %s unsorted instead.", refusal, self._query.stream)
            query = replace(self._query, sort=None)
            return query, requests.get_nonempty_page(query)
