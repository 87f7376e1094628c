"""Holds each row against its stream's schema: what BILL may send otherwise is mended or named.

Whether BILL ever sends amounts as text, or times with an offset that has no colon, is unknown
[UNKNOWN]; a destination's columns are made from the schema, so values must fit it.
"""

import logging
import math
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger("airbyte.source_billcom")

Fix = Callable[[Any], Any]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BARE_OFFSET = re.compile(r"[0-9-]+T[0-9:.]+[+-][0-9]{4}")


class RowMender:
    """Makes one stream's rows fit its schema, and names each unknown field once.

    An unknown field is passed on untouched. Safe to share between threads.
    """

    def __init__(self, stream_name: str, json_schema: Mapping[str, Any]) -> None:
        self._stream_name = stream_name
        self._known = _shape(json_schema)
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def mend(self, row: dict[str, Any]) -> None:
        """Mend `row` in place and warn of fields of it, at any depth, that were not met before."""
        unknown: list[str] = []
        _mend(row, self._known, "", unknown)
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


class _Shape:
    """What is known of one field: how text in it is mended, and its inner fields."""

    __slots__ = ("fix", "inner")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.inner = _shape(schema)
        types = schema.get("type", ())
        self.fix: Fix | None = None
        if "number" in types or "integer" in types:
            self.fix = _as_number
        elif schema.get("format") == "date-time":
            self.fix = _as_time


_Shapes = Mapping[str, _Shape]


def _shape(schema: Mapping[str, Any]) -> _Shapes:
    inner = schema.get("items", schema)
    return {name: _Shape(field) for name, field in inner.get("properties", {}).items()}


def _mend(row: dict[str, Any], known: _Shapes, prefix: str, unknown: list[str]) -> None:
    for name, value in row.items():
        shape = known.get(name)
        if shape is None:
            unknown.append(f"{prefix}{name}")
        elif isinstance(value, str):
            if shape.fix is not None:
                row[name] = shape.fix(value)
        elif isinstance(value, dict):
            _mend(value, shape.inner, f"{prefix}{name}.", unknown)
        elif isinstance(value, list) and shape.inner:
            for entry in value:
                if isinstance(entry, dict):
                    _mend(entry, shape.inner, f"{prefix}{name}.", unknown)


def _as_number(text: str) -> Any:
    """Read a number sent as text; anything else, and what no double holds, stays as it is."""
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text


def _as_time(text: str) -> str:
    """Put the colon into an offset such as +0000, which RFC 3339 and most databases want."""
    return f"{text[:-2]}:{text[-2:]}" if _BARE_OFFSET.fullmatch(text) else text
