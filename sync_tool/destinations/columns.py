"""The columns of a stream's table, and the conversion of BILL's rows to them.

A column has the name of its field in snake_case and one of seven kinds, which follow from the
stream's JSON schema. Each database has its own SQL type for a kind.

A value that does not fit its column (a date in a column of amounts, the 30th of February) and a
field that the schema does not have lose nothing: they are kept as JSON in the column `_unmapped`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import orjson

from sync_tool.destinations import DestinationError, Table

UNMAPPED = "_unmapped"
LARGEST_INTEGER = 2**63 - 1
NUMBER_LIMIT = 1e29
"""Numbers below this have at most 29 digits before the point, as DuckDB's DECIMAL(38, 9)."""
_NAME_LENGTH = 63  # PostgreSQL cuts longer names

Row = Sequence[str | None]
"""The values of a row in the order of the columns, each as text that its SQL type can read."""
Key = tuple[str, ...]


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    """A moment, with its time zone."""
    JSON = "json"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind
    field: str = ""
    """BILL's name of the value; empty if it is not one field."""


_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def column_name(field: str) -> str:
    """Return the snake_case name of a field: payFromBankAccountId is pay_from_bank_account_id."""
    words = _WORD_START.sub("_", field).lower()
    return re.sub(r"[^a-z0-9_]", "_", words)[:_NAME_LENGTH]


def columns_of(json_schema: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns for a stream's JSON schema, in its order, and `_unmapped` at the end.

    If two fields have the same name in snake_case, only the first of them gets a column.
    """
    columns: dict[str, Column] = {}
    for field, schema in json_schema["properties"].items():
        name = column_name(field)
        columns.setdefault(name, Column(name, _kind(schema), field))
    columns[UNMAPPED] = Column(UNMAPPED, Kind.JSON)
    return tuple(columns.values())


def _kind(schema: Mapping[str, Any]) -> Kind:
    types = schema.get("type", ())
    (kind, *more) = {types} if isinstance(types, str) else {*types} - {"null"} or {""}
    if more or kind in {"object", "array", ""}:
        return Kind.JSON
    if kind == "string":
        formats = {"date": Kind.DATE, "date-time": Kind.TIME}
        return formats.get(schema.get("format", ""), Kind.TEXT)
    return Kind(kind)


class RowConverter:
    """Converts the rows of one stream."""

    def __init__(self, table: Table) -> None:
        self.columns = columns_of(table.json_schema)
        self._stream = table.stream
        self._fields = {
            column.field: (index, _CONVERTERS[column.kind])
            for index, column in enumerate(self.columns)
            if column.field
        }
        self._key = [(field, self._fields[field][0]) for field in table.primary_key]
        self.key = tuple(self.columns[index].name for _, index in self._key)

    def convert(self, lines: Iterable[bytes]) -> dict[Key, Row]:
        """Return the rows by their key. Of rows with the same key, the last one is returned.

        Raises:
            DestinationError: a row has no key.
        """
        rows: dict[Key, Row] = {}
        for line in lines:
            row = self._values(orjson.loads(line))
            rows[self._key_of(row)] = row
        return rows

    def _values(self, fields: Mapping[str, Any]) -> Row:
        values: list[str | None] = [None] * len(self.columns)
        unmapped: dict[str, Any] = {}
        for field, value in fields.items():
            if value is None:
                continue
            known = self._fields.get(field)
            text = known[1](value) if known else None
            if known is None or text is None:
                unmapped[field] = value
            else:
                values[known[0]] = text
        if unmapped:
            values[-1] = _json(unmapped)
        return values

    def _key_of(self, row: Row) -> Key:
        key = [row[index] for _, index in self._key]
        missing = [field for (field, _), value in zip(self._key, key, strict=True) if value is None]
        if missing:
            raise DestinationError(
                f"BILL returned a row of {self._stream} without {missing[0]}, which cannot be "
                "stored."
            )
        return tuple(value for value in key if value is not None)


# Each converter returns the text for the database, or None if the value does not fit. What they
# accept, every database accepts, so no cast in SQL fails.

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _number(value: Any) -> str | None:
    """Return a number's digits. A float's are the shortest that name it: those that BILL sent."""
    is_number = type(value) is float or type(value) is int
    return repr(value) if is_number and abs(value) < NUMBER_LIMIT else None


def _integer(value: Any) -> str | None:
    if type(value) is float and value.is_integer():
        value = int(value)
    return str(value) if type(value) is int and abs(value) <= LARGEST_INTEGER else None


def _boolean(value: Any) -> str | None:
    return str(value).lower() if type(value) is bool else None


def _date(value: Any) -> str | None:
    if type(value) is not str or not _DATE.fullmatch(value):
        return None
    try:
        date.fromisoformat(value)
    except ValueError:
        return None
    return value


def _time(value: Any) -> str | None:
    """Return a time in UTC. One without an offset is in UTC already."""
    if type(value) is not str or not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat()


_CONVERTERS: Mapping[Kind, Callable[[Any], str | None]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.JSON: _json,
}
