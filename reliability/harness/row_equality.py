"""Whether two versions of a row are equal, in whatever format BILL sends the values."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from testing.streams import load_schema

_Schema = Mapping[str, Any]


@functools.cache
def schema_of(stream: str) -> dict[str, Any]:
    """Return the JSON schema of a stream."""
    return load_schema(stream)


def same(stream: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether a delivered row equals the row that BILL has.

    Null equals absent. Times are compared as instants. A number that BILL sends as text equals the
    delivered number. A number that is delivered as text is wrong, because the schema forbids it.
    """
    if found == wanted:
        return not _has_text_for_number(found, schema_of(stream))
    return not differing(stream, found, wanted)


def differing(
    stream: str, found: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Return the top-level fields that differ, as (found, wanted)."""
    schema = schema_of(stream)
    a = _normalized(found, schema, numbers_as_text=False)
    b = _normalized(wanted, schema, numbers_as_text=True)
    return {
        name: (found.get(name), wanted.get(name))
        for name in a.keys() | b.keys()
        if not _equal(a.get(name), b.get(name))
    }


def _equal(a: Any, b: Any) -> bool:
    """Return whether two values are equal at any depth. A boolean never equals a number."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return bool(a == b)


def _normalized(value: Any, schema: _Schema, *, numbers_as_text: bool) -> Any:
    """Return a value without nulls and with its times as instants.

    `numbers_as_text` says whether to convert text to a number where the schema has a number.
    """
    if isinstance(value, Mapping):
        fields = schema.get("properties", {})
        return {
            name: _normalized(inner, fields.get(name, {}), numbers_as_text=numbers_as_text)
            for name, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_normalized(inner, items, numbers_as_text=numbers_as_text) for inner in value]
    if isinstance(value, str):
        if schema.get("format") == "date-time":
            return _instant(value)
        if numbers_as_text and _is_number(schema):
            return _number(value)
    return value


def _has_text_for_number(value: Any, schema: _Schema) -> bool:
    if isinstance(value, Mapping):
        fields = schema.get("properties", {})
        return any(_has_text_for_number(v, fields.get(name, {})) for name, v in value.items())
    if isinstance(value, list):
        return any(_has_text_for_number(inner, schema.get("items", {})) for inner in value)
    return isinstance(value, str) and _is_number(schema)


def _is_number(schema: _Schema) -> bool:
    return bool({"number", "integer"} & set(schema.get("type", ())))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _instant(text: str) -> datetime | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
