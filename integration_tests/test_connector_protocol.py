"""The Airbyte protocol: what a platform reads from each command."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from testing.catalog import catalog, schema_of
from testing.connector import COMMAND, MAIN_PY
from testing.rows import assert_same_rows
from testing.streams import INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.rows import Json

REQUIRED = ["username", "password", "organization_id", "dev_key"]
JSON_TYPES = {"date": "string", "date-time": "string"}


def test_spec_describes_a_form_with_secret_fields_and_main_py_prints_the_same(
    connector: Connector,
) -> None:
    result = connector.by(COMMAND).spec()
    assert result.exit_code == 0
    assert connector.by(MAIN_PY).spec().of_type("SPEC") == result.of_type("SPEC")
    (spec,) = result.of_type("SPEC")
    form = spec["connectionSpecification"]
    assert form["required"] == REQUIRED
    fields = sorted(form["properties"].items(), key=lambda field: field[1]["order"])
    assert [name for name, _ in fields] == [
        *REQUIRED,
        "base_url",
        "anchor_date",
        "lookback_window",
    ]
    assert {name for name, field in fields if field.get("airbyte_secret")} == {
        "password",
        "dev_key",
    }
    assert all(field["title"] and field["description"] for _, field in fields)


def test_discover_shows_every_field_of_every_list_at_every_depth(connector: Connector) -> None:
    (discovered,) = connector.by(COMMAND).discover().of_type("CATALOG")
    assert discovered["streams"] == list(catalog()), "other tests use catalog()"
    streams = {stream["name"]: stream for stream in catalog()}
    assert set(streams) == set(LISTS)
    for name, stream in streams.items():
        assert list(missing(LISTS[name].fields, stream["json_schema"], name)) == []
        assert stream["source_defined_primary_key"] == [["id"]]
        incremental = "incremental" in stream["supported_sync_modes"]
        assert incremental == (name in INCREMENTAL)
        if incremental:
            assert stream["default_cursor_field"] == ["updatedTime"]
            assert stream["source_defined_cursor"] is True


def missing(fields: Any, schema: Json, place: str) -> Iterator[str]:
    """Name the fields of a contract that a schema does not have, or has with another type."""
    if isinstance(fields, list):
        yield from missing(fields[0], schema.get("items", {}), f"{place}[]")
    elif isinstance(fields, str):
        allowed = schema.get("type", [])
        if JSON_TYPES.get(fields, fields) not in (
            [allowed] if isinstance(allowed, str) else allowed
        ):
            yield f"{place} is {allowed}, not {fields}"
        if fields in JSON_TYPES and schema.get("format") != fields:
            yield f"{place} does not have the format {fields}"
    else:
        for name, inner in fields.items():
            if name not in schema.get("properties", {}):
                yield f"{place}.{name} is missing"
            else:
                yield from missing(inner, schema["properties"][name], f"{place}.{name}")


def test_each_stream_starts_runs_and_completes_and_its_states_count_the_rows_before_them(
    bill: Emulator, connector: Connector
) -> None:
    bill.put_rows("jobs", [], replace=True)
    bill.put_rows("vendors", [], replace=True)
    bill.bulk("bills", 1_200)

    result = connector.read()

    assert result.exit_code == 0
    for name in LISTS:
        has_rows = name not in {"jobs", "vendors"}
        expected = ["STARTED", "RUNNING", "COMPLETE"] if has_rows else ["STARTED", "COMPLETE"]
        assert [s for s in result.statuses[name] if has_rows or s != "RUNNING"] == expected
        assert name in result.newest_states

    since_state: Counter[str] = Counter()
    ended = set()
    for message in result.messages:
        if message["type"] == "RECORD":
            assert message["record"]["stream"] not in ended
            assert message["record"]["emitted_at"] > 0
            since_state[message["record"]["stream"]] += 1
        elif message["type"] == "STATE":
            state = message["state"]
            name = state["stream"]["stream_descriptor"]["name"]
            assert state["type"] == "STREAM"
            assert state["sourceStats"]["recordCount"] == since_state.pop(name, 0)
            assert name not in ended
        elif message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
            status = message["trace"]["stream_status"]
            if status["status"] == "COMPLETE":
                ended.add(status["stream_descriptor"]["name"])
    assert not since_state, "rows that no state counted"
    assert sum(state["stream"] == "bills" for state in result.states) >= 2


def test_a_field_that_is_in_no_schema_reaches_the_record_and_is_logged_once(
    bill: Emulator, connector: Connector
) -> None:
    bill.options(extra_fields=True)
    streams = ["bills", "roles"]
    assert "emulatorFutureText" not in schema_of("bills")["properties"]

    result = connector.read(streams)

    assert result.exit_code == 0
    for name in streams:
        assert_same_rows(result.records[name], bill.data(name, rendered=True), name)
        assert all(row["emulatorFutureObject"]["amount"] == 1.5 for row in result.records[name])
        about = [w for w in result.warnings if f"in {name} " in w]
        assert len(about) == 1
        assert "emulatorFutureText" in about[0]
        assert "emulatorFutureObject" in about[0]
