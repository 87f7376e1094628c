"""Airbyte's acceptance files are up to date and serve their purpose, by the connector's command."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from airbyte_cdk.models import Status
from airbyte_cdk.test.models.scenario import SECTION_COMMANDS

from integration_tests import generate
from integration_tests.acceptance import (
    INVALID,
    acceptance_emulator,
    config,
    config_names,
    load,
)
from source_billcom.source import SourceBillcom
from testing.connector import CHECKOUT, FORKED, Running
from testing.streams import INCREMENTAL, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator
    from testing.result import Result
    from testing.rows import Json

LOOKBACK = timedelta(minutes=10)


@pytest.fixture(scope="module")
def acceptance_bill() -> Iterator[Emulator]:
    with acceptance_emulator() as bill:
        yield bill


def read(bill: Emulator, catalog_file: str, state_file: str | None = None) -> Result:
    """Read with the files as they are on disk, as Airbyte's platform would."""
    files: Json = {"config": config("config", bill.root_url), "catalog": load(catalog_file)}
    if state_file:
        files["state"] = load(state_file)
    return Running(FORKED, ["read"], {}, **files).finish()


def test_the_catalogs_states_and_the_page_repeat_the_manifest() -> None:
    for path, content in {**generate.catalogs_and_states(), generate.PAGE: generate.page()}.items():
        assert path.read_text(encoding="utf-8") == content, f"{path.name}: run `make generate`"


def test_each_configuration_is_used_and_each_command_has_one() -> None:
    suite = yaml.safe_load((CHECKOUT / "acceptance-test-config.yml").read_text(encoding="utf-8"))
    sections = suite["acceptance_tests"]
    assert set(sections) == {*SECTION_COMMANDS, "incremental"}
    used = {Path(test["config_path"]) for tests in sections.values() for test in tests["tests"]}
    assert {path.stem for path in used} == set(config_names())
    assert {path.parent.name for path in used} == {"integration_tests"}


def test_a_full_refresh_has_the_expected_records(acceptance_bill: Emulator) -> None:
    result = read(acceptance_bill, "configured_catalog_full_refresh.json")
    assert result.exit_code == 0
    assert set(result.records) == set(STREAMS)
    expected = generate.EXPECTED_RECORDS.read_text(encoding="utf-8")
    found = generate.expected_records(result.records)
    # as lists, so that pytest shows the lines that differ
    assert found.splitlines() == expected.splitlines(), "if this is wanted, run `make generate`"


def test_every_stream_of_the_configured_catalog_is_read_completely(
    acceptance_bill: Emulator,
) -> None:
    result = read(acceptance_bill, "configured_catalog.json")
    assert result.exit_code == 0
    names = {
        configured["stream"]["name"] for configured in load("configured_catalog.json")["streams"]
    }
    assert {name for name, all_of in result.statuses.items() if all_of[-1] == "COMPLETE"} == names
    assert set(result.records) == names


def test_a_read_continues_from_the_sample_state(acceptance_bill: Emulator) -> None:
    result = read(acceptance_bill, "configured_catalog.json", "sample_state.json")
    assert result.exit_code == 0
    for state in load("sample_state.json"):
        stream = state["stream"]["stream_descriptor"]["name"]
        since = datetime.fromisoformat(state["stream"]["stream_state"]["updatedTime"]) - LOOKBACK
        newer = {
            row["id"]
            for row in acceptance_bill.data(stream, rendered=True)
            if datetime.fromisoformat(row["updatedTime"]) >= since
        }
        found = result.records.get(stream, [])
        assert sorted(record["id"] for record in found) == sorted(newer), stream
        assert len(newer) < len(acceptance_bill.data(stream)), f"{stream}: all rows are newer"
    assert sum(len(result.records.get(stream, [])) for stream in INCREMENTAL) > 0


def test_a_state_in_the_future_fails_its_streams_with_a_clear_message(
    acceptance_bill: Emulator,
) -> None:
    result = read(acceptance_bill, "configured_catalog.json", "abnormal_state.json")
    assert result.exit_code == 1
    for stream, statuses in result.statuses.items():
        assert statuses[-1] == ("INCOMPLETE" if stream in INCREMENTAL else "COMPLETE"), stream
    for stream in INCREMENTAL:
        assert stream not in result.records
        sentence = result.sentence_of(stream)
        assert "is in the future" in sentence
        assert "2999-01-01" in sentence


def test_there_is_a_message_for_every_invalid_configuration() -> None:
    assert [name for name in config_names() if name.startswith("invalid")] == sorted(INVALID)


@pytest.mark.parametrize(("name", "sentence"), INVALID.items())
def test_an_invalid_configuration_fails_for_the_reason_in_its_name(
    acceptance_bill: Emulator, name: str, sentence: str
) -> None:
    invalid = config(name, acceptance_bill.root_url)
    source = SourceBillcom(config=invalid)
    status = source.check(source.logger, invalid)
    assert status.status is Status.FAILED
    assert (status.message or "").startswith(sentence)
