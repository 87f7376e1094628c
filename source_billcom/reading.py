"""How one list of BILL is read without losing a row, ending early, or handing one on twice."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from source_billcom.ascent import Ascent, Batch, OutOfOrder, whole_second
from source_billcom.client import BillClient
from source_billcom.crowd import read_crowd, read_twins
from source_billcom.errors import BillError, Refused
from source_billcom.listing import (
    CREATED,
    UPDATED,
    ListQuery,
    Page,
    Pages,
    Row,
    bound,
    is_passing,
)
from source_billcom.passes import in_passes
from source_billcom.settings import parse_time

logger = logging.getLogger("airbyte.source_billcom")


@dataclass(frozen=True)
class Range:
    """An interval of updatedTime, both ends included."""

    start: datetime
    end: datetime

    def as_filters(self) -> tuple[str, str]:
        """Write it as two conditions of BILL's filter grammar."""
        return bound(UPDATED, "gte", self.start), bound(UPDATED, "lte", self.end)


def read_range(client: BillClient, query: ListQuery, interval: Range) -> Iterator[Batch]:
    """Yield the rows of a list that were updated within `interval`, upward in updatedTime.

    Should BILL not keep that order, they come by page tokens, and no batch says what is covered.

    Raises:
        BillError: a page could not be had, or the list cannot be read to its end.
    """
    pages = Pages(client)
    ascent = Ascent(
        pages,
        query,
        UPDATED,
        lambda moment, seen: read_crowd(pages, moment, seen),
        start=interval.start,
        end=interval.end,
    )
    try:
        yield from ascent.batches()
    except OutOfOrder as disorder:
        logger.warning(
            "BILL returned %s out of the order asked for; its state moves only at the end.",
            query.stream,
        )
        floor = whole_second(disorder.anchor or interval.start)
        rest = query.ascending(UPDATED).where(
            bound(UPDATED, "gte", floor), bound(UPDATED, "lte", ascent.end or interval.end)
        )
        for rows in in_passes(pages, rest, set(disorder.seen)):
            yield Batch([row for row in rows if not _is_before(row, floor)], None)


def read_whole(client: BillClient, query: ListQuery) -> Iterator[list[Row]]:
    """Yield all rows of a list, each once.

    A list that is sorted by createdTime is anchored on that, which no change moves, where BILL
    filters it so: which lists it filters by time is known for some only [DOC], so it is tried.

    Raises:
        BillError: a page could not be had, or the list cannot be read to its end.
    """
    pages = Pages(client)
    query, first = _first_page(pages, query)
    if first.token is None:
        if first.rows:
            yield first.rows
        return
    known: set[str] = set()
    if query.sort:
        ascent = Ascent(
            pages,
            query,
            CREATED,
            lambda moment, seen: read_twins(pages, moment, seen),
            first=first,
        )
        try:
            for batch in ascent.batches():
                fresh = [row for row in batch.rows if row["id"] not in known]
                known.update(row["id"] for row in fresh)
                yield fresh
        except OutOfOrder:
            pass
        except BillError as refusal:
            if is_passing(refusal):
                raise
            logger.debug("%s Reading %s by page tokens.", refusal, query.stream)
        else:
            return
    yield from in_passes(pages, query, known, first)


def _first_page(pages: Pages, query: ListQuery) -> tuple[ListQuery, Page]:
    """Read the first page, unsorted where BILL refuses the sort.

    What may be sorted by is known from documentation seen in part [DOC]; the order is a safeguard
    here, not a need.
    """
    try:
        return query, pages.get_filled(query)
    except Refused as refusal:
        if query.sort is None:
            raise
        logger.warning("%s Reading %s unsorted instead.", refusal, query.stream)
        query = replace(query, sort=None)
        return query, pages.get_filled(query)


def _is_before(row: Row, floor: datetime) -> bool:
    """Tell a row from before what was asked for: the filter is not kept."""
    value = row.get(UPDATED)
    moment = parse_time(value) if isinstance(value, str) else None
    return moment is not None and moment < floor
