"""Holds each row against its stream's schema: what BILL may send otherwise is mended or named.

Whether BILL ever sends amounts as text, or times with an offset that has no colon, is unknown
[UNKNOWN]; a destination's columns are made from the schema, so values must fit it.
"""

import logging
import math
import re
import threading
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger("airbyte.source_billcom")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BARE_OFFSET = re.compile(r"[0-9-]+T[0-9:.]+[+-][0-9]{4}")
_COLON = -3  # where +00:00 has it
# a field that BILL adds inside of others is on most rows; to look for it on each costs more than
# all other checks
_ROWS_PER_THOROUGH_ONE = 10


class RowNormalizer:
    """Makes one stream's rows fit its schema, and names each unknown field once.

    An unknown field is passed on untouched; below the top of a row it is looked for in each tenth
    row of a page. Safe to share between threads.
    """

    def __init__(self, stream_name: str, json_schema: Mapping[str, Any]) -> None:
        self._stream_name = stream_name
        self._known = _Object(json_schema, "")
        self._values = _Object(json_schema, "", names_below=False)
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def normalize_page(self, rows: list[dict[str, Any]]) -> None:
        """Mend rows in place and warn of fields that were not met before."""
        unknown: list[str] = []
        thorough, of_values = self._known.normalize, self._values.normalize
        for number, row in enumerate(rows):
            if number % _ROWS_PER_THOROUGH_ONE:
                of_values(row, unknown)
            else:
                thorough(row, unknown)
        if not unknown:
            return
        with self._lock:
            fresh = sorted(set(unknown) - self._said)
            self._said.update(fresh)
        if fresh:
            logger.warning(
                "BILL sends fields in %s that this version does not describe: %s. They are passed "
                "on; refresh the schema after updating the connector to get columns for them.",
                self._stream_name,
                ", ".join(fresh),
            )


class _Object:
    """What is known of an object's fields."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        prefix: str,
        *,
        names: bool = True,
        names_below: bool = True,
    ) -> None:
        fields = schema.get("items", schema).get("properties", {})
        self._prefix = prefix
        self._names = frozenset(fields) if names else None
        self._numbers = tuple(name for name, field in fields.items() if _is_number(field))
        self._times = tuple(name for name in fields if fields[name].get("format") == "date-time")
        inner = {
            name: _Object(field, f"{prefix}{name}.", names=names_below, names_below=names_below)
            for name, field in fields.items()
            if "properties" in field.get("items", field)
        }
        self._inner = tuple((name, each.normalize) for name, each in inner.items() if each.has_work)

    @property
    def has_work(self) -> bool:
        """Whether there is anything that could need mending, or naming."""
        return bool(self._names or self._numbers or self._times or self._inner)

    def normalize(self, row: dict[str, Any], unknown: list[str]) -> None:
        """Mend one object in place and add the names of its unknown fields.

        This is done to every object of every row: it asks only for what could need mending.
        """
        names = self._names
        if names is not None and not row.keys() <= names:
            unknown.extend(self._prefix + name for name in row if name not in names)
        get = row.get
        for name in self._numbers:
            if type(get(name)) is str:
                row[name] = _as_number(row[name])
        for name in self._times:
            value = get(name)
            if type(value) is str and value[_COLON : _COLON + 1] != ":":
                row[name] = _as_time(value)
        for name, normalize in self._inner:
            value = get(name)
            if value:
                for entry in value if type(value) is list else (value,):
                    if type(entry) is dict:
                        normalize(entry, unknown)


def _is_number(field: Mapping[str, Any]) -> bool:
    types = field.get("type", ())
    return "number" in types or "integer" in types


def _as_number(text: str) -> Any:
    """Read a number sent as text; anything else, and what no double holds, stays as it is."""
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


def _as_time(text: str) -> str:
    """Put the colon into an offset such as +0000, which RFC 3339 and most databases want."""
    return f"{text[:-2]}:{text[-2:]}" if _BARE_OFFSET.fullmatch(text) else text
