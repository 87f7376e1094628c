"""Compares the rows that the connector read with BILL's, and checks them against their schema."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator, FormatChecker

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]
"""A JSON object: a row, a message, a configuration."""

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    """Tell whether a text is a date-time as in RFC 3339, with a `T` and a time zone."""
    if not isinstance(value, str):
        return True
    return "T" in value and datetime.fromisoformat(value).tzinfo is not None


def by_id(rows: Iterable[Json]) -> dict[str, Json]:
    """Return rows by their primary key; of several versions of a row, the last."""
    return {row["id"]: row for row in rows}


def assert_same_rows(found: list[Json], expected: Iterable[Json], stream: str) -> None:
    """Check that each expected row was found exactly once, with exactly the same values."""
    wanted = by_id(expected)
    times = Counter(row["id"] for row in found)
    missing = wanted.keys() - times.keys()
    assert not missing, f"{stream}: {len(missing)} rows are missing"
    more = times.keys() - wanted.keys()
    assert not more, f"{stream}: {len(more)} rows are not BILL's"
    assert max(times.values(), default=1) == 1, f"{stream}: rows were read more than once"
    for row in found:
        differing = _differing(row, wanted[row["id"]])
        assert not differing, f"{stream} {row['id']}: {differing}"


def _differing(found: Json, wanted: Json) -> dict[str, tuple[object, object]]:
    """Return the fields that differ, as (found, wanted).

    At the top level of a row, null and absent are equal: the CDK leaves nulls out there.
    """
    found, wanted = _without_nulls(found), _without_nulls(wanted)
    if _text(found) == _text(wanted):
        return {}
    names = {*found, *wanted}
    pairs = {n: (found.get(n, "absent"), wanted.get(n, "absent")) for n in names}
    return {name: (a, b) for name, (a, b) in pairs.items() if _text(a) != _text(b)}


def _without_nulls(row: Json) -> Json:
    return {name: value for name, value in row.items() if value is not None}


def _text(value: object) -> str:
    """Return a value as JSON, in which 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


_validators: dict[str, Draft7Validator] = {}
_valid_rows: set[str] = set()
"""Rows that were found valid, by stream and content: most tests read the same company's rows."""


def assert_fits(rows: Iterable[Json], stream: str, schema: Json) -> None:
    """Check that each row is valid under its stream's schema, dates and times included."""
    if stream not in _validators:
        _validators[stream] = Draft7Validator(schema, format_checker=_FORMATS)
    for row in rows:
        content = stream + json.dumps(row)
        if content not in _valid_rows:
            _validators[stream].validate(row)
            _valid_rows.add(content)
