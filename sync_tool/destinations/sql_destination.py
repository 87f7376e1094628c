"""A destination in SQL: what is the same in DuckDB and PostgreSQL.

Rows are buffered, converted and merged by primary key in bulk. The rows of a table that is replaced
wait in a temporary table, which the database drops by itself when the connection ends.

Two tables keep the books: the state of each stream, and settings. They are merged like any other
table, in the transaction of the rows.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import orjson

from sync_tool.destinations import DestinationError, State, Table
from sync_tool.destinations.columns import Column, Kind, Row, RowConverter

_BUFFERED_ROWS = 5000
_STREAMS = "_billcom_sync_streams"
"""A row for each table that billcom-sync created, with the state of its stream, if it has one."""
_SETTINGS = "_billcom_sync_settings"
_PYAIRBYTE = {"_airbyte_state", "_airbyte_streams"}
_BOOKS = {
    _STREAMS: (Column("stream", Kind.TEXT), Column("state", Kind.JSON)),
    _SETTINGS: (Column("name", Kind.TEXT), Column("value", Kind.JSON)),
}


class Database(Protocol):
    """A connection to a database, in a transaction from the first change until `commit`.

    Every method can raise DestinationError.
    """

    name: str

    def tables(self) -> Mapping[str, Collection[str]]:
        """Return the permanent tables of the current schema, each with its columns."""

    def fetch(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a SELECT by column name."""

    def execute(self, sql: str) -> None:
        """Execute a statement."""

    def create_table(self, name: str, columns: Sequence[Column], key: Sequence[str]) -> None:
        """Create a table."""

    def add_columns(self, name: str, columns: Sequence[Column]) -> None:
        """Add columns to a table."""

    def create_staging_table(self, name: str, like: str) -> None:
        """Create an empty temporary table with the columns and the key of another table."""

    def merge(
        self, name: str, columns: Sequence[Column], key: Sequence[str], rows: Collection[Row]
    ) -> None:
        """Insert rows with distinct keys, in place of those with the same key."""

    def commit(self) -> None:
        """Commit the transaction."""

    def close(self) -> None:
        """Roll back what was not committed and disconnect."""


