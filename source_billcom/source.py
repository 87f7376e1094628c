"""The Airbyte source: builds the streams of the manifest on one shared connection to BILL."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    Status,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.declarative.models.declarative_component_schema import (
    CustomRetriever as CustomRetrieverModel,
)
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

from source_billcom.api.client import BillClient
from source_billcom.api.client_pool import CLIENT_POOL
from source_billcom.api.retry import CHECK_RETRY_POLICY, READ_RETRY_POLICY
from source_billcom.check import check_connection
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, config_error
from source_billcom.lists.archived import ArchivedProbe
from source_billcom.lists.batch import TimeRange
from source_billcom.streams import ListRetriever
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.messages import now_ms, record_message, status_message
from source_billcom.sync.scheduler import RecordPage, Scheduler, failure_of
from source_billcom.sync.stream_progress import StreamProgress

_MOST_NAMES = 5
_MOST_OF_A_NAME = 60


class SourceBillcom(YamlDeclarativeSource):
    """BILL as an Airbyte source.

    The manifest declares the spec and the lists. The CDK binds config and
    state in the constructor but is also called with them later (by its test suites, by hosts that
    build the source first), so `read`, `check` and `discover` bind what they are given.
    """

    def __init__(
        self,
        catalog: ConfiguredAirbyteCatalog | None = None,
        config: Mapping[str, Any] | None = None,
        state: list[AirbyteStateMessage] | None = None,
        **_: Any,
    ) -> None:
        super().__init__(
            path_to_yaml="manifest.yaml",
            catalog=catalog,
            config=dict(config) if config else None,
            state=state,
        )
        self._clock = Clock()
        self._given_state = state
        self._has_read = False

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Take the config as it is: nothing is migrated and nothing is written to disk."""
        self._bind(config, None)
        return config

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:  # noqa: ARG002
        """Describe the streams; needs no call to BILL."""
        self._bind(config, None)
        return AirbyteCatalog(streams=[each.as_airbyte_stream() for each in self._lists()])

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Sign in and read the first page of every stream."""
        try:
            self._bind(config, None)
            settings = self._settings()
            client = CLIENT_POOL.client_for(settings, CHECK_RETRY_POLICY)
            interval = TimeRange(settings.anchor, client.bill_time())
            return check_connection(client, self._lists(), interval, logger)
        except ConnectorError as failure:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
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
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage | RecordPage]:
        """Read as `read` does, the records of a page together.

        Signs in before any stream starts: with wrong credentials one sentence comes out, not one
        per stream.

        Raises:
            AirbyteTracedException: a stream failed; the process must end non-zero.
        """
        self._bind(config, state)
        self._has_read = True
        settings = self._settings()
        client = CLIENT_POOL.client_for(settings, READ_RETRY_POLICY)
        client.sign_in()
        streams_progress = self._jobs(settings, client, catalog)
        yield from Scheduler(streams_progress, self._clock).run()
        unknown = sorted(
            wanted_of(catalog).keys() - {progress.name for progress in streams_progress}
        )
        for name in unknown:
            yield status_message(name, AirbyteStreamStatus.INCOMPLETE)
        failure = failure_of(streams_progress)
        if failure:
            raise failure
        if unknown:
            raise config_error(
                "The catalog asks for streams that this connector does not have "
                f"({_a_few(unknown)}): refresh the connection's schema or deselect them."
            )

    def _jobs(
        self, settings: ConnectorConfig, client: BillClient, catalog: ConfiguredAirbyteCatalog
    ) -> list[StreamProgress]:
        """Prepare the streams of the catalog; those that cannot be split come first.

        They take as long as they take, and what can be split then fills the places left.
        """
        started = client.bill_time()
        wanted = wanted_of(catalog)
        archived_probe = ArchivedProbe(client)
        streams_progress = []
        for bill_list in self._lists():
            if bill_list.name not in wanted:
                continue
            given = self._connector_state_manager.get_stream_state(bill_list.name, None)
            cursor = UpdatedTimeCursor(bill_list.name, given)
            interval: TimeRange | ConnectorError
            try:
                is_full = wanted[bill_list.name] is SyncMode.full_refresh
                interval = cursor.interval(
                    settings.anchor, settings.lookback, started, full_refresh=is_full
                )
            except ConnectorError as failure:
                interval = failure
            streams_progress.append(
                (bill_list, bill_list.progress(client, cursor, interval, archived_probe))
            )
        streams_progress.sort(key=lambda entry: (entry[0].incremental, entry[0].sort is not None))
        return [progress for _, progress in streams_progress]

    def _bind(self, config: Mapping[str, Any], state: list[AirbyteStateMessage] | None) -> None:
        """Start afresh where config or state differ from what the constructor was given."""
        state = self._given_state if state is None else state
        if self._has_read or dict(config) != dict(self._config):
            SourceBillcom.__init__(self, config=config, state=state)
        elif state is not self._given_state:
            self._connector_state_manager = ConnectorStateManager(state=state)

    def _lists(self) -> list[ListRetriever]:
        """Return the lists of the manifest, built by the CDK's own component factory."""
        return [
            self._constructor.create_component(
                CustomRetrieverModel, dict(stream["retriever"]), self._config, name=stream["name"]
            )
            for stream in self.resolved_manifest["streams"]
        ]

    def _settings(self) -> ConnectorConfig:
        return ConnectorConfig.from_config(self._config, self._clock.now())


def wanted_of(catalog: ConfiguredAirbyteCatalog) -> dict[str, SyncMode]:
    """Return the streams of the catalog with the mode each is to be synced in."""
    return {configured.stream.name: configured.sync_mode for configured in catalog.streams}


def _a_few(names: list[str]) -> str:
    quoted = ", ".join(name[:_MOST_OF_A_NAME] for name in names[:_MOST_NAMES])
    return quoted if len(names) <= _MOST_NAMES else f"{quoted} and {len(names) - _MOST_NAMES} more"
