"""One sync of the connector in this process: its own code over real HTTP, without its start-up.

Starting the command takes seconds, which would add up to hours over thousands of syncs. The clock
and the client pool are passed in. The few things that are patched are in `sync`.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import requests
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    Type,
)
from airbyte_cdk.sources.declarative import concurrent_declarative_source as cdk_source
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets, update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

import source_billcom.source as source_module
from reliability.harness.captured_output import Secrets, capture_output, private_numbers
from reliability.harness.sync_result import Event, SyncResult, event_of
from source_billcom.api.client_pool import ClientPool
from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.clock import Clock
from source_billcom.errors import ConnectorError
from source_billcom.source import SourceBillcom
from source_billcom.sync import scheduler
from testing.catalog import configured_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from bill_emulator.process import Emulator
    from reliability.harness.captured_output import CapturedOutput
    from reliability.harness.sync_result import Json

BEFORE_ANY_DATA = "2000-01-01"
"""An anchor date."""

_LONG_SECONDS = 5
_LEAP_SECONDS = 60

_logger = logging.getLogger("airbyte")


class SharedClock(Clock):
    """The connector's clock, tied to BILL's: a wait takes no time and advances both.

    `ahead` is the difference to BILL's clock in seconds.
    """

    def __init__(self, bill: Emulator, ahead: float = 0.0) -> None:
        self._url = f"{bill.root_url}/control/clock"
        self._http = requests.Session()
        self._http.trust_env = False
        self._lock = threading.Lock()
        self._skipped = float(bill.get("/clock")["offset_seconds"])
        self._ahead = timedelta(seconds=ahead)

    def now(self) -> datetime:
        """Return the time, with all skipped waits and the difference to BILL's clock."""
        return datetime.now(UTC) + timedelta(seconds=self._skipped) + self._ahead

    def monotonic(self) -> float:
        """Return seconds that include all skipped waits."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Advance both clocks, and let other threads run.

        A long wait may skip up to a minute more than asked: the connector waits for the next hour
        in steps of seconds, and each step costs a call to the emulator.
        """
        self.advance(max(seconds, _LEAP_SECONDS) if seconds >= _LONG_SECONDS else seconds)
        time.sleep(0.001)

    def advance(self, seconds: float) -> None:
        """Advance both clocks."""
        with self._lock:
            self._http.post(self._url, json={"advance_seconds": seconds}, timeout=10)
            self._skipped += seconds


@functools.cache
def _catalog_object(streams: frozenset[str] | None) -> ConfiguredAirbyteCatalog:
    loaded: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(
        configured_catalog(streams)
    )
    return loaded


def sync(
    bill: Emulator,
    state: list[Json],
    *,
    streams: Collection[str] | None = None,
    ahead: float = 0.0,
    clock: Clock | None = None,
    on_event: Callable[[Event], None] | None = None,
    retry_policy: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    checkpoint_rows: int | None = None,
) -> SyncResult:
    """Run one sync to its end, at DEBUG. A secret in its output counts as a crash.

    `ahead` is how many seconds the connector's clock is ahead of BILL's. `on_event` gets each event
    when it is emitted. `retry_policy` changes fields of the connector's policy, such as how long it
    waits for a byte. `checkpoint_rows` is the number of rows between two states, instead of 1,000.
    """
    clock = clock or SharedClock(bill, ahead)
    clients = ClientPool(clock)
    settings = {**bill.config(), "anchor_date": BEFORE_ANY_DATA, **(config or {})}
    secrets = Secrets(bill, settings)
    events: list[Event] = []
    began = time.monotonic()
    crash: str | None = None

    def take(message: AirbyteMessage) -> None:
        event = _event(message, output)
        if event is not None:
            events.append(event)
            if on_event is not None:
                on_event(event)

    changed_policy = dataclasses.replace(READ_RETRY_POLICY, **(retry_policy or {}))
    with (
        patch.object(source_module, "READ_RETRY_POLICY", changed_policy),
        patch.object(cdk_source, "safe_load_yaml", _load_yaml_once),
        _checkpoints(checkpoint_rows),
        capture_output() as output,
    ):
        try:
            for message in _messages(settings, streams, state, clients, clock):
                take(message)
        except AirbyteTracedException as failure:
            output.add_message(AirbyteMessageSerializer.dump(_as_printed(failure)))
            events.append(Event("error", "", failure.message))
        except Exception as error:  # noqa: BLE001 - any other exception is a crash
            crash = repr(error)
        finally:
            clients.log_out_all()
    seconds = time.monotonic() - began
    rows = [event.content for event in events if event.kind == "record"]
    leaks = secrets.found_in(output.content, set(private_numbers(rows)))
    if leaks:
        crash = f"the output contains secrets: {leaks}"
    return SyncResult(tuple(events), seconds, crash)


def _checkpoints(rows: int | None) -> AbstractContextManager[Any]:
    if rows is None:
        return nullcontext()
    return patch.object(scheduler, "_CHECKPOINT_ROWS", rows)


@functools.cache
def _load_yaml_once(text: str | bytes) -> Any:
    """Parse the CDK's component schema only once. The CDK parses it for each source, slowly."""
    return safe_load_yaml(text)


def _messages(
    config: Mapping[str, Any],
    streams: Collection[str] | None,
    state: list[Json],
    clients: ClientPool,
    clock: Clock,
) -> Iterator[AirbyteMessage]:
    chosen = _catalog_object(None if streams is None else frozenset(streams))
    loaded = [AirbyteStateMessageSerializer.load(message) for message in state]
    source = SourceBillcom(chosen, config, loaded, clients=clients, clock=clock)
    # as the CDK's entrypoint does before any command
    update_secrets(get_secrets(source.spec(_logger).connectionSpecification, config))
    yield from source.read(_logger, config, chosen, loaded)


def _as_printed(failure: AirbyteTracedException) -> AirbyteMessage:
    """Build the command's last message: the CDK's own last error, without a stack trace."""
    parts = (failure.internal_message, failure.message, failure.failure_type)
    return ConnectorError(*parts).as_airbyte_message()


def _event(message: AirbyteMessage, output: CapturedOutput) -> Event | None:
    if message.record is not None:
        return Event("record", message.record.stream, message.record.data)
    dumped = AirbyteMessageSerializer.dump(message)
    output.add_message(dumped)
    return event_of(dumped) if message.type in {Type.STATE, Type.TRACE} else None
