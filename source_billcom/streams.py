"""BILL's lists as Airbyte streams. `BillList` is what the manifest names for every stream."""

import json
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from airbyte_cdk.models import AirbyteStream, SyncMode
from airbyte_cdk.sources.types import Config

from source_billcom.archived import FIELD as ARCHIVED
from source_billcom.archived import ArchivedEvidence, ArchivedRows
from source_billcom.ascent import Batch, Bound
from source_billcom.client import BillClient
from source_billcom.cursor import UpdatedTimeCursor
from source_billcom.errors import BillError
from source_billcom.fields import RowMender
from source_billcom.jobs import Job, Part, divided
from source_billcom.listing import UPDATED, ListQuery, Pages
from source_billcom.reading import Range, RangeReader, Reader, WholeReader

PRIMARY_KEY = "id"


@dataclass
class BillList:
    """One list of BILL, as a line of the manifest declares it.

    `list_path` is below the base URL. `incremental` says that BILL can sort and filter the list by
    updatedTime; `sort` is the order asked for where it cannot; `extra` are parameters that go with
    every call unless BILL refuses them.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    name: str
    list_path: str
    incremental: bool = False
    sort: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        """Accept the manifest's `$parameters`, which are all passed as fields already."""

    @property
    def query(self) -> ListQuery:
        """What is asked of BILL for the whole list."""
        return ListQuery(self.name, self.list_path, self.sort, extra=tuple(self.extra.items()))

    def as_airbyte_stream(self) -> AirbyteStream:
        """Describe the list for the catalog."""
        modes = [SyncMode.full_refresh]
        return AirbyteStream(
            name=self.name,
            json_schema=load_schema(self.name),
            supported_sync_modes=[*modes, SyncMode.incremental] if self.incremental else modes,
            source_defined_cursor=True if self.incremental else None,
            default_cursor_field=[UPDATED] if self.incremental else None,
            source_defined_primary_key=[[PRIMARY_KEY]],
            is_resumable=self.incremental,
            is_file_based=False,
        )

    def try_to_read(self, client: BillClient, interval: Range) -> None:
        """Read the first page, in the way a sync would.

        Raises:
            BillError: it cannot be read.
        """
        if self.incremental:
            Pages(client).get(self.query.ascending(UPDATED).where(*interval.as_filters()))
        else:
            next(iter(WholeReader(client, self.query)), None)

    def job(
        self,
        client: BillClient,
        cursor: UpdatedTimeCursor,
        interval: Range | BillError,
        evidence: ArchivedEvidence,
    ) -> Job:
        """Prepare the reading of the list; a saved state that cannot be continued fails it."""
        query, mender = self.query, RowMender(self.name, load_schema(self.name))
        if not self.incremental:
            whole = WholeReader(client, ArchivedRows.only(query))
            archived = self._archived(client, evidence, whole)
            return Job(self.name, [Part(WholeReader(client, query))], mender, archived=archived)
        if isinstance(interval, BillError):
            return Job(self.name, [Part(Unreadable(interval))], mender, cursor)

        def read(start: datetime, end: Bound, query: ListQuery = query) -> RangeReader:
            return RangeReader(client, query, UPDATED, start=start, end=end)

        ranged = read(interval.start, Bound(interval.end), ArchivedRows.only(query))
        archived = self._archived(client, evidence, ranged)
        return Job(self.name, divided(interval, cursor, read), mender, cursor, archived=archived)

    def _archived(
        self, client: BillClient, evidence: ArchivedEvidence, reader: Reader
    ) -> ArchivedRows | None:
        """Prepare the reading of archived rows; None where there are none, or the list has them."""
        if evidence.is_listed or ARCHIVED not in load_schema(self.name)["properties"]:
            return None
        keeps_ids = not self.incremental
        return ArchivedRows(evidence, client, self.query, reader, keeps_ids=keeps_ids)


class Unreadable:
    """Reads nothing, for a reason."""

    def __init__(self, reason: BillError) -> None:
        self._reason = reason

    def __iter__(self) -> Iterator[Batch]:
        """Raise the reason.

        Raises:
            BillError: always.
        """
        raise self._reason

    def pages_left(self) -> float:
        """Nothing is left."""
        return 0.0

    def split(self) -> None:
        """Give up nothing."""


def load_schema(stream_name: str) -> dict[str, Any]:
    """Read the stream's JSON schema from the package."""
    raw = pkgutil.get_data("source_billcom", f"schemas/{stream_name}.json")
    if raw is None:
        raise FileNotFoundError(f"schemas/{stream_name}.json")
    schema: dict[str, Any] = json.loads(raw)
    return schema
