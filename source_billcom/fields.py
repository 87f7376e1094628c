"""Notices fields that BILL sends and the stream's schema does not know."""

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

logger = logging.getLogger("airbyte.source_billcom")

Known = Mapping[str, "Known"]


class NewFieldWatch:
    """Names each unknown field of one stream once; the field itself is passed on untouched.

    `json_schema` is the stream's schema. Safe to share between threads.
    """

    def __init__(self, stream_name: str, json_schema: Mapping[str, Any]) -> None:
        self._stream_name = stream_name
        self._known = _known_fields(json_schema)
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def look_at(self, row: Mapping[str, Any]) -> None:
        """Warn of fields of `row`, at any depth, that were not met before."""
        fresh = [path for path in _unknown(row, self._known, "") if path not in self._said]
        if not fresh:
            return
        with self._lock:
            fresh = sorted(set(fresh) - self._said)
            self._said.update(fresh)
        if fresh:
            logger.warning(
                "BILL sends fields in %s that this version does not describe: %s. They are passed "
                "on; refresh the schema after updating the connector to get columns for them.",
                self._stream_name,
                ", ".join(fresh),
            )


def _known_fields(schema: Mapping[str, Any]) -> Known:
    inner = schema.get("items", schema)
    return {name: _known_fields(field) for name, field in inner.get("properties", {}).items()}


def _unknown(row: Mapping[str, Any], known: Known, prefix: str) -> Iterator[str]:
    if not row.keys() <= known.keys():
        yield from (f"{prefix}{name}" for name in row.keys() - known.keys())
    for name, value in row.items():
        inner = known.get(name)
        if not inner:
            continue
        if isinstance(value, dict):
            yield from _unknown(value, inner, f"{prefix}{name}.")
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    yield from _unknown(entry, inner, f"{prefix}{name}.")
