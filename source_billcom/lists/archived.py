"""Reads the archived rows of a list as well, in case the list does not include them.

BILL does not document whether its lists include archived rows. What was seen of users, bank
accounts and the chart of accounts says that they do [LIVE NG, SF, GS]. So a list that has returned
an archived row without being asked is trusted, and its state remembers that. Until then, the
archived rows of the list are requested separately.
"""

import logging
from collections.abc import Iterator

from source_billcom.api.query import ListQuery, Row
from source_billcom.errors import REPORT, ConnectorError, RequestRejected
from source_billcom.lists.archived_probe import ArchivedProbe, is_archived
from source_billcom.lists.batch import Batch, PartReader, Reader

# in a stream's state: its list has returned an archived row without being asked
ARCHIVED_LISTED = "archived_listed"
# after so many rows without an archived one, archived rows are requested, so that states can move
_ROWS_WITHOUT_STATE = 500

logger = logging.getLogger("airbyte.source_billcom")


class ArchivedVisibility:
    """Whether one list has returned an archived row without being asked. Then it has them all."""

    def __init__(self, *, are_listed: bool = False) -> None:
        self.are_listed = are_listed


class ReaderWithArchived:
    """Reads a list, and its archived rows too if the list does not include them.

    `reader` reads the list, `archived` reads the same list narrowed to archived rows. Both read in
    ascending order of updatedTime, side by side, and a batch covers what both have read.

    With `keeps_ids`, the list has no such order. Then its archived rows come last, and the ids that
    the list has returned tell which of them are new.
    """

    def __init__(
        self,
        reader: Reader,
        archived: Reader,
        query: ListQuery,
        visibility: ArchivedVisibility,
        probe: ArchivedProbe,
        *,
        keeps_ids: bool = False,
    ) -> None:
        self._reader = reader
        self._archived = archived
        self._query = query
        self._visibility = visibility
        self._probe = probe
        self._keeps_ids = keeps_ids
        self._ids: set[str] = set()
        self._is_archived_read = False

    def __iter__(self) -> Iterator[Batch]:
        """Yield the rows.

        Raises:
            ConnectorError: a call failed, the list cannot be read completely, or BILL hides
                archived rows and does not return them when asked.
        """
        archived = self._separate_archived_rows()
        read_up_to, rows = None, 0
        for batch in self._reader:
            self._look_for_archived(batch.rows)
            if self._is_settled:
                yield batch
                continue
            yield Batch(batch.rows)
            rows += len(batch.rows)
            if self._keeps_ids or rows < _ROWS_WITHOUT_STATE or batch.covered is None:
                continue
            while not self._is_settled and (read_up_to is None or read_up_to < batch.covered):
                found = next(archived, None)
                if found is not None:
                    yield Batch(found.rows)
                    read_up_to = found.covered
            yield Batch([], batch.covered)
        if not self._is_settled:
            for found in archived:
                yield Batch(found.rows)

    def pages_left(self) -> float:
        """Estimate how many pages are left."""
        return self._reader.pages_left() if self._is_settled else 0.0

    def split(self) -> PartReader | None:
        """Give up the later half of what is left; None until the archived rows are settled."""
        return self._reader.split() if self._is_settled else None

    @property
    def _is_settled(self) -> bool:
        """Whether the list includes archived rows, or all that it hides have been read."""
        return self._visibility.are_listed or self._is_archived_read

    def _look_for_archived(self, rows: list[Row]) -> None:
        if self._is_settled:
            return
        if any(map(is_archived, rows)):
            self._visibility.are_listed = True
            self._ids.clear()
        elif self._keeps_ids:
            self._ids.update(row["id"] for row in rows)

    def _separate_archived_rows(self) -> Iterator[Batch]:
        """Yield the archived rows that the list does not include."""
        has_rows = False
        try:
            for batch in self._archived:
                if not all(map(is_archived, batch.rows)):
                    self._accept_without_archived("the filter on archived rows changed nothing")
                    break
                if not has_rows and batch.rows:
                    has_rows = True
                    if self._includes(batch.rows):
                        self._visibility.are_listed = True
                        break
                yield Batch(self._not_read_yet(batch.rows), batch.covered)
        except RequestRejected as refusal:
            if has_rows:
                raise
            self._accept_without_archived(refusal)
        self._is_archived_read = True

    def _includes(self, archived_rows: list[Row]) -> bool:
        """Tell whether the list is proven to include its archived rows.

        If it is not proven, they are read separately. To return a row twice does no harm, but to
        leave one out does.
        """
        if not self._keeps_ids:
            return self._probe.hides(self._query, archived_rows) is False
        # The list is already read, so a row that it returns now proves nothing about that reading.
        # Only the other answer matters here, to other lists.
        unread = self._not_read_yet(archived_rows)
        if unread and not self._probe.is_hiding_proven:
            self._probe.hides(self._query, unread)
        return False

    def _not_read_yet(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["id"] not in self._ids]

    def _accept_without_archived(self, why: object) -> None:
        """Go on without separate archived rows, unless BILL is proven to hide archived rows.

        Raises:
            ConnectorError: BILL is proven to hide them in a list, or could not be reached.
        """
        if self._probe.ask_other_lists():
            raise ConnectorError.transient(
                "BILL's lists do not include archived rows, and BILL did not return those of "
                f"{self._query.stream} when asked for them. Deselect the stream, and {REPORT}.",
                f"archived rows cannot be requested: {why}",
            )
        logger.info(
            "BILL rejected or ignored the filter for archived rows of %s. No list is known to hide "
            "archived rows, so the connector assumes that this list includes them.",
            self._query.stream,
        )
