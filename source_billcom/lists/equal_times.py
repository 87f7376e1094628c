"""Reading a moment that holds more rows than a page, as bulk imports make them.

Within it updatedTime orders nothing. Rows that were created at different times are walked by that;
rows alike in both are read by leaving out, with `id:ne`, what has been read; and where BILL does
not take that, or there are too many, by page tokens until nothing new comes.
"""

from collections.abc import Iterator

from source_billcom.api.list_requests import ListRequests, is_transient
from source_billcom.api.query import CREATED, ListQuery, Row
from source_billcom.errors import ConnectorError
from source_billcom.lists.keyset import KeysetWalk, OutOfOrder
from source_billcom.lists.page_tokens import read_by_page_tokens

# 32 characters each once encoded: a longer request line than 8 kB is refused by usual gateways
_MOST_LEFT_OUT = 200


def read_equal_times(
    requests: ListRequests, query: ListQuery, seen: frozenset[str]
) -> Iterator[list[Row]]:
    """Yield the rows of a moment, to which `query` is narrowed, but for those `seen`.

    Raises:
        ConnectorError: a page could not be had, or the rows cannot be read to the last one.
    """
    known = set(seen)
    by_creation = KeysetWalk(
        requests, query, CREATED, lambda twins, had: read_identical_times(requests, twins, had)
    )
    try:
        for batch in by_creation.batches():
            fresh = [row for row in batch.rows if row["id"] not in known]
            known.update(row["id"] for row in fresh)
            if fresh:
                yield fresh
    except OutOfOrder:
        yield from read_identical_times(requests, query, frozenset(known))
    except ConnectorError as refusal:
        if is_transient(refusal):
            raise
        yield from read_identical_times(requests, query, frozenset(known))


def read_identical_times(
    requests: ListRequests, query: ListQuery, seen: frozenset[str]
) -> Iterator[list[Row]]:
    """Read rows that no time tells apart."""
    known = set(seen)
    try:
        for rows in _leaving_out(requests, query, known):
            known.update(row["id"] for row in rows)
            yield rows
    except _NotLeftOut:
        yield from read_by_page_tokens(requests, query, known)


class _NotLeftOut(Exception):
    """BILL does not leave out what it is asked to leave out, or it is too much to ask."""


def _leaving_out(requests: ListRequests, query: ListQuery, known: set[str]) -> Iterator[list[Row]]:
    """Ask for the first page of all that is not known, again and again, until it is the last.

    BILL documents `ne` for `id` on most lists, and conditions on one field that all must hold
    [DOC]; many at once are an inference [INFER], so what comes back is held against it.
    """
    while len(known) <= _MOST_LEFT_OUT and all(row_id.isalnum() for row_id in known):
        narrowed = query.where(*(f"id:ne:{row_id}" for row_id in sorted(known)))
        try:
            page = requests.get_nonempty_page(narrowed)
        except ConnectorError as refusal:
            if is_transient(refusal):
                raise
            raise _NotLeftOut from refusal
        if any(row["id"] in known for row in page.rows):
            raise _NotLeftOut
        if page.rows:
            yield page.rows
        if page.token is None:
            return
    raise _NotLeftOut
