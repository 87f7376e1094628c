"""Renders rows as JSON, in the format that the options set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from bill_emulator.contract import LISTS

if TYPE_CHECKING:
    from bill_emulator.options import Options

Row = dict[str, Any]

_MOST_CACHED = 120_000
_FRACTION_LENGTH = len(".000")
_SECONDS_LENGTH = len("2024-10-18T14:42:32")

_EXTRA_FIELDS = {
    "emulatorFutureText": "a field BILL has not documented",
    "emulatorFutureObject": {"amount": 1.5, "tags": ["a", "b"]},
}


class Renderer:
    """Renders rows. Each version of a row is serialized once under the same options."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._plain = (
            options.unpopulated == "absent"
            and options.time_suffix == "+00:00"
            and options.time_fraction == "milliseconds"
            and options.numbers == "number"
            and options.whole_numbers == "float"
            and not options.extra_fields
        )
        self._cache: dict[tuple[str, str], tuple[Row, bytes]] = {}

    def row(self, list_name: str, row: Row, *, approvers: bool = True) -> Row:
        """Return the row as it is sent, as Python values."""
        if list_name == "bills" and not approvers and self.options.bill_approvers == "parameter":
            row = {name: value for name, value in row.items() if name != "approvers"}
        if self._plain:
            return row
        shown: Row = self._object(row, LISTS[list_name].fields)
        return {**shown, **_EXTRA_FIELDS} if self.options.extra_fields else shown

    def json(self, list_name: str, row: Row, *, approvers: bool = True) -> bytes:
        """Return the row as JSON. `approvers` is true if billApprovals=true was sent."""
        if list_name == "bills" and self.options.bill_approvers == "parameter":
            return orjson.dumps(self.row(list_name, row, approvers=approvers))
        key = (list_name, row["id"])
        cached = self._cache.get(key)
        if cached is not None and cached[0] is row:
            return cached[1]
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        serialised = orjson.dumps(self.row(list_name, row))
        self._cache[key] = (row, serialised)
        return serialised

    def _object(self, row: Mapping[str, Any], fields: Mapping[str, Any]) -> Row:
        shown = {name: self._value(value, fields.get(name)) for name, value in row.items()}
        if self.options.unpopulated == "null":
            shown |= {name: None for name in fields if name not in row}
        return shown

    def _value(self, value: Any, kind: Any) -> Any:
        if isinstance(value, list):
            inner = kind[0] if isinstance(kind, list) else None
            return [self._value(element, inner) for element in value]
        if isinstance(value, Mapping):
            return self._object(value, kind if isinstance(kind, Mapping) else {})
        if kind == "date-time" and isinstance(value, str):
            return self.time(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value)
        return value

    def time(self, canonical: str) -> str:
        """Return a canonical time in the format that the options set."""
        fraction_end = _SECONDS_LENGTH + _FRACTION_LENGTH
        milliseconds = self.options.time_fraction == "milliseconds"
        shown = canonical[: fraction_end if milliseconds else _SECONDS_LENGTH]
        return shown + self.options.time_suffix

    def _number(self, value: float) -> float | int | str:
        if self.options.whole_numbers == "integer" and value == int(value):
            value = int(value)
        return str(value) if self.options.numbers == "string" else value