class SqlDestination:
    """A Destination in a database."""

    def __init__(self, database: Database) -> None:
        """Read the books.

        Raises:
            DestinationError: PyAirbyte wrote this database.
        """
        self._database = database
        self.name = database.name
        self._tables = {name: set(columns) for name, columns in database.tables().items()}
        self._states: dict[str, State | None] = {}
        self._settings: dict[str, Any] = {}
        self._opened: dict[str, _OpenTable] = {}
        self._new_settings: dict[str, Any] = {}
        if _STREAMS in self._tables:
            self._read_books()
        elif _PYAIRBYTE & self._tables.keys():
            raise _pyairbyte(self.name)

    def _read_books(self) -> None:
        for row in self._database.fetch(f"SELECT stream, state FROM {_STREAMS}"):  # noqa: S608
            # the rows of a table that was dropped are read again
            state = row["state"] if row["stream"] in self._tables else None
            self._states[row["stream"]] = state and json.loads(state)
        for row in self._database.fetch(f"SELECT name, value FROM {_SETTINGS}"):  # noqa: S608
            self._settings[row["name"]] = row["value"] and json.loads(row["value"])

    def states(self) -> Mapping[str, State]:
        """Return the committed state of every stream that has one."""
        return {stream: state for stream, state in self._states.items() if state is not None}

    def settings(self) -> Mapping[str, Any]:
        """Return the settings that were committed."""
        return dict(self._settings)

    def save_settings(self, settings: Mapping[str, Any]) -> None:
        """Set these settings at the next commit."""
        self._new_settings.update(settings)

    def open_table(self, table: Table) -> None:
        """Prepare to write a stream."""
        name = table.stream
        if name in self._tables and name not in self._states:
            if any(column.startswith("_airbyte_") for column in self._tables[name]):
                raise _pyairbyte(self.name)
            raise DestinationError(
                f"{self.name} has a table {name} that billcom-sync did not create. Use another "
                "database or schema."
            )
        self._opened[name] = _OpenTable(table)

    def write(self, stream: str, rows: Sequence[bytes]) -> None:
        """Buffer rows, and write them to the database once there are many."""
        table = self._opened[stream]
        table.buffer.extend(rows)
        if len(table.buffer) >= _BUFFERED_ROWS:
            self._create_tables()
            self._flush(table)

    def commit(self, states: Mapping[str, State | None]) -> None:
        """Make rows, states and settings permanent in one transaction."""
        self._create_tables()
        for table in self._opened.values():
            self._flush(table)
            if table.is_complete:
                self._replace(table)
        self._save(_STREAMS, states)
        self._save(_SETTINGS, self._new_settings)
        self._database.commit()
        self._states.update(states)
        self._settings.update(self._new_settings)
        self._new_settings.clear()

    def complete(self, stream: str) -> None:
        """Have the table replaced at the next commit, if it is to be replaced."""
        self._opened[stream].is_complete = self._opened[stream].replace

    def discard(self, stream: str) -> None:
        """Forget the rows of this run, if the table is to be replaced."""
        table = self._opened[stream]
        if table.replace:
            table.buffer.clear()
            self._drop_staging(table)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a SELECT by column name."""
        return self._database.fetch(sql)

    def close(self) -> None:
        """Close the database and drop what was not committed."""
        with suppress(DestinationError):  # what was committed is safe
            self._database.close()

    def _create_tables(self) -> None:
        for name, columns in _BOOKS.items():
            if name not in self._tables:
                self._create(name, columns, (columns[0].name,))
        new = [name for name in self._opened if name not in self._tables]
        for table in self._opened.values():
            if table.name in new:
                self._create(table.name, table.columns, table.key)
            known = self._tables[table.name]
            missing = [column for column in table.columns if column.name not in known]
            if missing:
                self._database.add_columns(table.name, missing)
                known.update(column.name for column in missing)
        # a table that was dropped may have left a state, which its new rows do not reach yet
        self._save(_STREAMS, dict.fromkeys(new))
        self._states.update(dict.fromkeys(new))

    def _create(self, name: str, columns: Sequence[Column], key: Sequence[str]) -> None:
        self._database.create_table(name, columns, key)
        self._tables[name] = {column.name for column in columns}

    def _save(self, table: str, values: Mapping[str, Any]) -> None:
        columns = _BOOKS[table]
        rows = [
            (name, None if value is None else orjson.dumps(value).decode())
            for name, value in values.items()
        ]
        self._database.merge(table, columns, (columns[0].name,), rows)

    def _flush(self, table: "_OpenTable") -> None:
        if not table.buffer:
            return
        rows = table.take_rows()
        if table.replace and not table.is_staged:
            self._database.create_staging_table(table.staging, table.name)
            table.is_staged = True
        target = table.staging if table.replace else table.name
        self._database.merge(target, table.columns, table.key, rows)

    def _replace(self, table: "_OpenTable") -> None:
        """Replace the rows, not the table, so that views, grants and added columns stay."""
        self._database.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - our own name
        if table.is_staged:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            self._database.execute(
                f'INSERT INTO "{table.name}" ({names}) '  # noqa: S608 - our own names
                f'SELECT {names} FROM "{table.staging}"'
            )
        self._drop_staging(table)

    def _drop_staging(self, table: "_OpenTable") -> None:
        if table.is_staged:
            self._database.execute(f'DROP TABLE "{table.staging}"')
        table.is_staged = table.is_complete = False


class _OpenTable:
    """A table of this run and its rows that are not in the database yet."""

    def __init__(self, table: Table) -> None:
        self._converter = RowConverter(table)
        self.name = table.stream
        self.staging = f"_billcom_sync_new_{table.stream}"
        self.columns = self._converter.columns
        self.key = self._converter.key
        self.replace = table.replace
        self.buffer: list[bytes] = []
        self.is_staged = False
        self.is_complete = False

    def take_rows(self) -> Collection[Row]:
        """Return the rows of the buffer, the last one of each key, and empty the buffer."""
        rows = self._converter.convert(self.buffer)
        self.buffer.clear()
        return rows.values()


def _pyairbyte(name: str) -> DestinationError:
    return DestinationError(
        f"{name} was written by PyAirbyte, which `make sync` used before version 0.2. Its tables "
        "have other columns. Sync into another database, or remove these tables first."
    )


def column_definitions(
    columns: Iterable[Column], types: Mapping[Kind, str], key: Collection[str] = ()
) -> list[str]:
    """Return the SQL definition of each column."""
    return [
        f'"{column.name}" {types[column.kind]}' + (" NOT NULL" if column.name in key else "")
        for column in columns
    ]
