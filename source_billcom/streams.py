"""BILL's lists as Airbyte streams. `ListRetriever` is what the manifest names for every stream."""

import json
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from airbyte_cdk.models import AirbyteStream, SyncMode
from airbyte_cdk.sources.types import Config

from source_billcom.api.client import BillClient
from source_billcom.api.list_requests import ListRequests
from source_billcom.api.query import UPDATED, ListQuery
from source_billcom.errors import ConnectorError, RequestRejected
from source_billcom.lists.archived import (
    ARCHIVED,
    ArchivedProbe,
    ArchivedVisibility,
    ReaderWithArchived,
    only_archived,
)
from source_billcom.lists.batch import Batch, Bound, TimeRange
from source_billcom.lists.readers import RangeReader, Reader, WholeReader, by_creation
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import Part, StreamProgress, divided

PRIMARY_KEY = "id"


@dataclass
class ListRetriever:
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

    def try_to_read(self, client: BillClient, interval: TimeRange) -> None:
        """Read the first page, in the way a sync would.

        Raises:
            ConnectorError: it cannot be read.
        """
        if self.incremental:
            try:
                ListRequests(client).get_page(
                    self.query.ascending(UPDATED).where(*interval.as_filters())
                )
            except RequestRejected:
                next(iter(WholeReader(client, by_creation(self.query))), None)
        else:
            next(iter(WholeReader(client, self.query)), None)

    def progress(
        self,
        client: BillClient,
        cursor: UpdatedTimeCursor,
        interval: TimeRange | ConnectorError,
        archived_probe: ArchivedProbe,
    ) -> StreamProgress:
        """Prepare the reading of the list; a saved state that cannot be continued fails it."""
        query, schema = self.query, load_schema(self.name)
        normalizer, has_flag = RowNormalizer(self.name, schema), ARCHIVED in schema["properties"]
        only = only_archived(query)
        if not self.incremental:
            whole: Reader = WholeReader(client, query)
            if has_flag:
                archived = WholeReader(client, only)
                whole = ReaderWithArchived(
                    whole, archived, query, ArchivedVisibility(), archived_probe, keeps_ids=True
                )
            return StreamProgress(self.name, [Part(whole)], normalizer)
        if isinstance(interval, ConnectorError):
            return StreamProgress(self.name, [Part(Unreadable(interval))], normalizer, cursor)

        def read(start: datetime, end: Bound) -> Reader:
            reader = RangeReader(client, query, UPDATED, start=start, end=end)
            if not has_flag or cursor.archived_visibility.are_listed:
                return reader
            archived = RangeReader(client, only, UPDATED, start=start, end=end, may_read_all=False)
            return ReaderWithArchived(
                reader, archived, query, cursor.archived_visibility, archived_probe
            )

        return StreamProgress(self.name, divided(interval, cursor, read), normalizer, cursor)


class Unreadable:
    """Reads nothing, for a reason."""

    def __init__(self, reason: ConnectorError) -> None:
        self._reason = reason

    def __iter__(self) -> Iterator[Batch]:
        """Raise the reason.

        Raises:
            ConnectorError: always.
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
