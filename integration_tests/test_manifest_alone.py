"""The CDK alone checks, discovers and reads from the manifest, as the connector's command does.

Nothing of `SourceBillcom` takes part: the CDK builds the streams, cuts time into slices, keeps the
state and schedules. What it must find in the manifest is all that it needs for that.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from airbyte_cdk.connector_builder.connector_builder_handler import (
    TestLimits,
    create_source,
    read_stream,
)
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessageSerializer,
    Status,
    SyncMode,
    Type,
)
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import read

from source_billcom.source import SourceBillcom
from testing.connector import FORKED, Connector
from testing.rows import assert_same_rows
from testing.streams import INCREMENTAL, MANIFEST_PATH, STREAMS, load_manifest

if TYPE_CHECKING:
    from airbyte_cdk.models import AirbyteStateMessage, ConfiguredAirbyteCatalog
    from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

    from bill_emulator.process import Emulator

LOGGER = logging.getLogger("airbyte.manifest_alone")
# spaces around it, as copying adds them: both ways of reading ignore them
EVERYTHING = {"anchor_date": " 2000-01-01 ", "lookback_window": " PT10M "}


def source_of_the_cdk(
    config: dict[str, Any],
    catalog: ConfiguredAirbyteCatalog | None = None,
    state: list[AirbyteStateMessage] | None = None,
) -> YamlDeclarativeSource:
    return YamlDeclarativeSource(str(MANIFEST_PATH), catalog=catalog, config=config, state=state)


def catalog_of(*names: str) -> ConfiguredAirbyteCatalog:
    """Return a catalog of these streams, each in the best mode it has."""
    builder = CatalogBuilder()
    for name in names:
        is_incremental = STREAMS[name].is_incremental
        builder.with_stream(name, SyncMode.incremental if is_incremental else SyncMode.full_refresh)
    return builder.build()


def read_by_the_cdk(
    config: dict[str, Any],
    catalog: ConfiguredAirbyteCatalog,
    state: list[AirbyteStateMessage] | None = None,
) -> EntrypointOutput:
    output = read(source_of_the_cdk(config, catalog, state), config, catalog, state)
    assert not output.errors, output.errors
    return output


def rows_of(output: EntrypointOutput) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for message in output.records:
        assert message.record is not None
        found.setdefault(message.record.stream, []).append(dict(message.record.data))
    return found


def test_the_cdk_builds_every_stream_of_the_manifest(bill: Emulator) -> None:
    config = {**bill.config(), **EVERYTHING}

    streams = source_of_the_cdk(config).streams(config)

    assert [stream.name for stream in streams] == list(STREAMS)


def test_the_cdk_shows_the_same_catalog_as_the_command(bill: Emulator) -> None:
    config = bill.config()
    command = Connector(config, FORKED).discover().of_type("CATALOG")[0]["streams"]

    streams = source_of_the_cdk(config).streams(config)
    catalog = AirbyteCatalog(streams=[stream.as_airbyte_stream() for stream in streams])
    message = AirbyteMessageSerializer.dump(AirbyteMessage(type=Type.CATALOG, catalog=catalog))

    assert json.loads(orjson.dumps(message))["catalog"]["streams"] == command


class TestCheck:
    def test_it_succeeds_with_good_credentials(self, bill: Emulator) -> None:
        config = bill.config()

        status = source_of_the_cdk(config).check(LOGGER, config)

        assert status.status is Status.SUCCEEDED

    def test_it_fails_with_a_wrong_password(self, bill: Emulator) -> None:
        config = {**bill.config(), "password": "not-the-right-one"}

        status = source_of_the_cdk(config).check(LOGGER, config)

        assert status.status is Status.FAILED
        assert "BILL does not know this username and password" in str(status.message)
        assert len(bill.calls("/v3/login")) == 1


def test_it_reads_each_stream_as_the_connectors_scheduler_does(bill: Emulator) -> None:
    config = {**bill.config(), **EVERYTHING}
    by_scheduler = Connector(config, FORKED).read(list(STREAMS))

    by_the_cdk = rows_of(read_by_the_cdk(config, catalog_of(*STREAMS)))

    for name in STREAMS:
        assert by_scheduler.records.get(name), name
        assert_same_rows(by_the_cdk[name], by_scheduler.records[name], name)


def test_the_state_of_one_way_of_reading_continues_the_other(bill: Emulator) -> None:
    config = {**bill.config(), **EVERYTHING}
    catalog = catalog_of(*INCREMENTAL)
    first_by_the_cdk = read_by_the_cdk(config, catalog)
    first = Connector(config, FORKED).read(INCREMENTAL)
    bill.mutate(40, lists=sorted(INCREMENTAL))
    state_of_the_cdk = [
        AirbyteStateMessageSerializer.dump(message.state)
        for message in first_by_the_cdk.state_messages
        if message.state
    ]
    state_of_the_command = [AirbyteStateMessageSerializer.load(each) for each in first.state_file]

    second = Connector(config, FORKED).read(INCREMENTAL, json.loads(json.dumps(state_of_the_cdk)))
    second_by_the_cdk = rows_of(read_by_the_cdk(config, catalog, state_of_the_command))

    for name in INCREMENTAL:
        expected = second.records.get(name, [])
        assert_same_rows(second_by_the_cdk.get(name, []), expected, name)
    assert sum(len(second.records.get(name, [])) for name in INCREMENTAL) > 0
    assert sum(map(len, second.records.values())) < sum(map(len, first.records.values()))


def test_a_wrong_password_costs_one_login_however_many_streams_read(bill: Emulator) -> None:
    config = {**bill.config(), "password": "not-the-right-one-either"}
    catalog = catalog_of(*STREAMS)

    output = read(source_of_the_cdk(config, catalog), config, catalog, expecting_exception=True)

    assert output.errors
    assert len(bill.calls("/v3/login")) == 1


def test_a_read_by_the_connector_ends_the_session_of_a_read_by_the_cdk(bill: Emulator) -> None:
    config = {**bill.config(), **EVERYTHING}
    read_by_the_cdk(config, catalog_of("users"))

    SourceBillcom(config=config).check(LOGGER, config)

    assert len(bill.calls("/v3/login")) == len(bill.calls("/v3/logout")) == 1


@pytest.mark.parametrize("name", INCREMENTAL)
def test_a_full_refresh_by_the_cdk_begins_at_the_anchor_date(bill: Emulator, name: str) -> None:
    """The CDK does not tell a retriever the sync mode; the connector's own read reads all rows."""
    rows = sorted(bill.data(name), key=lambda row: str(row["updatedTime"]))
    anchor = datetime.fromisoformat(rows[len(rows) // 2]["updatedTime"])
    config = {**bill.config(), "anchor_date": anchor.strftime("%Y-%m-%dT%H:%M:%SZ")}
    catalog = CatalogBuilder().with_stream(name, SyncMode.full_refresh).build()

    by_the_cdk = rows_of(read_by_the_cdk(config, catalog))[name]

    since = {row["id"] for row in rows if datetime.fromisoformat(row["updatedTime"]) >= anchor}
    assert {row["id"] for row in by_the_cdk} == since
    assert len(since) < len(rows)


def test_it_signs_in_once_however_many_streams_read(bill: Emulator) -> None:
    config = {**bill.config(), **EVERYTHING}

    read_by_the_cdk(config, catalog_of(*STREAMS))

    assert len(bill.calls("/v3/login")) == 1
    assert bill.counts()["most_at_once"] <= 3


@pytest.mark.parametrize("name", ["bills", "users"])
def test_the_connector_builder_reads_a_stream(
    bill: Emulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # the builder takes every custom component for code that a stranger sent
    monkeypatch.setenv("AIRBYTE_ENABLE_UNSAFE_CODE", "true")
    limits = TestLimits(max_records=20)
    catalog = catalog_of(name)
    config = {**bill.config(), **EVERYTHING, "__injected_declarative_manifest": load_manifest()}
    source = create_source(config, limits, catalog, [])

    message = read_stream(source, config, catalog, [], limits)

    assert message.type is Type.RECORD, message
    assert message.record is not None
    slices = message.record.data["slices"]
    rows = [row for each in slices for page in each["pages"] for row in page["records"]]
    assert rows
    assert set(rows[0]) <= set(message.record.data["inferred_schema"]["properties"])
