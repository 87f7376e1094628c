"""Reads rows with the same time, at BILL's precision, when there are more than a page holds.

Bulk imports make such rows. updatedTime does not order them, so the next steps of the ladder are:

1. Rows that were created at different times: a keyset walk by createdTime.
2. Rows that share both times: ask for the first page again and again, each time excluding the ids
   that are known with `id:ne`.
3. If BILL refuses or ignores that, or there are too many ids: page tokens.
"""

from collections.abc import Iterator

from source_billcom.api.list_requests import ListRequests, is_transient
from source_billcom.api.query import CREATED, ListQuery, Row
from source_billcom.errors import ConnectorError
from source_billcom.lists.keyset import KeysetWalk
from source_billcom.lists.order_check import OutOfOrder
from source_billcom.lists.page_tokens import read_by_page_tokens

# each takes 32 characters when encoded, and common gateways refuse request lines over 8 kB
_MAX_EXCLUDED_IDS = 200


def read_equal_times(
    requests: ListRequests, query: ListQuery, seen: frozenset[str]
) -> Iterator[list[Row]]:
    """Yield the rows of `query`, which is narrowed to one updatedTime, except those `seen`.

    Raises:
        ConnectorError: a call failed, or the rows cannot be read completely.
    """
    known = set(seen)
    walk = KeysetWalk(
        requests,
        query,
        CREATED,
        lambda narrowed, had: read_identical_times(requests, narrowed, had),
    )
    try:
        for batch in walk.batches():
            rows = [row for row in batch.rows if row["id"] not in known]
            known.update(row["id"] for row in rows)
            if rows:
                yield rows
    except OutOfOrder:
        yield from read_identical_times(requests, query, frozenset(known))
    except ConnectorError as failure:
        if is_transient(failure):
            raise
        yield from read_identical_times(requests, query, frozenset(known))


def read_identical_times(
    requests: ListRequests, query: ListQuery, seen: frozenset[str]
) -> Iterator[list[Row]]:
    """Yield the rows of `query`, which no time separates, except those `seen`.

    Raises:
        ConnectorError: a call failed, or the rows cannot be read completely.
    """
    known = set(seen)
    try:
        for rows in _read_excluding(requests, query, known):
            known.update(row["id"] for row in rows)
            yield rows
    except _CannotExclude:
        yield from read_by_page_tokens(requests, query, known)


class _CannotExclude(Exception):
    """BILL does not exclude the known ids, or there are too many of them."""


def _read_excluding(
    requests: ListRequests, query: ListQuery, known: set[str]
) -> Iterator[list[Row]]:
    """Yield the first page of all rows that are not `known`, until a page is the last one.

    The caller adds each page's ids to `known`. Every page has at least one new row, so the budget
    of the loop is the number of ids that may be excluded.

    BILL documents `ne` for `id` on most lists, and several conditions on one field [DOC]. That it
    takes many of them at once is inferred [INFER], so each page is checked for known rows.
    """
    for _ in range(_MAX_EXCLUDED_IDS + 1):
        if len(known) > _MAX_EXCLUDED_IDS or not all(row_id.isalnum() for row_id in known):
            break
        excluding = query.where(*(f"id:ne:{row_id}" for row_id in sorted(known)))
        try:
            page = requests.get_nonempty_page(excluding)
        except ConnectorError as failure:
            if is_transient(failure):
                raise
            raise _CannotExclude from failure
        if any(row["id"] in known for row in page.rows):
            raise _CannotExclude
        if page.rows:
            yield page.rows
        if page.token is None:
            return
    raise _CannotExclude
