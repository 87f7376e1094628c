"""A DuckDB file.

The file is created by the first change, not when it is opened, so that a run that reads nothing
leaves no empty database behind.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import W_OK, access
from pathlib import Path
from typing import Any

import duckdb
import orjson

from sync_tool.destinations import DestinationError
from sync_tool.destinations.columns import Column, Kind, Row
from sync_tool.destinations.sql_destination import column_definitions

TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.NUMBER: "DECIMAL(38, 9)",
    Kind.INTEGER: "BIGINT",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIME: "TIMESTAMP WITH TIME ZONE",
    Kind.JSON: "JSON",
}
_BATCH = "_billcom_sync_batch"
# what DuckDB's message has, and the sentence for it; {0} is the file, {1} what the pattern found
_SENTENCES = (
    (
        r"Could not set lock on file.*?(?:\(PID (\d+)\)|$)",
        "{0} is in use by another program (process {1}). Close it there and run this again.",
    ),
    (
        "not a valid DuckDB database|sqlite_scanner|Is a directory",
        "{0} is not a DuckDB database. Name another file.",
    ),
    (
        "version number",
        "{0} was written by a newer DuckDB. Update the Python package duckdb.",
    ),
    (
        "Corrupt database file",
        "{0} is damaged: DuckDB cannot read it. Restore it, or name another file.",
    ),
    ("Permission denied|read-only", "{0} cannot be written: you do not have permission."),
    (
        "No space left|Disk quota exceeded|File too large",
        "There is no space left on the disk of {0}. What was committed before is kept.",
    ),
)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # nothing is downloaded: a file that is not DuckDB's is refused, whatever it is
    "autoinstall_known_extensions": False,
}


class DuckDBFile:
    """A Database in a DuckDB file."""

    def __init__(self, path: Path) -> None:
        """Connect, if the file exists.

        Raises:
            DestinationError: the file cannot be used, or cannot be created.
        """
        self.name = str(path)
        self._path = path
        self._is_new = not _exists(path)
        self._is_committed = False
        self._in_transaction = False
        self._open_connection: duckdb.DuckDBPyConnection | None = None
        if self._is_new:
            _check_folder(path)
        else:
            self._connection()

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._open_connection is None:
            if self._is_new and _exists(self._path):
                raise DestinationError(
                    f"{self.name} was created by another program while this was running. "
                    "Run this again."
                )
            with self._faults():
                self._open_connection = duckdb.connect(self._path, config=_CONFIG)
                self._open_connection.execute("SET TimeZone = 'UTC'")
            self._check_that_it_is_kept(self._open_connection)
        return self._open_connection

    def _check_that_it_is_kept(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Refuse a file of CSV, JSON or Parquet: DuckDB opens it as a view of a database in memory.

        Raises:
            DestinationError: what is written would be lost at the end.
        """
        with self._faults():
            found = connection.execute(
                "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
            ).fetchone()
        if not found or found[0] is None:
            raise DestinationError(f"{self.name} is not a DuckDB database. Name another file.")

    def tables(self) -> Mapping[str, Collection[str]]:
        """Return the permanent tables, each with its columns."""
        found: dict[str, list[str]] = {}
        if self._open_connection is None:
            return found
        for row in self.fetch(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_catalog = current_database() AND table_schema = current_schema()"
        ):
            found.setdefault(row["table_name"], []).append(row["column_name"])
        return found

    def fetch(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a SELECT by column name."""
        connection = self._connection()
        with self._faults():
            result = connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def execute(self, sql: str) -> None:
        """Execute a statement."""
        connection = self._connection()
        with self._faults():
            if not self._in_transaction:
                connection.execute("BEGIN TRANSACTION")
                self._in_transaction = True
            connection.execute(sql)

    def create_table(self, name: str, columns: Sequence[Column], key: Sequence[str]) -> None:
        """Create a table.

        It has no primary key in the sense of DuckDB: its index would have to be in memory, and
        `merge` keeps the key unique without it.
        """
        self.execute(
            f'CREATE TABLE "{name}" ({", ".join(column_definitions(columns, TYPES, key))})'
        )

    def add_columns(self, name: str, columns: Sequence[Column]) -> None:
        """Add columns to a table."""
        for definition in column_definitions(columns, TYPES):
            self.execute(f'ALTER TABLE "{name}" ADD COLUMN {definition}')

    def create_staging_table(self, name: str, like: str) -> None:
        """Create an empty temporary table with the columns of another table."""
        self.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM "{like}" LIMIT 0')  # noqa: S608

    def merge(
        self, name: str, columns: Sequence[Column], key: Sequence[str], rows: Collection[Row]
    ) -> None:
        """Insert rows with distinct keys, in place of those with the same key.

        The rows are one literal, a line of JSON each. They are not parameters, because for the
        first parameter DuckDB imports pandas, NumPy and PyArrow, which takes seconds.
        """
        if not rows:
            return
        values = ", ".join(
            f'CAST(r[{index}] AS {TYPES[column.kind]}) AS "{column.name}"'
            for index, column in enumerate(columns, 1)
        )
        names = ", ".join(f'"{column.name}"' for column in columns)
        same = " AND ".join(f'"{name}"."{part}" = batch."{part}"' for part in key)
        self.execute(
            f"CREATE TEMP TABLE {_BATCH} AS SELECT {values} "  # noqa: S608 - our own names
            "FROM (SELECT from_json(line, '[\"VARCHAR\"]') AS r "
            f"FROM (SELECT unnest(string_split({_literal(rows)}, chr(10))) AS line))"
        )
        self.execute(f'DELETE FROM "{name}" USING {_BATCH} AS batch WHERE {same}')  # noqa: S608
        self.execute(f'INSERT INTO "{name}" ({names}) SELECT {names} FROM {_BATCH}')  # noqa: S608
        self.execute(f"DROP TABLE {_BATCH}")

    def commit(self) -> None:
        """Commit the transaction."""
        if self._in_transaction:
            with self._faults():
                self._connection().commit()
        self._in_transaction = False
        self._is_committed = True

    def close(self) -> None:
        """Disconnect, which rolls back, and remove a new file without a commit."""
        if self._open_connection is None:
            return
        try:
            with self._faults():
                self._open_connection.close()
        finally:
            self._open_connection = None
            if self._is_new and not self._is_committed:
                for suffix in ("", ".wal"):
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise DestinationError(_sentence(self.name, str(error))) from error


def _literal(rows: Collection[Row]) -> str:
    """Return the rows as a string of SQL with a line for each. JSON escapes line ends and NUL."""
    lines = b"\n".join(map(orjson.dumps, rows)).decode()
    return "'" + lines.replace("'", "''") + "'"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError as error:
        raise DestinationError(f"You may not open the folder {path.parent}.") from error


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise DestinationError(f"There is no folder {folder} for the database {path.name}.")
    if not access(folder, W_OK):
        raise DestinationError(f"You may not create files in the folder {folder}.")


def _sentence(name: str, error: str) -> str:
    for pattern, sentence in _SENTENCES:
        if found := re.search(pattern, error):
            return sentence.format(name, *found.groups("unknown"))
    message = error.splitlines()[0] if error else "no message"
    return f"DuckDB could not use {name}: {message}"
