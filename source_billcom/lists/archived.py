"""Archived rows, should BILL's lists leave them out unless they are asked for.

Documentation does not say. Evidence of users, bank accounts and the chart of accounts says that
lists hold them [LIVE NG, SF, GS]; so a list that has shown one is not asked again. Until then its
archived rows are asked for by themselves.
"""

import logging
import threading
from collections.abc import Iterator

from source_billcom.api.client import BillClient
from source_billcom.api.list_requests import ListRequests, ascending_times
from source_billcom.api.query import UPDATED, ListQuery, Row, time_condition
from source_billcom.errors import REPORT, ConnectorError, RequestRejected
from source_billcom.lists.batch import Batch, Bound
from source_billcom.lists.readers import RangeReader, Reader
from source_billcom.times import end_of_moment, floor_to_second

ARCHIVED = "archived"
# where a stream's state says that its list has shown an archived row
ARCHIVED_LISTED = "archived_listed"
_ROWS_TO_LOOK_UP = 3
# a list of so many rows that has not shown an archived one is asked, so that its state can move
_ROWS_WITHOUT_STATE = 500
# lists that most companies have archived rows in, to ask where one refuses the question
_WITNESSES = ("bills", "vendors", "customers", "invoices")

logger = logging.getLogger("airbyte.source_billcom")


def only_archived(query: ListQuery) -> ListQuery:
    """Narrow a query to archived rows."""
    return query.where(f"{ARCHIVED}:eq:true")


class ArchivedProbe:
    """Whether some list of BILL leaves archived rows out; shared by the streams of a sync."""

    def __init__(self, client: BillClient) -> None:
        self.client = client
        self.is_proven = False
        self._has_asked = False
        self._lock = threading.Lock()

    def ask(self) -> bool:
        """Tell whether a list is known to, asking some that usually have archived rows.

        Raises:
            ConnectorError: BILL could not be asked.
        """
        with self._lock:
            if not self.is_proven and not self._has_asked:
                self.is_proven = any(map(self._hides, _WITNESSES))
                self._has_asked = True
        return self.is_proven

    def _hides(self, name: str) -> bool:
        query = ListQuery(name, f"/v3/{name}")
        try:
            rows = ListRequests(self.client).get_nonempty_page(only_archived(query)).rows
            archived = [row for row in rows if row.get(ARCHIVED) is True]
            return are_left_out(self.client, query, archived) is True
        except RequestRejected:
            return False


class ArchivedVisibility:
    """Whether one list has shown an archived row that was not asked for; it then holds them all."""

    def __init__(self, *, are_listed: bool = False) -> None:
        self.are_listed = are_listed


