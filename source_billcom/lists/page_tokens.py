"""Reads a list by its page tokens, walk after walk, until it is certain that no row is missing.

This is the last step of the ladder. A reader that follows tokens loses rows if a token is a
position in a result that changes, or if rows with equal sort keys come in a different order on each
call. What BILL's tokens are is unknown [UNKNOWN]. So:

- One walk is enough if it is conclusive (`PageTokenWalk.is_conclusive`) and BILL keeps the order
  of rows with equal sort keys.
- Otherwise the list is walked again, until `Completeness` is certain or the budget is used up.
"""

from collections.abc import Iterator

from source_billcom.api.list_requests import ListRequests, Page, is_transient
from source_billcom.api.query import ListQuery, Row
from source_billcom.errors import REPORT, ConnectorError
from source_billcom.lists.completeness import Completeness
from source_billcom.lists.page_token_walk import (
    PageTokenWalk,
    follow_tokens,
    keeps_order_of_equal_keys,
)

_MAX_CALLS = 4_000
# almost every walk that decides nothing has two pages or more
_MAX_WALKS = _MAX_CALLS // 2
# In a row. If tokens live for a minute, walks break off until the other lists are read. With 10,
# one sync in eight failed in a case of `make reliability`.
_MAX_BROKEN_WALKS = 30


def read_by_page_tokens(
    requests: ListRequests, query: ListQuery, known: set[str], first: Page | None = None
) -> Iterator[list[Row]]:
    """Yield the rows of a list whose ids are not in `known`, each once, and add them to `known`.

    `first` is the first page if it has been read already.

    Raises:
        ConnectorError: a call failed, the page tokens form a loop, or the order of the list changes
            on each call and the list is too long to find all its rows by chance.
    """
    completeness = Completeness(query.sort, known)
    calls, broken_walks, keeps_order = 0, 0, True
    for walk_number in range(_MAX_WALKS):
        if calls >= _MAX_CALLS and walk_number >= completeness.min_walks:
            break
        walk = PageTokenWalk()
        known_before = len(known)
        try:
            for token, page in follow_tokens(requests, query, first):
                calls += 1
                walk.add(page, token)
                new_rows = _new_rows(page, known)
                if new_rows:
                    yield new_rows
        except ConnectorError as failure:
            # BILL no longer takes a token, for example after an hour's wait: start the list again
            broken_walks += 1
            if is_transient(failure) or not walk.rows or broken_walks > _MAX_BROKEN_WALKS:
                raise
            completeness.add_broken_walk()
            first = None
            continue
        first, broken_walks = None, 0
        has_new_rows = len(known) > known_before
        completeness.add(walk, known_rows=len(known), has_new_rows=has_new_rows)
        if keeps_order and completeness.has_every_known_row and walk.is_conclusive(query):
            keeps_order = keeps_order_of_equal_keys(requests, query, walk)
            if keeps_order:
                return
        if completeness.is_certain:
            return
    raise ConnectorError.transient(
        f"BILL returned {query.stream} in a different order on each call, so the connector cannot "
        f"be sure that it has read every row. Run the sync again. If this happens again, {REPORT}.",
        f"{len(known)} rows were found in {calls} calls, and there may be more",
    )


def _new_rows(page: Page, known: set[str]) -> list[Row]:
    """Return the rows of a page whose ids are not in `known`, each once, and add these ids."""
    rows = list({row["id"]: row for row in page.rows if row["id"] not in known}.values())
    known.update(row["id"] for row in rows)
    return rows
