"""Archived rows, should BILL's lists leave them out unless they are asked for.

Documentation does not say. Evidence says that lists hold them [LIVE NG, SF], so they are not asked
for once a list has shown one, which is taken to speak for all lists [INFER]. Until then the
archived rows of each list are asked for by themselves, as a last part of its reading.
"""

import logging
from collections.abc import Iterator

from source_billcom.ascent import Batch, Bound, end_of_moment, whole_second
from source_billcom.client import BillClient
from source_billcom.errors import REPORT, BillError
from source_billcom.listing import UPDATED, ListQuery, Pages, Row, bound, is_passing, times_of
from source_billcom.reading import Reader

FIELD = "archived"
# where a stream's state says that BILL's lists hold archived rows, so that nothing is asked again
LISTED = "archived_listed"
_ROWS_TO_LOOK_UP = 3

logger = logging.getLogger("airbyte.source_billcom")


class ArchivedEvidence:
    """What one sync knows: whether lists hold archived rows that were not asked for.

    Shared by all streams and threads; each fact only ever becomes true.
    """

    def __init__(self, *, is_listed: bool = False) -> None:
        self.is_listed = is_listed
        self.is_hidden = False


class ArchivedRows:
    """Reads the archived rows of one stream, if its list leaves them out.

    `reader` reads the list narrowed to them. With `keeps_ids` rows are told from those that the
    list has shown by their ids, which then must all have been read before.
    """

    def __init__(
        self,
        evidence: ArchivedEvidence,
        client: BillClient,
        query: ListQuery,
        reader: Reader,
        *,
        keeps_ids: bool,
    ) -> None:
        self._evidence = evidence
        self._client = client
        self._query = query
        self._reader = reader
        self._keeps_ids = keeps_ids
        self._ids: set[str] = set()

    @staticmethod
    def only(query: ListQuery) -> ListQuery:
        """Narrow a query to archived rows."""
        return query.where(f"{FIELD}:eq:true")

    @property
    def is_settled(self) -> bool:
        """Whether the list itself holds them, so that nothing is left to be read here."""
        return self._evidence.is_listed

    @property
    def needs_whole_list(self) -> bool:
        """Whether the list must have been read before this."""
        return self._keeps_ids

    def look(self, rows: list[Row]) -> None:
        """Take note of rows that came without asking for archived ones."""
        if self._evidence.is_listed:
            return
        if any(row.get(FIELD) is True for row in rows):
            self._evidence.is_listed = True
            self._ids.clear()
        elif self._keeps_ids:
            self._ids.update(row["id"] for row in rows)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            BillError: a page could not be had, or BILL hides archived rows and does not give them.
        """
        if self._evidence.is_listed:
            return
        is_asked = False
        try:
            for batch in self._reader:
                is_asked = True
                if not all(row.get(FIELD) is True for row in batch.rows):
                    self._cannot_ask("the filter on archived rows changed nothing")
                    return
                if batch.rows and not self._keeps_ids and not self._are_hidden(batch.rows):
                    return
                yield Batch([row for row in batch.rows if row["id"] not in self._ids])
        except BillError as refusal:
            if is_asked or is_passing(refusal):
                raise
            self._cannot_ask(refusal)

    def pages_left(self) -> float:
        """Nothing here is split."""
        return 0.0

    def split(self) -> None:
        """Give up nothing."""

    def _are_hidden(self, rows: list[Row]) -> bool:
        """Look some archived rows up where none were asked for; in doubt they are read.

        A row that comes twice in one version does no harm, and one that does not come does.
        """
        if self._evidence.is_hidden:
            return True
        pages = Pages(self._client)
        for row in rows[:_ROWS_TO_LOOK_UP]:
            found = self._looked_up(pages, row)
            if found is None:
                continue
            if found:
                self._evidence.is_listed = True
            else:
                self._evidence.is_hidden = True
            return not found
        return True

    def _looked_up(self, pages: Pages, row: Row) -> bool | None:
        """Tell whether the list shows a row without asking for archived ones; None if unknown."""
        times = times_of([row], UPDATED)
        narrowed = [self._query.where(f"id:eq:{row['id']}")]
        if times:
            moment = whole_second(times[0])
            until = Bound(end_of_moment(moment), is_included=False).condition(UPDATED)
            narrowed.append(self._query.where(bound(UPDATED, "gte", moment), until))
        for query in narrowed:
            try:
                page = pages.get_filled(query)
            except BillError as refusal:
                if is_passing(refusal):
                    raise
                continue
            same = [found for found in page.rows if found["id"] == row["id"]]
            if same:
                return True if same[0].get(FIELD) is True else None
            return False if page.token is None else None
        return None

    def _cannot_ask(self, why: object) -> None:
        """Pass over what BILL does not let anyone ask for, unless rows are known to be missed.

        Raises:
            BillError: BILL is known to leave archived rows out.
        """
        if self._evidence.is_hidden:
            raise BillError.transient(
                f"BILL leaves archived rows out of its lists and did not give those of "
                f"{self._query.stream} by themselves: deselect the stream, and {REPORT}.",
                f"archived rows cannot be asked for: {why}",
            )
        logger.info(
            "BILL did not give the archived rows of %s by themselves; its lists are known to hold "
            "them.",
            self._query.stream,
        )
