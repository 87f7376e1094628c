"""Finds out whether BILL hides archived rows, by calls whose answers prove it.

A wrong answer costs rows in one direction and fails streams in the other. So only rows count as
proof. A refusal, an empty page alone, or a filter that changes nothing proves neither.
"""

import threading
from collections.abc import Iterator

from source_billcom.api.list_requests import ListClient, ListRequests, ascending_times, is_transient
from source_billcom.api.query import UPDATED, ListQuery, Row, time_condition
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import Bound
from source_billcom.times import end_of_moment, floor_to_second

ARCHIVED = "archived"
_MAX_ROWS_LOOKED_UP = 3
# lists in which most companies have archived rows
_LISTS_TO_ASK = ("bills", "vendors", "customers", "invoices")


def only_archived(query: ListQuery) -> ListQuery:
    """Narrow a query to archived rows."""
    return query.where(f"{ARCHIVED}:eq:true")


def is_archived(row: Row) -> bool:
    """Tell whether a row says that it is archived."""
    return row.get(ARCHIVED) is True


class ArchivedProbe:
    """Whether some list of BILL is proven to hide archived rows. The streams of a sync share it."""

    def __init__(self, client: ListClient) -> None:
        self._client = client
        self._is_hiding_proven = False
        self._has_asked_lists = False
        self._lock = threading.Lock()

    @property
    def is_hiding_proven(self) -> bool:
        """Whether a look-up has proven it so far."""
        return self._is_hiding_proven

    def ask_other_lists(self) -> bool:
        """Tell whether a list is proven to hide archived rows; ask some lists once per sync.

        A list that refuses, or that the user may not read, proves nothing.

        Raises:
            ConnectorError: BILL could not be reached.
        """
        with self._lock:
            if not self._is_hiding_proven and not self._has_asked_lists:
                any(map(self._ask_list, _LISTS_TO_ASK))
                self._has_asked_lists = True
        return self._is_hiding_proven

    def hides(self, query: ListQuery, rows: list[Row]) -> bool | None:
        """Tell whether the list hides archived `rows`; None if no look-up proves either.

        `query` must not ask for archived rows. `rows` are archived rows of its list.

        Raises:
            ConnectorError: BILL could not be reached.
        """
        requests = ListRequests(self._client)
        for row in rows[:_MAX_ROWS_LOOKED_UP]:
            for narrowed, is_like_list in _queries_around(query, row):
                try:
                    hides = _is_hidden(requests, narrowed, row, is_like_list=is_like_list)
                except ConnectorError as failure:
                    if is_transient(failure):
                        raise
                    continue
                if hides is not None:
                    self._is_hiding_proven |= hides
                    return hides
        return None

    def _ask_list(self, name: str) -> bool:
        query = ListQuery(name, f"/v3/{name}")
        try:
            page = ListRequests(self._client).get_nonempty_page(only_archived(query))
            return self.hides(query, [row for row in page.rows if is_archived(row)]) is True
        except ConnectorError as failure:
            if is_transient(failure):
                raise
            return False


def _is_hidden(
    requests: ListRequests, query: ListQuery, row: Row, *, is_like_list: bool
) -> bool | None:
    """Look one archived row up with a narrow query that does not ask for archived rows.

    If the row is there, the list includes archived rows, provided that the query is like the
    list's. If it is not there, the same query narrowed to archived rows must return it. Otherwise
    the query does not work, or the row has changed.
    """
    page = requests.get_nonempty_page(query)
    found = _with_id(page.rows, row["id"])
    if found is not None:
        return False if is_like_list and is_archived(found) else None
    if page.token is not None:
        return None
    control = _with_id(requests.get_nonempty_page(only_archived(query)).rows, row["id"])
    return True if control is not None and is_archived(control) else None


def _queries_around(query: ListQuery, row: Row) -> Iterator[tuple[ListQuery, bool]]:
    """Yield narrow queries that match a row, and whether each is like the query of the list.

    A query by id is not: BILL may return a row by its id that it hides in the list, as its endpoint
    for one row does [DOC].
    """
    times = ascending_times([row], UPDATED)
    if times:
        moment = floor_to_second(times[0])
        until = Bound(end_of_moment(moment), is_included=False).condition(UPDATED)
        yield query.where(time_condition(UPDATED, "gte", moment), until), True
    yield query.where(f"id:eq:{row['id']}"), False


def _with_id(rows: list[Row], row_id: str) -> Row | None:
    return next((row for row in rows if row["id"] == row_id), None)
