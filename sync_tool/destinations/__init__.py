"""Where billcom-sync puts rows: a DuckDB file or a PostgreSQL database.

`open_destination` opens either. Both create one table per stream, named as the stream, with
snake_case columns, and keep the state of each stream beside its rows. What `write` gets becomes
visible to others only at `commit`, together with the states: rows and states never disagree.

Importing this package is cheap. The database's driver is imported when a destination is opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

_POSTGRES = ("postgresql://", "postgres://")

State = Mapping[str, Any]
"""The state of one stream, as the connector emits it (`stream_state` of an Airbyte STATE)."""


class DestinationError(Exception):
    """The database cannot be used. The message is one sentence for the user, without secrets."""


@dataclass(frozen=True)
class Table:
    """The table of one stream."""

    stream: str
    """The stream's name, and the table's."""
    json_schema: Mapping[str, Any]
    primary_key: tuple[str, ...]
    """BILL's names of the fields of the primary key, at least one."""
    replace: bool
    """True: the rows of this run replace the whole table, once they are complete."""


class Destination(Protocol):
    """A database that one run writes into. Not safe to share between threads.

    Every method can raise DestinationError. After one, only `close` may be called. What was not
    committed is then lost, and what was committed stays.
    """

    @property
    def name(self) -> str:
        """What the user calls this database, without a password."""

    def states(self) -> Mapping[str, State]:
        """Return the committed state of every stream that has one."""

    def settings(self) -> Mapping[str, Any]:
        """Return the facts about this database that earlier runs saved, such as its owner."""

    def save_settings(self, settings: Mapping[str, Any]) -> None:
        """Set these settings, of JSON values, at the next commit. Others stay as they are."""

    def open_table(self, table: Table) -> None:
        """Prepare to write a stream: create its table at the next commit, or add new columns.

        Raises:
            DestinationError: there is a table of this name that billcom-sync did not create.
        """

    def write(self, stream: str, rows: Sequence[bytes]) -> None:
        """Add rows to a stream that was opened: one JSON object in UTF-8 each, with BILL's names.

        A row replaces the row with the same primary key. The last one wins.
        """

    def commit(self, states: Mapping[str, State | None]) -> None:
        """Make the rows written so far and these states permanent, in one transaction.

        None removes the state of a stream. The rows of a table that is replaced stay out of the
        table until the commit after `complete`.
        """

    def complete(self, stream: str) -> None:
        """Replace the table by the rows of this run at the next commit, if it is to be replaced."""

    def discard(self, stream: str) -> None:
        """Forget the rows of this run, if the table is to be replaced: the old ones stay."""

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a SELECT by column name. Rows that were not committed are included."""

    def close(self) -> None:
        """Close the database and drop what was not committed.

        A DuckDB file that this run created is removed if nothing was committed to it.
        """


def open_destination(database: str) -> Destination:
    """Open the database that a user names: the path of a DuckDB file or a postgresql:// URL.

    The password of a URL without one is in the environment variable PGPASSWORD or in ~/.pgpass.
    Nothing is created before the first commit.

    Raises:
        DestinationError: the database cannot be used.
    """
    try:
        return _open(database)
    except ImportError as error:
        raise DestinationError(
            f"The Python package {error.name} is missing: run pip install 'source-billcom[sync]'."
        ) from error


def _open(database: str) -> Destination:
    # imported here, because the drivers are slow to import and only one of them is needed
    from sync_tool.destinations.sql_destination import SqlDestination  # noqa: PLC0415

    if database.startswith(_POSTGRES):
        from sync_tool.destinations.postgres import PostgresDatabase  # noqa: PLC0415

        return SqlDestination(PostgresDatabase(database))
    if "://" in database:
        raise DestinationError(
            "The database must be the path of a DuckDB file or a postgresql:// URL."
        )
    from sync_tool.destinations.duckdb_file import DuckDBFile  # noqa: PLC0415

    return SqlDestination(DuckDBFile(Path(database).resolve()))
