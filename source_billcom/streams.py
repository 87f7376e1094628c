"""BILL's lists as Airbyte streams: `ListRetriever` is what the manifest names for every stream.

The manifest alone declares a stream. The CDK builds its streams from it, and `SourceBillcom` builds
the same retrievers from it for its own scheduler, so that both read in the same way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from airbyte_cdk.sources.declarative.models.declarative_component_schema import (
    CustomRetriever,
    DatetimeBasedCursor,
    JsonFileSchemaLoader,
)
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import (
    ModelToComponentFactory,
)
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.types import Config, StreamSlice

from source_billcom.api.auth import Authenticator
from source_billcom.api.client import BillClient
from source_billcom.api.client_pool import CLIENT_POOL
from source_billcom.api.list_requests import ListRequests
from source_billcom.api.query import UPDATED, ListQuery, Row
from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, RequestRejected
from source_billcom.lists.archived import ArchivedVisibility, ReaderWithArchived
from source_billcom.lists.archived_probe import ARCHIVED, ArchivedProbe, only_archived
from source_billcom.lists.batch import Batch, Bound, Reader, TimeRange
from source_billcom.lists.readers import RangeReader, WholeReader, by_creation
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import Part, StreamProgress, parts_of
from source_billcom.times import parse_time


@dataclass
class ListRetriever(Retriever):
    """One list of BILL, as a line of the manifest declares it.

    `list_path` is below the base URL. `sort` is the order that is requested where BILL cannot sort
    and filter by updatedTime; `extra` are more query parameters, dropped when BILL rejects them.
    `incremental_sync` is the stream's cursor in the manifest, None for a list that is read whole.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    name: str
    list_path: str
    authenticator: Authenticator
    sort: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    incremental_sync: Any = None

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        """Accept the manifest's `$parameters`, which arrive as fields too."""

    @property
    def is_incremental(self) -> bool:
        """Whether BILL sorts and filters the list by updatedTime."""
        return self.incremental_sync is not None

    @property
    def query(self) -> ListQuery:
        """The query for the whole list."""
        return ListQuery(self.name, self.list_path, self.sort, extra=tuple(self.extra.items()))

    def read_records(
        self, records_schema: Mapping[str, Any], stream_slice: StreamSlice | None = None
    ) -> Iterator[Row]:
        """Read the list for the CDK, from a slice's `start_time` to its `end_time`.

        Raises:
            ConnectorError: the list cannot be read to its end.
        """
        config = ConnectorConfig.from_config(self.config, Clock().now())
        normalizer = RowNormalizer(self.name, records_schema)
        # the CDK reads stream by stream and does not say which is the last
        with CLIENT_POOL.lease(
            config, READ_RETRY_POLICY, self.authenticator, keeps_session=True
        ) as client:
            for batch in self._reader_of_slice(client, records_schema, stream_slice or {}):
                normalizer.normalize_page(batch.rows)
                yield from batch.rows

    def read_first_page(self, client: BillClient, interval: TimeRange) -> None:
        """Read the first page in the way a sync does.

        Raises:
            ConnectorError: it cannot be read.
        """
        if self.is_incremental:
            try:
                query = self.query.ascending(UPDATED).where(*interval.as_filters())
                ListRequests(client).get_page(query)
            except RequestRejected:
                next(iter(WholeReader(client, by_creation(self.query))), None)
        else:
            next(iter(WholeReader(client, self.query)), None)

    def progress(
        self,
        client: BillClient,
        schema: Mapping[str, Any],
        cursor: UpdatedTimeCursor,
        interval: TimeRange | ConnectorError,
        probe: ArchivedProbe,
    ) -> StreamProgress:
        """Prepare a sync of the list; a saved state that is not usable fails only this stream."""
        normalizer = RowNormalizer(self.name, schema)
        if not self.is_incremental:
            reader = self._whole_reader(client, schema, probe)
            return StreamProgress(self.name, [Part(reader)], normalizer)
        if isinstance(interval, ConnectorError):
            return StreamProgress(self.name, [Part(FailedReader(interval))], normalizer, cursor)

        def read(start: datetime, end: Bound) -> Reader:
            return self._range_reader(
                client, schema, cursor.archived_visibility, probe, start=start, end=end
            )

        return StreamProgress(self.name, parts_of(interval, cursor, read), normalizer, cursor)

    def _reader_of_slice(
        self, client: BillClient, schema: Mapping[str, Any], stream_slice: Mapping[str, Any]
    ) -> Reader:
        probe = ArchivedProbe(client)
        start, end = (parse_time(str(stream_slice.get(key))) for key in ("start_time", "end_time"))
        if start is None or end is None:
            return self._whole_reader(client, schema, probe)
        return self._range_reader(
            client, schema, ArchivedVisibility(), probe, start=start, end=Bound(end)
        )

    def _whole_reader(
        self, client: BillClient, schema: Mapping[str, Any], probe: ArchivedProbe
    ) -> Reader:
        reader = WholeReader(client, self.query)
        if ARCHIVED not in schema["properties"]:
            return reader
        archived = WholeReader(client, only_archived(self.query))
        return ReaderWithArchived(
            reader, archived, self.query, ArchivedVisibility(), probe, keeps_ids=True
        )

    def _range_reader(
        self,
        client: BillClient,
        schema: Mapping[str, Any],
        visibility: ArchivedVisibility,
        probe: ArchivedProbe,
        *,
        start: datetime,
        end: Bound,
    ) -> Reader:
        query = self.query
        reader = RangeReader(client, query, UPDATED, start=start, end=end)
        if ARCHIVED not in schema["properties"] or visibility.are_listed:
            return reader
        archived = RangeReader(
            client, only_archived(query), UPDATED, start=start, end=end, may_read_all=False
        )
        return ReaderWithArchived(reader, archived, query, visibility, probe)


class FailedReader:
    """A reader that returns no row and raises its reason."""

    def __init__(self, reason: ConnectorError) -> None:
        self._reason = reason

    def __iter__(self) -> Iterator[Batch]:
        """Raise the reason.

        Raises:
            ConnectorError: always.
        """
        raise self._reason

    def pages_left(self) -> float:
        """Return 0."""
        return 0.0

    def split(self) -> None:
        """Return None, because there is nothing to split off."""


@dataclass(frozen=True)
class ListStream:
    """A stream of the manifest: its retriever and its JSON schema."""

    retriever: ListRetriever
    schema: Mapping[str, Any]


def build_streams(
    factory: ModelToComponentFactory, manifest: Mapping[str, Any], config: Config
) -> list[ListStream]:
    """Build the streams of a resolved manifest with the CDK's component factory, in its order."""

    def build(stream: Mapping[str, Any]) -> ListStream:
        cursor = stream.get("incremental_sync")
        retriever = factory.create_component(
            CustomRetriever,
            dict(stream["retriever"]),
            config,
            name=stream["name"],
            incremental_sync=DatetimeBasedCursor.parse_obj(cursor) if cursor else None,
        )
        loader = factory.create_component(
            JsonFileSchemaLoader, dict(stream["schema_loader"]), config
        )
        return ListStream(retriever, loader.get_json_schema())

    return [build(stream) for stream in manifest["streams"]]