class ReaderWithArchived:
    """Reads a list, and its archived rows too where it leaves them out.

    `reader` reads the list, `archived` the same narrowed to archived rows. As both go upward, they
    go side by side, and what is covered is what both have read. With `keeps_ids` there is no order:
    archived rows come last, and are told by their ids from those that the list has shown.
    """

    def __init__(
        self,
        reader: Reader,
        archived: Reader,
        query: ListQuery,
        evidence: ArchivedVisibility,
        visibility: ArchivedProbe,
        *,
        keeps_ids: bool = False,
    ) -> None:
        self._reader = reader
        self._archived = archived
        self._query = query
        self._evidence = evidence
        self._hiding = visibility
        self._keeps_ids = keeps_ids
        self._ids: set[str] = set()
        self._are_read = False

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            ConnectorError: a page could not be read, the list cannot be read to its end, or BILL
                hides archived rows and does not return them.
        """
        hidden = self._hidden()
        reached, rows = None, 0
        for batch in self._reader:
            self._look(batch.rows)
            if self._is_settled:
                yield batch
                continue
            yield Batch(batch.rows)
            rows += len(batch.rows)
            if self._keeps_ids or rows < _ROWS_WITHOUT_STATE or batch.covered is None:
                continue
            while not self._is_settled and (reached is None or reached < batch.covered):
                found = next(hidden, None)
                if found is not None:
                    yield Batch(found.rows)
                    reached = found.covered
            yield Batch([], batch.covered)
        if not self._is_settled:
            for found in hidden:
                yield Batch(found.rows)

    def pages_left(self) -> float:
        """Estimate how many pages are left."""
        return self._reader.pages_left() if self._is_settled else 0.0

    def split(self) -> "RangeReader | None":
        """Give up the later half of what is left; None while archived rows are in doubt."""
        return self._reader.split() if self._is_settled else None

    @property
    def _is_settled(self) -> bool:
        """Whether the list holds its archived rows, or all that it leaves out have been read."""
        return self._evidence.are_listed or self._are_read

    def _look(self, rows: list[Row]) -> None:
        if self._is_settled:
            return
        if any(row.get(ARCHIVED) is True for row in rows):
            self._evidence.are_listed = True
            self._ids.clear()
        elif self._keeps_ids:
            self._ids.update(row["id"] for row in rows)

    def _hidden(self) -> Iterator[Batch]:
        """Yield the archived rows that the list leaves out."""
        is_asked = False
        try:
            for batch in self._archived:
                if not all(row.get(ARCHIVED) is True for row in batch.rows):
                    self._cannot_ask("the filter on archived rows changed nothing")
                    break
                if not is_asked and batch.rows:
                    is_asked = True
                    if not self._are_left_out(batch.rows):
                        break
                fresh = [row for row in batch.rows if row["id"] not in self._ids]
                yield Batch(fresh, batch.covered)
        except RequestRejected as refusal:
            if is_asked:
                raise
            self._cannot_ask(refusal)
        self._are_read = True

    def _are_left_out(self, rows: list[Row]) -> bool:
        """Tell whether archived rows are to be read by themselves; in doubt they are.

        A row that comes twice in one version does no harm, and one that does not come does.
        """
        if self._keeps_ids:
            self._hiding.is_proven |= any(row["id"] not in self._ids for row in rows)
            return True
        left_out = are_left_out(self._hiding.client, self._query, rows)
        if left_out:
            self._hiding.is_proven = True
        elif left_out is False:
            self._evidence.are_listed = True
        return left_out is not False

    def _cannot_ask(self, why: object) -> None:
        """Pass over what BILL does not let anyone ask for, unless rows are known to be missed.

        Raises:
            ConnectorError: BILL is known to leave archived rows out of lists.
        """
        if self._hiding.ask():
            raise ConnectorError.transient(
                f"BILL leaves archived rows out of its lists and did not give those of "
                f"{self._query.stream} by themselves: deselect the stream, and {REPORT}.",
                f"archived rows cannot be asked for: {why}",
            )
        logger.info(
            "BILL did not give the archived rows of %s by themselves; as far as is known its lists "
            "hold them.",
            self._query.stream,
        )


def are_left_out(client: BillClient, query: ListQuery, rows: list[Row]) -> bool | None:
    """Look archived rows up where archived ones were not asked for; None if that tells nothing.

    Raises:
        ConnectorError: BILL could not be asked.
    """
    requests = ListRequests(client)
    for row in rows[:_ROWS_TO_LOOK_UP]:
        for narrowed, can_show in _narrowed(query, row):
            try:
                page = requests.get_nonempty_page(narrowed)
            except RequestRejected:
                continue
            same = [found for found in page.rows if found["id"] == row["id"]]
            if not same and page.token is None:
                return True
            if same and can_show and same[0].get(ARCHIVED) is True:
                return False
    return None


def _narrowed(query: ListQuery, row: Row) -> Iterator[tuple[ListQuery, bool]]:
    """Give queries that hold a row among few, and whether to be shown there says anything.

    Asked for by its id BILL might show what its list leaves out, as it does one row [DOC].
    """
    times = ascending_times([row], UPDATED)
    if times:
        moment = floor_to_second(times[0])
        until = Bound(end_of_moment(moment), is_included=False).condition(UPDATED)
        yield query.where(time_condition(UPDATED, "gte", moment), until), True
    yield query.where(f"id:eq:{row['id']}"), False
