"""The JSON schemas have the fields of BILL's contract at every depth, and nothing else."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from testing.streams import STREAMS

Json = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMAS = REPOSITORY / "source_billcom" / "schemas"
CONTRACT = REPOSITORY / "bill_emulator" / "contract.json"
FIELDS: dict[str, Json] = {
    name: stream["fields"]
    for name, stream in json.loads(CONTRACT.read_text(encoding="utf-8"))["streams"].items()
}
LONGEST_DESCRIPTION = 160

TYPE_OF_CONTRACT: dict[str, Json] = {
    "string": {"type": ["null", "string"]},
    "number": {"type": ["null", "number"]},
    "boolean": {"type": ["null", "boolean"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "date-time": {
        "type": ["null", "string"],
        "format": "date-time",
        "airbyte_type": "timestamp_with_timezone",
    },
}
SAMPLE_OF_CONTRACT: dict[str, object] = {
    "string": "0ca02BZMJPZSQVRdafpj",
    "number": 228.99,
    "boolean": True,
    "date": "2026-12-31",
    "date-time": "2026-12-30T23:15:23.000+00:00",
}

every_stream = pytest.mark.parametrize("stream", sorted(FIELDS))


def schema_of(stream: str) -> Json:
    """Return the parsed schema file of one stream."""
    schema: Json = json.loads((SCHEMAS / f"{stream}.json").read_text(encoding="utf-8"))
    return schema


def contract_paths(fields: Json, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, contract node) of each field, parents before children, in order."""
    for name, node in fields.items():
        path = f"{prefix}{name}"
        yield path, node
        inner = node[0] if isinstance(node, list) else node
        if isinstance(inner, dict):
            yield from contract_paths(inner, f"{path}.")


