"""The Airbyte source: builds the streams of the manifest on one shared connection to BILL."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    FailureType,
    Status,
    SyncMode,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.declarative.models.declarative_component_schema import (
    CustomRetriever as CustomRetrieverModel,
)
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.check import check_connection
from source_billcom.client import CHECK_PATIENCE, READ_PATIENCE
from source_billcom.clock import Clock
from source_billcom.connection import CONNECTIONS
from source_billcom.errors import BillError, config_error
from source_billcom.settings import Settings
from source_billcom.streams import BillList, BillStream, Sync


class SourceBillcom(YamlDeclarativeSource):
    """BILL as an Airbyte source.

    The manifest declares the spec and the lists; `streams` builds them. The CDK binds config and
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
        self._full_refresh: frozenset[str] = frozenset()
        self._given_state = state
        self._has_read = False
        if not any(isinstance(item, _SentenceOnly) for item in self.logger.filters):
            self.logger.addFilter(_SentenceOnly())

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Take the config as it is: nothing is migrated and nothing is written to disk."""
        self._bind(config, None)
        return config

    def streams(self, config: Mapping[str, Any]) -> list[AbstractStream]:
        """Build every stream that the manifest declares."""
        return list(self._bill_streams(config))

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Describe the streams; needs no call to BILL."""
        self._bind(config, None)
        return super().discover(logger, config)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Sign in and read one row of every stream."""
        try:
            self._bind(config, None)
            sync = self._sync(config)
            sync.client.patience = CHECK_PATIENCE
            streams = [BillStream(bill_list, sync) for bill_list in self._lists()]
            return check_connection(sync.client, streams, logger)
        except BillError as failure:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the streams of `catalog`, continuing from `state`.

        Signs in before any stream starts: with wrong credentials one sentence comes out, not one
        per stream.

        Raises:
            AirbyteTracedException: a stream failed; the process must end non-zero.
        """
        self._bind(config, state)
        self._has_read = True
        self._full_refresh = frozenset(
            configured.stream.name
            for configured in catalog.streams
            if configured.sync_mode is SyncMode.full_refresh
        )
        client = self._sync(config).client
        client.patience = READ_PATIENCE
        client.sign_in()
        kinds: set[FailureType] = set()
        try:
            for message in super().read(logger, config, catalog, state):
                if message.trace and message.trace.error and message.trace.error.failure_type:
                    kinds.add(message.trace.error.failure_type)
                yield message
        except BillError:
            raise
        except AirbyteTracedException as failure:
            raise _streams_failed(failure, kinds) from None
        self._fail_for_unknown_streams(catalog)

    def _fail_for_unknown_streams(self, catalog: ConfiguredAirbyteCatalog) -> None:
        """Fail for streams that the CDK has only marked INCOMPLETE, and left it at that."""
        known = {stream["name"] for stream in self.resolved_manifest["streams"]}
        unknown = [c.stream.name for c in catalog.streams if c.stream.name not in known]
        if unknown:
            raise config_error(
                f"The catalog asks for streams that this connector does not have: "
                f"{', '.join(unknown)}. Refresh the connection's schema or deselect them."
            )

    def _bind(self, config: Mapping[str, Any], state: list[AirbyteStateMessage] | None) -> None:
        """Start afresh where config or state differ from what the constructor was given."""
        state = self._given_state if state is None else state
        if self._has_read or dict(config) != dict(self._config):
            SourceBillcom.__init__(self, config=config, state=state)
        elif state is not self._given_state:
            self._connector_state_manager = ConnectorStateManager(state=state)

    def _lists(self) -> list[BillList]:
        """Return the lists of the manifest, built by the CDK's own component factory."""
        return [
            self._constructor.create_component(
                CustomRetrieverModel, dict(stream["retriever"]), self._config, name=stream["name"]
            )
            for stream in self.resolved_manifest["streams"]
        ]

    def _bill_streams(self, config: Mapping[str, Any]) -> Iterator[BillStream]:
        sync = self._sync(config)
        for bill_list in self._lists():
            yield BillStream(bill_list, sync)

    def _sync(self, config: Mapping[str, Any]) -> Sync:
        now = self._clock.now()
        settings = Settings.from_config(config or self._config, now)
        client = CONNECTIONS.client_for(settings)
        return Sync(
            settings=settings,
            client=client,
            clock=self._clock,
            started=client.bill_time(),
            states=self._connector_state_manager,
            messages=self._message_repository,
            full_refresh=self._full_refresh,
        )


class _SentenceOnly(logging.Filter):
    """Takes the traceback off log lines about failures that explain themselves."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record of a `BillError`; every record passes."""
        failure = record.exc_info[1] if record.exc_info else None
        if isinstance(failure, BillError):
            record.msg, record.args = f"{record.getMessage()}: {failure}", ()
            record.exc_info = record.exc_text = None
        return True


def _streams_failed(
    failure: AirbyteTracedException, kinds: set[FailureType]
) -> AirbyteTracedException:
    """Give the closing error the kind of its causes.

    The CDK always calls it a config error, which makes the platform stop trying even when BILL was
    only down for a while.
    """
    kind = FailureType.config_error
    for candidate in (FailureType.system_error, FailureType.transient_error):
        if candidate in kinds:
            kind = candidate
    return BillError(failure.internal_message, failure.message, kind)
