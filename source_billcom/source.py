"""The Airbyte source: the manifest's streams, read by one scheduler over one session."""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    FailureType,
    Status,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream

from source_billcom.api.client import BillClient
from source_billcom.api.client_pool import CLIENT_POOL, ClientPool
from source_billcom.api.retry import (
    CHECK_RETRY_POLICY,
    FIRST_PAGES_RETRY_POLICY,
    READ_RETRY_POLICY,
)
from source_billcom.check import check_connection, first_page_failures
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, config_error
from source_billcom.lists.archived_probe import ArchivedProbe
from source_billcom.lists.batch import TimeRange
from source_billcom.streams import ListStream, build_streams
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.messages import RecordPage, now_ms, record_message, status_message
from source_billcom.sync.range_line import range_line
from source_billcom.sync.scheduler import Scheduler, sync_failure
from source_billcom.sync.stream_progress import StreamProgress

_MANIFEST = Path(__file__).with_name("manifest.yaml")
_MOST_NAMES = 5
_LONGEST_NAME = 60

State = list[AirbyteStateMessage]


class SourceBillcom(YamlDeclarativeSource):
    """BILL as an Airbyte source.

    The manifest declares the streams, and the CDK can read them by itself. `read` and `check` are
    overridden: one scheduler reads all streams over one session, and checks name every stream that
    cannot be read.

    Each call uses the config and the state that it is given, because the CDK also calls a source
    that was built without them. Nothing of one call stays for the next. A session that a call opens
    is logged out when the last call that uses it ends.
    """

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: State | None = None,
        *,
        clients: ClientPool | None = None,
        clock: Clock | None = None,
        **_: Any,
    ) -> None:
        super().__init__(
            # by its full path: the CDK would prefer a manifest.yaml of the working directory
            path_to_yaml=str(_MANIFEST),
            catalog=catalog,
            config=dict(config) if config else None,
            state=state,
        )
        self._clients = clients or CLIENT_POOL
        self._clock = clock or Clock()
        self._initial_state = state

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the config unchanged; the CDK would write it to disk."""
        return config

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:
        """Build the CDK's streams from the config of the constructor.

        Raises:
            ConnectorError: a value of the config is wrong. The CDK would raise errors of its own.
        """
        if self._config:
            ConnectorConfig.from_config(self._config, self._clock.now())
        return super().streams(config)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Sign in and read the first page of every stream."""
        try:
            checked = ConnectorConfig.from_config(config, self._clock.now())
            retrievers = [stream.retriever for stream in self._streams(config)]
            authenticator = retrievers[0].authenticator
            with self._clients.lease(checked, CHECK_RETRY_POLICY, authenticator) as client:
                interval = TimeRange(checked.anchor, client.bill_time())
                return check_connection(client, retrievers, interval, logger)
        except ConnectorError as failure:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))

    def forbidden_streams(
        self, config: Mapping[str, Any], names: Collection[str]
    ) -> dict[str, ConnectorError]:
        """Sign in and read the first page of these streams; return those the user may not read.

        Each has the error that says why. A stream that fails for a reason that may pass is not
        among them: a read tells more about it. Hold a lease of the same credentials to keep the
        session for that read.

        Raises:
            ConnectorError: the configuration is wrong, or signing in failed.
        """
        checked = ConnectorConfig.from_config(config, self._clock.now())
        retrievers = [each.retriever for each in self._streams(config)]
        authenticator = retrievers[0].authenticator
        with self._clients.lease(checked, READ_RETRY_POLICY, authenticator) as client:
            client.sign_in()
            interval = TimeRange(checked.anchor, client.bill_time())
            failures = first_page_failures(
                replace(client, retry_policy=FIRST_PAGES_RETRY_POLICY),
                [retriever for retriever in retrievers if retriever.name in names],
                interval,
            )
        return {
            name: failure
            for name, failure in failures.items()
            if failure.failure_type is FailureType.config_error
        }

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: State | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the streams of `catalog`, continuing from `state`.

        Raises:
            AirbyteTracedException: a stream failed; the process must end non-zero.
        """
        for message in self.read_in_pages(logger, config, catalog, state):
            if isinstance(message, RecordPage):
                emitted_at = now_ms()
                for row in message.rows:
                    yield record_message(message.stream, row, emitted_at)
            else:
                yield message

    def read_in_pages(
        self,
        logger: logging.Logger,  # noqa: ARG002 - as the CDK calls it
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: State | None = None,
    ) -> Iterator[AirbyteMessage | RecordPage]:
        """Read as `read` does, but yield the records of one page together.

        Signs in before any stream starts, so that wrong credentials give one error and not one for
        each stream.

        Raises:
            AirbyteTracedException: a stream failed; the process must end non-zero.
        """
        checked = ConnectorConfig.from_config(config, self._clock.now())
        saved = ConnectorStateManager(state=self._initial_state if state is None else state)
        declared = self._streams(config)
        authenticator = declared[0].retriever.authenticator
        with self._clients.lease(checked, READ_RETRY_POLICY, authenticator) as client:
            client.sign_in()
            streams = self._prepare(checked, client, declared, catalog, saved)
            yield from Scheduler(streams, self._clock).run()
        unknown = sorted(sync_modes_of(catalog).keys() - {stream.name for stream in streams})
        for name in unknown:
            yield status_message(name, AirbyteStreamStatus.INCOMPLETE)
        failure = sync_failure(streams)
        if failure:
            raise failure
        if unknown:
            raise config_error(
                "The catalog selects streams that this connector does not have: "
                f"{_shortened(unknown)}. Refresh the connection's schema or deselect them."
            )

    def _prepare(
        self,
        config: ConnectorConfig,
        client: BillClient,
        declared: list[ListStream],
        catalog: ConfiguredAirbyteCatalog,
        saved: ConnectorStateManager,
    ) -> list[StreamProgress]:
        """Prepare the streams of the catalog; those that cannot be split come first.

        Streams that can be split then fill the call slots that are left.
        """
        started = client.bill_time()
        modes = sync_modes_of(catalog)
        probe = ArchivedProbe(client)
        prepared = []
        for stream in declared:
            retriever = stream.retriever
            if retriever.name not in modes:
                continue
            cursor = UpdatedTimeCursor(retriever.name, saved.get_stream_state(retriever.name, None))
            interval: TimeRange | ConnectorError
            try:
                is_full = modes[retriever.name] is SyncMode.full_refresh
                interval = cursor.begin_sync(
                    config.anchor, config.lookback, started, full_refresh=is_full
                )
            except ConnectorError as failure:
                interval = failure
            progress = retriever.progress(client, stream.schema, cursor, interval, probe)
            if not isinstance(interval, ConnectorError):
                progress.range_line = range_line(retriever.name, config, progress.cursor)
            prepared.append((retriever, progress))
        prepared.sort(key=lambda entry: (entry[0].is_incremental, entry[0].sort is not None))
        return [progress for _, progress in prepared]

    def _streams(self, config: Mapping[str, Any]) -> list[ListStream]:
        return build_streams(self._constructor, self.resolved_manifest, config)


def sync_modes_of(catalog: ConfiguredAirbyteCatalog) -> dict[str, SyncMode]:
    """Return the catalog's streams by name, each with its sync mode."""
    return {configured.stream.name: configured.sync_mode for configured in catalog.streams}


def _shortened(names: list[str]) -> str:
    listed = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
    rest = len(names) - _MOST_NAMES
    return listed if rest <= 0 else f"{listed} and {rest} more"
