"""Normalizes rows to their stream's schema and warns about fields that the schema does not have.

Destinations create columns from the schema, so values must match it. Whether BILL ever sends
amounts as text, or times whose offset has no colon, is not known [UNKNOWN]. Both are converted.
"""

import logging
import math
import re
import threading
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger("airbyte.source_billcom")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TIME_WITHOUT_COLON = re.compile(r"[0-9-]+T[0-9:.]+[+-][0-9]{4}")
_COLON_INDEX = -3  # of the colon in +00:00
# A field that BILL adds to a nested object is on most rows, so a sample of rows shows it. To search
# every nested object of every row would cost more than all other checks together.
_ROWS_PER_DEEP_CHECK = 10


class RowNormalizer:
    """Makes the rows of one stream match its schema, and warns about each unknown field once.

    Unknown fields are passed through unchanged. Nested objects are searched for them in every tenth
    row of a page. Safe to share between threads.
    """

    def __init__(self, stream_name: str, json_schema: Mapping[str, Any]) -> None:
        self._stream_name = stream_name
        self._deep_check = _ObjectSchema(json_schema)
        self._shallow_check = _ObjectSchema(json_schema, checks_nested_names=False)
        self._reported: set[str] = set()
        self._lock = threading.Lock()

    def normalize_page(self, rows: list[dict[str, Any]]) -> None:
        """Normalize rows in place, and log a warning for unknown fields that are new."""
        unknown: list[str] = []
        deep, shallow = self._deep_check.normalize, self._shallow_check.normalize
        for index, row in enumerate(rows):
            if index % _ROWS_PER_DEEP_CHECK:
                shallow(row, unknown)
            else:
                deep(row, unknown)
        if unknown:
            self._report(set(unknown))

    def _report(self, unknown: set[str]) -> None:
        with self._lock:
            new = sorted(unknown - self._reported)
            self._reported.update(new)
        if new:
            logger.warning(
                "BILL returned fields in %s that this connector version does not know: %s. Their "
                "values are passed through. To get columns for them, update the connector and "
                "refresh the schema.",
                self._stream_name,
                ", ".join(new),
            )


class _ObjectSchema:
    """The fields of one object that need a check, prepared so that a row is checked quickly."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        path: str = "",
        *,
        checks_names: bool = True,
        checks_nested_names: bool = True,
    ) -> None:
        fields = schema.get("items", schema).get("properties", {})
        self._path = path
        self._names = frozenset(fields) if checks_names else None
        self._numbers = tuple(name for name, field in fields.items() if _is_number(field))
        self._times = tuple(name for name in fields if fields[name].get("format") == "date-time")
        nested = {
            name: _ObjectSchema(
                field,
                f"{path}{name}.",
                checks_names=checks_nested_names,
                checks_nested_names=checks_nested_names,
            )
            for name, field in fields.items()
            if "properties" in field.get("items", field)
        }
        self._nested = tuple(
            (name, each.normalize) for name, each in nested.items() if each.has_checks
        )

    @property
    def has_checks(self) -> bool:
        """Whether anything in this object could need a change or a warning."""
        return bool(self._names or self._numbers or self._times or self._nested)

    def normalize(self, row: dict[str, Any], unknown: list[str]) -> None:
        """Normalize one object in place and append the paths of its unknown fields to `unknown`.

        This runs for every object of every row, so it only looks at fields that could need it.
        """
        names = self._names
        if names is not None and not row.keys() <= names:
            unknown.extend(self._path + name for name in row if name not in names)
        get = row.get
        for name in self._numbers:
            if type(get(name)) is str:
                row[name] = _parse_number(row[name])
        for name in self._times:
            value = get(name)
            if type(value) is str and value[_COLON_INDEX : _COLON_INDEX + 1] != ":":
                row[name] = _with_colon(value)
        for name, normalize in self._nested:
            value = get(name)
            if value:
                for entry in value if type(value) is list else (value,):
                    if type(entry) is dict:
                        normalize(entry, unknown)


def _is_number(field: Mapping[str, Any]) -> bool:
    types = field.get("type", ())
    return "number" in types or "integer" in types


def _parse_number(text: str) -> Any:
    """Return the number in `text`, or `text` itself if it is no number or too large for a double.

    A number that is too large would become infinite, and JSON has no infinity.
    """
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


def _with_colon(text: str) -> str:
    """Write an offset such as +0000 with a colon, as RFC 3339 and most databases require."""
    return f"{text[:-2]}:{text[-2:]}" if _TIME_WITHOUT_COLON.fullmatch(text) else text