def schema_paths(holder: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Yield (dotted path, schema node) of each property, parents before children, in order."""
    for name, node in holder.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, node
        yield from schema_paths(node.get("items", node), f"{path}.")


def objects_in(schema: Json) -> Iterator[tuple[str, Json]]:
    """Yield (path, schema) of everything that describes an object, the record itself first."""
    yield "", schema
    for path, node in schema_paths(schema):
        holder = node.get("items", node)
        if "properties" in holder:
            yield path, holder


def expected_shape(path: str, node: object) -> Json:
    """Return a field's schema as it must be, without its description and properties."""
    if path == "id":
        return {"type": "string"}
    if isinstance(node, list):
        item = {"type": ["null", "object"], "additionalProperties": True}
        return {"type": ["null", "array"], "items": item}
    if isinstance(node, dict):
        return {"type": ["null", "object"], "additionalProperties": True}
    return TYPE_OF_CONTRACT[str(node)]


def shape(node: Json) -> Json:
    """Return a field's schema without its description and without the fields inside it."""
    bare = {key: value for key, value in node.items() if key not in {"description", "properties"}}
    return bare | {"items": shape(bare["items"])} if "items" in bare else bare


def record_of(fields: Json, leaf: dict[str, object]) -> Json:
    """Build a record with every object and array of the contract present and ``leaf`` in each."""

    def value(node: object) -> object:
        if isinstance(node, list):
            return [value(node[0])]
        if isinstance(node, dict):
            return record_of(node, leaf)
        return leaf[str(node)]

    return {name: value(node) for name, node in fields.items()}


def errors(stream: str, record: Json) -> list[str]:
    """Return the errors that the stream's schema finds in a record."""
    return [error.message for error in Draft7Validator(schema_of(stream)).iter_errors(record)]


def test_there_is_one_schema_file_for_each_stream_and_no_other() -> None:
    """The streams of the manifest, the schemas and BILL's contract have the same names."""
    assert set(STREAMS) == set(FIELDS)
    assert {path.name for path in SCHEMAS.iterdir() if path.is_file()} == {
        f"{stream}.json" for stream in STREAMS
    }


@every_stream
def test_fields_are_those_of_the_contract_at_every_depth_and_in_its_order(stream: str) -> None:
    """No field is missing, none is invented, and columns come in BILL's order."""
    declared = [path for path, _ in schema_paths(schema_of(stream))]

    assert declared == [path for path, _ in contract_paths(FIELDS[stream])]


@every_stream
def test_each_field_has_its_type_and_all_but_the_id_may_be_null(
    stream: str,
) -> None:
    """A field has its type and no enum: an enum would fail a sync when BILL adds a value."""
    declared = {path: shape(node) for path, node in schema_paths(schema_of(stream))}

    assert declared == {
        path: expected_shape(path, node) for path, node in contract_paths(FIELDS[stream])
    }


@every_stream
def test_the_record_is_an_open_object_that_requires_only_its_id(stream: str) -> None:
    """BILL omits unpopulated fields, so nothing else can be required."""
    assert shape(schema_of(stream)) == {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["id"],
        "additionalProperties": True,
    }


@every_stream
def test_objects_at_every_depth_allow_new_fields(stream: str) -> None:
    """A field that BILL adds tomorrow must not fail a sync."""
    closed = [
        path
        for path, node in objects_in(schema_of(stream))
        if node.get("additionalProperties") is not True
    ]

    assert closed == []


@every_stream
def test_each_field_has_a_description_of_its_own_in_one_line(stream: str) -> None:
    """It is one short line that ends with a full stop, and no other field of the stream has it."""
    descriptions = {
        path: node.get("description", "") for path, node in schema_paths(schema_of(stream))
    }

    badly_formed = {
        path: text
        for path, text in descriptions.items()
        if not text.endswith(".")
        or text != " ".join(text.split())
        or not 20 <= len(text) <= LONGEST_DESCRIPTION
    }
    repeated = [text for text, times in Counter(descriptions.values()).items() if times > 1]

    assert badly_formed == {}
    assert repeated == []


@every_stream
def test_streams_named_in_descriptions_exist(stream: str) -> None:
    """A description that refers to a stream names an existing one."""
    named = {
        text.split(marker, 1)[1].split()[0].rstrip(".,;)")
        for _, node in schema_paths(schema_of(stream))
        for text in [node["description"]]
        for marker in ("in the stream ", "in this stream ")
        if marker in text
    }

    assert named <= set(FIELDS)


@every_stream
def test_the_file_is_a_valid_draft_07_schema_in_ascii(stream: str) -> None:
    """The meta-schema of draft-07 accepts it; the file is ASCII and ends with one newline."""
    text = (SCHEMAS / f"{stream}.json").read_text(encoding="ascii")

    Draft7Validator.check_schema(json.loads(text))
    assert text.endswith("}\n")


@every_stream
def test_a_record_with_every_field_filled_validates(stream: str) -> None:
    """A value of the contract's type in each field, objects and arrays included."""
    assert errors(stream, record_of(FIELDS[stream], SAMPLE_OF_CONTRACT)) == []


@every_stream
def test_a_record_with_only_nulls_and_an_id_validates(stream: str) -> None:
    """Null stands for unpopulated, at the top and inside objects and arrays."""
    nulls: dict[str, object] = dict.fromkeys(SAMPLE_OF_CONTRACT)
    flat = dict.fromkeys(FIELDS[stream]) | {"id": "x"}
    deep = record_of(FIELDS[stream], nulls) | {"id": "x"}
    array_items = flat | {
        name: [None] for name, node in FIELDS[stream].items() if isinstance(node, list)
    }

    for record in ({"id": "x"}, flat, deep, array_items):
        assert errors(stream, record) == []


@every_stream
def test_a_record_with_unknown_fields_validates(stream: str) -> None:
    """An unknown field passes at the top and in every object below it."""

    def with_unknown(value: object) -> object:
        if isinstance(value, list):
            return [with_unknown(item) for item in value]
        if isinstance(value, dict):
            return {name: with_unknown(inner) for name, inner in value.items()} | {"newField": [1]}
        return value

    record = with_unknown(record_of(FIELDS[stream], SAMPLE_OF_CONTRACT))

    assert isinstance(record, dict)
    assert errors(stream, record) == []


@every_stream
@pytest.mark.parametrize("record", [{}, {"id": None}, {"id": 7}], ids=["absent", "null", "number"])
def test_a_record_without_a_valid_id_is_rejected(stream: str, record: Json) -> None:
    """The id is the primary key: a string that is always present."""
    assert errors(stream, record) != []
