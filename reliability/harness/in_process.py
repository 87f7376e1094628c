"""One sync of the connector in this process: its own code over real HTTP, without its start-up.

The command's start takes seconds, of which thousands of syncs would make hours. Only two things
are replaced, each in the place made for it: the clock, and the connections that syncs in one
process share.
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
from reliability.harness.captured_output import Secrets, overhearing, private_numbers
from reliability.harness.sync_result import Event, Run, event_of
from source_billcom.api.client_pool import ClientPool
from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.clock import Clock
from source_billcom.errors import ConnectorError
from source_billcom.source import SourceBillcom
from source_billcom.sync import scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from bill_emulator.process import Emulator
    from reliability.harness.captured_output import Said
    from reliability.harness.sync_result import Json

EVERYTHING = "2000-01-01"
"""An anchor date before any data."""

_LONG_SECONDS = 5
_LEAP_SECONDS = 60

_logger = logging.getLogger("airbyte")


class Together(Clock):
    """The connector's clock, tied to that of BILL: a wait takes no time and moves both.

    `ahead` is how many seconds it differs from BILL's, whose clock it takes up at its making.
    """

    def __init__(self, bill: Emulator, ahead: float = 0.0) -> None:
        self._url = f"{bill.root_url}/control/clock"
        self._http = requests.Session()
        self._http.trust_env = False
        self._lock = threading.Lock()
        self._skipped = float(bill.get("/clock")["offset_seconds"])
        self._ahead = timedelta(seconds=ahead)

    def now(self) -> datetime:
        """Return the time, moved by all waits and by what this clock is ahead."""
        return datetime.now(UTC) + timedelta(seconds=self._skipped) + self._ahead

    def monotonic(self) -> float:
        """Return seconds that go on with the waits."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Move both clocks on, and let other threads have their turn.

        A long wait may oversleep up to a minute: an hour is waited for in steps of seconds, and
        each step costs a call.
        """
        self.advance(max(seconds, _LEAP_SECONDS) if seconds >= _LONG_SECONDS else seconds)
        time.sleep(0.001)

    def advance(self, seconds: float) -> None:
        """Move both clocks on."""
        with self._lock:
            self._http.post(self._url, json={"advance_seconds": seconds}, timeout=10)
            self._skipped += seconds


@functools.cache
def catalog() -> tuple[Json, ...]:
    """Give the streams as discover has them; no configuration changes them."""
    names = ("username", "password", "organization_id", "dev_key")
    config = dict.fromkeys(names, "made-up-value")
    found = SourceBillcom(config=config).discover(_logger, config)
    message = AirbyteMessage(type=Type.CATALOG, catalog=found)
    return tuple(AirbyteMessageSerializer.dump(message)["catalog"]["streams"])


@functools.cache
def incremental_streams() -> frozenset[str]:
    """Give the streams that can be read incrementally."""
    return frozenset(s["name"] for s in catalog() if "incremental" in s["supported_sync_modes"])


@functools.cache
def configured(streams: frozenset[str] | None = None) -> Json:
    """Make the configured catalog of these streams, all by default, incremental where it can be."""
    chosen = [stream for stream in catalog() if streams is None or stream["name"] in streams]
    return {"streams": [_configured(stream) for stream in chosen]}


def _configured(stream: Json) -> Json:
    incremental = stream["name"] in incremental_streams()
    return {
        "stream": stream,
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field") or [],
        "primary_key": stream.get("source_defined_primary_key") or [],
    }


@functools.cache
def _catalog_object(streams: frozenset[str] | None) -> ConfiguredAirbyteCatalog:
    loaded: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(configured(streams))
    return loaded


def sync(
    bill: Emulator,
    state: list[Json],
    *,
    streams: Collection[str] | None = None,
    ahead: float = 0.0,
    clock: Clock | None = None,
    on_event: Callable[[Event], None] | None = None,
    patience: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    checkpoint_rows: int | None = None,
) -> Run:
    """Run one sync to its end. To say a secret, at DEBUG too, counts as a crash.

    `ahead` skews the connector's clock, in seconds. `on_event` hears of each event as it comes.
    `patience` changes fields of the connector's patience, such as how long it waits for a byte.
    `checkpoint_rows` lets it emit its state more often than every 1,000 rows.
    """
    clock = clock or Together(bill, ahead)
    connections = ClientPool(clock)
    settings = {**bill.config(), "anchor_date": EVERYTHING, **(config or {})}
    secrets = Secrets(bill, settings)
    events: list[Event] = []
    began = time.monotonic()
    crash: str | None = None

    def take(message: AirbyteMessage) -> None:
        event = _event(message, said)
        if event is not None:
            events.append(event)
            if on_event is not None:
                on_event(event)

    shorter = dataclasses.replace(READ_RETRY_POLICY, **(patience or {}))
    with (
        patch.object(source_module, "Clock", lambda: clock),
        patch.object(source_module, "CLIENT_POOL", connections),
        patch.object(source_module, "READ_RETRY_POLICY", shorter),
        patch.object(cdk_source, "safe_load_yaml", _parsed),
        _checkpoints(checkpoint_rows),
        overhearing() as said,
    ):
        try:
            _read(settings, streams, state, take)
        except AirbyteTracedException as failure:
            said.message(AirbyteMessageSerializer.dump(_as_printed(failure)))
            events.append(Event("error", "", failure.message))
        except Exception as error:  # noqa: BLE001 - what must not be is told as what it is
            crash = repr(error)
        finally:
            connections.log_out_all()
    seconds = time.monotonic() - began
    rows = [event.content for event in events if event.kind == "record"]
    leaks = secrets.found_in(said.output, set(private_numbers(rows)))
    if leaks:
        crash = f"secrets were said: {leaks}"
    return Run(tuple(events), seconds, crash)


def _checkpoints(rows: int | None) -> AbstractContextManager[Any]:
    if rows is None:
        return nullcontext()
    return patch.object(scheduler, "_CHECKPOINT_ROWS", rows)


@functools.cache
def _parsed(text: str | bytes) -> Any:
    """Parse the CDK's own component schema once; it does so for each source, taking a while."""
    return safe_load_yaml(text)


def _read(
    config: Mapping[str, Any],
    streams: Collection[str] | None,
    state: list[Json],
    take: Callable[[AirbyteMessage], None],
) -> None:
    chosen = _catalog_object(None if streams is None else frozenset(streams))
    loaded = [AirbyteStateMessageSerializer.load(message) for message in state]
    source = SourceBillcom(chosen, config, loaded)
    # as the CDK's entrypoint does before any command
    update_secrets(get_secrets(source.spec(_logger).connectionSpecification, config))
    for message in source.read(_logger, config, chosen, loaded):
        take(message)


def _as_printed(failure: AirbyteTracedException) -> AirbyteMessage:
    """Build the command's last message: what the CDK closes with has no stack trace there."""
    parts = (failure.internal_message, failure.message, failure.failure_type)
    return ConnectorError(*parts).as_airbyte_message()


def _event(message: AirbyteMessage, said: Said) -> Event | None:
    if message.record is not None:
        return Event("record", message.record.stream, message.record.data)
    dumped = AirbyteMessageSerializer.dump(message)
    said.message(dumped)
    return event_of(dumped) if message.type in {Type.STATE, Type.TRACE} else None
