"""BILL's lists as Airbyte streams.

`BillList` is the component the manifest names for every stream. A stream is read as one partition:
BILL allows three calls at once however many streams run, so parallel streams already fill them.
"""

import json
import logging
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime
from typing import Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Config, Record, StreamSlice

from source_billcom.client import BillClient
from source_billcom.clock import Clock
from source_billcom.cursor import UpdatedTimeCursor, WholeListCursor
from source_billcom.fields import NewFieldWatch
from source_billcom.listing import UPDATED, ListQuery, Pages, Row
from source_billcom.reading import Range, read_range, read_whole
from source_billcom.settings import Settings

PRIMARY_KEY = "id"


@dataclass
class BillList:
    """One list of BILL, as a line of the manifest declares it.

    `list_path` is below the base URL. `incremental` says that BILL can sort and filter the list by
    updatedTime; `sort` is the order asked for where it cannot.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    name: str
    list_path: str
    incremental: bool = False
    sort: str | None = None

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        """Accept the manifest's `$parameters`, which are all passed as fields already."""


@dataclass(frozen=True)
class Sync:
    """What all streams of one sync share. `full_refresh` names the streams that want every row."""

    settings: Settings
    client: BillClient
    clock: Clock
    started: datetime
    states: ConnectorStateManager
    messages: MessageRepository
    full_refresh: frozenset[str] = frozenset()


class ListPartition(Partition):
    """The whole of one list, as this sync has to read it; `interval` where it is incremental."""

    def __init__(
        self,
        query: ListQuery,
        client: BillClient,
        watch: NewFieldWatch,
        cursor: UpdatedTimeCursor | None,
        interval: Range | None = None,
    ) -> None:
        self._query = query
        self._client = client
        self._watch = watch
        self._cursor = cursor
        self._interval = interval
        self._slice = StreamSlice(partition={}, cursor_slice={})

    def read(self) -> Iterable[Record]:
        """Yield the rows of the list; the cursor hears of a batch once all of it is handed on."""
        if self._cursor is None or self._interval is None:
            for rows in read_whole(self._client, self._query):
                yield from map(self._record, rows)
            return
        for batch in read_range(self._client, self._query, self._interval):
            yield from map(self._record, batch.rows)
            self._cursor.batch_read(batch)

    def first_row(self) -> Row | None:
        """Return the first row there is, in the way a sync would read it."""
        if self._interval is None:
            found = read_whole(self._client, self._query)
            return next((row for rows in found for row in rows), None)
        query = self._query.ascending(UPDATED).where(*self._interval.as_filters())
        return next(iter(Pages(self._client).get_filled(query).rows), None)

    def _record(self, row: Row) -> Record:
        self._watch.look_at(row)
        return Record(row, self._query.stream, self._slice)

    def to_slice(self) -> Mapping[str, Any]:
        """Describe the partition for debug logs."""
        return {UPDATED: ",".join(self._interval.as_filters())} if self._interval else {}

    def stream_name(self) -> str:
        """Return the stream this partition belongs to."""
        return self._query.stream

    def __hash__(self) -> int:
        return hash(self._query)


class ListPartitions(PartitionGenerator):
    """Generates the one partition of a list, when the sync comes to it."""

    def __init__(
        self,
        bill_list: BillList,
        sync: Sync,
        schema: Mapping[str, Any],
        cursor: UpdatedTimeCursor | None,
    ) -> None:
        self._list = bill_list
        self._sync = sync
        self._watch = NewFieldWatch(bill_list.name, schema)
        self._cursor = cursor

    def generate(self) -> Iterable[ListPartition]:
        """Yield the partition.

        Raises:
            BillError: the saved state cannot be continued.
        """
        declared = self._list
        query = ListQuery(declared.name, declared.list_path, sort=declared.sort)
        yield ListPartition(query, self._sync.client, self._watch, self._cursor, self._interval())

    def _interval(self) -> Range | None:
        if self._cursor is None:
            return None
        settings = self._sync.settings
        return self._cursor.interval(
            settings.anchor,
            settings.lookback,
            self._sync.started,
            full_refresh=self._list.name in self._sync.full_refresh,
        )


class BillStream(DefaultStream):
    """An Airbyte stream over one list of BILL."""

    def __init__(self, bill_list: BillList, sync: Sync) -> None:
        schema = load_schema(bill_list.name)
        cursor = (
            UpdatedTimeCursor(bill_list.name, sync.states, sync.messages, sync.clock)
            if bill_list.incremental
            else None
        )
        self.partitions = ListPartitions(bill_list, sync, schema, cursor)
        super().__init__(
            partition_generator=self.partitions,
            name=bill_list.name,
            json_schema=schema,
            primary_key=[PRIMARY_KEY],
            cursor_field=cursor.cursor_field if cursor else None,
            logger=logging.getLogger(f"airbyte.{bill_list.name}"),
            cursor=cursor or WholeListCursor(bill_list.name, None, sync.messages),
        )


def load_schema(stream_name: str) -> dict[str, Any]:
    """Read the stream's JSON schema from the package."""
    raw = pkgutil.get_data("source_billcom", f"schemas/{stream_name}.json")
    if raw is None:
        raise FileNotFoundError(f"schemas/{stream_name}.json")
    schema: dict[str, Any] = json.loads(raw)
    return schema
