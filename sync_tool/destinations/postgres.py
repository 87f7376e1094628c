"""A PostgreSQL database: rows are copied into a temporary table with COPY, and merged from there.

Everything is in the current schema, usually `public`. A URL can choose another one:
`postgresql://user@host/database?options=-c%20search_path%3Dbill`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from sync_tool.destinations import DestinationError
from sync_tool.destinations.columns import Column, Kind, Row
from sync_tool.destinations.sql_destination import column_definitions

TYPES = {
    Kind.TEXT: "text",
    Kind.NUMBER: "numeric",
    Kind.INTEGER: "bigint",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.TIME: "timestamp with time zone",
    Kind.JSON: "jsonb",
}
_BATCH = "_billcom_sync_batch"
_CONNECT_SECONDS = 30
# The lock of a run that was killed is released when the server notices that its client is gone.
_LOCK_MILLISECONDS = 15_000
_LOCK = "SELECT pg_advisory_lock(hashtext('billcom-sync'), hashtext(current_schema()))"
_RIGHTS = (
    "SELECT current_schema() AS schema, has_schema_privilege(current_schema(), 'CREATE') AS create,"
    " has_database_privilege(current_database(), 'TEMP') AS temp,"
    " current_setting('transaction_read_only') = 'on' AS read_only"
)
_NUL = "\x00"
_REPLACEMENT = "\ufffd"


class PostgresDatabase:
    """A Database in PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Connect, and make sure that this is the only run and may create tables.

        Raises:
            DestinationError: the database cannot be used.
        """
        self.name = _name(url)
        self._in_transaction = False
        try:
            self._connection = psycopg.connect(
                url, autocommit=True, row_factory=dict_row, **_defaults(url)
            )
        except psycopg.Error as error:
            raise DestinationError(_sentence_for_connecting(self.name, error)) from error
        # JSON as text, as DuckDB returns it
        self._connection.adapters.register_loader("jsonb", TextLoader)
        try:
            with self._faults():
                self._connection.execute("SET TIME ZONE 'UTC'")
            self._check_rights()
            self._lock()
        except BaseException:
            self._connection.close()
            raise

    def _check_rights(self) -> None:
        (rights,) = self.fetch(_RIGHTS)
        schema = rights["schema"]
        if schema is None:
            raise DestinationError(
                f"{self.name} has none of the schemas in search_path. Run CREATE SCHEMA."
            )
        if rights["read_only"]:
            raise DestinationError(f"{self.name} is read-only, as a replica is.")
        if not rights["create"]:
            raise DestinationError(
                f"{self.name}: this role may not create tables in the schema {schema}. "
                f"Run GRANT CREATE ON SCHEMA {schema}."
            )
        if not rights["temp"]:
            raise DestinationError(
                f"{self.name}: this role may not create temporary tables. "
                "Run GRANT TEMPORARY ON DATABASE."
            )

    def _lock(self) -> None:
        """Let one run at a time write to this schema, as DuckDB lets one program open a file."""
        with self._faults():
            self._connection.execute(f"SET lock_timeout = {_LOCK_MILLISECONDS}".encode())
            self._connection.execute(_LOCK)
            self._connection.execute("RESET lock_timeout")

    def tables(self) -> Mapping[str, Collection[str]]:
        """Return the tables of the current schema, each with its columns."""
        found: dict[str, list[str]] = {}
        for row in self.fetch(
            # unlike information_schema, this lists what another role owns too
            "SELECT relname AS table_name, attname AS column_name FROM pg_class "
            "JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped "
            "WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) "
            "AND relkind IN ('r', 'p', 'f', 'v', 'm')"
        ):
            found.setdefault(row["table_name"], []).append(row["column_name"])
        return found

    def fetch(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a SELECT by column name."""
        with self._faults():
            return self._connection.execute(sql.encode()).fetchall()

    def execute(self, sql: str) -> None:
        """Execute a statement."""
        with self._faults():
            if not self._in_transaction:
                self._connection.execute("BEGIN")
                self._in_transaction = True
            self._connection.execute(sql.encode())

    def create_table(self, name: str, columns: Sequence[Column], key: Sequence[str]) -> None:
        """Create a table with a primary key."""
        definitions = column_definitions(columns, TYPES, key)
        definitions.append(f"PRIMARY KEY ({_list(key)})")
        self.execute(f'CREATE TABLE "{name}" ({", ".join(definitions)})')

    def add_columns(self, name: str, columns: Sequence[Column]) -> None:
        """Add columns to a table."""
        for definition in column_definitions(columns, TYPES):
            self.execute(f'ALTER TABLE "{name}" ADD COLUMN {definition}')

    def create_staging_table(self, name: str, like: str) -> None:
        """Create an empty temporary table with the columns and the key of another table."""
        self.execute(f'CREATE TEMPORARY TABLE "{name}" (LIKE "{like}" INCLUDING INDEXES)')

    def merge(
        self, name: str, columns: Sequence[Column], key: Sequence[str], rows: Collection[Row]
    ) -> None:
        """Insert rows with distinct keys, in place of those with the same key."""
        if not rows:
            return
        names = [column.name for column in columns]
        self.execute(f'CREATE TEMPORARY TABLE {_BATCH} (LIKE "{name}") ON COMMIT DROP')
        with (
            self._faults(),
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {_BATCH} ({_list(names)}) FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(_without_nul(columns, row))
        changes = ", ".join(f'"{each}" = EXCLUDED."{each}"' for each in names if each not in key)
        self.execute(
            f'INSERT INTO "{name}" ({_list(names)}) '  # noqa: S608 - our own names
            f"SELECT {_list(names)} FROM {_BATCH} "
            f"ON CONFLICT ({_list(key)}) DO UPDATE SET {changes}"
        )
        self.execute(f"DROP TABLE {_BATCH}")

    def commit(self) -> None:
        """Commit the transaction."""
        if self._in_transaction:
            with self._faults():
                self._connection.execute("COMMIT")
        self._in_transaction = False

    def close(self) -> None:
        """Disconnect. The server rolls back."""
        with self._faults():
            self._connection.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise DestinationError(_sentence(self.name, error)) from error


def _name(url: str) -> str:
    """Return the address without a password.

    Raises:
        DestinationError: it is not an address. The message does not show it, because what is wrong
            may be the password.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        parts = {"host": "@"}
    host, port = str(parts.get("host", "")), str(parts.get("port", ""))
    # a password with / or @ that is not encoded looks like a port and a database
    in_path = url.partition("://")[2].partition("?")[0].partition("/")[2]
    if "@" in host or "@" in in_path or not re.fullmatch("[0-9,]*", port):
        raise DestinationError(
            "The database's address is not valid. Write postgresql://user@host:5432/database, with "
            "special characters encoded (@ is %40), and the password in PGPASSWORD."
        )
    user, database = parts.get("user"), parts.get("dbname")
    return (
        "postgresql://"
        + (f"{user}@" if user else "")
        + host
        + (f":{port}" if port else "")
        + (f"/{database}" if database else "")
    )


def _defaults(url: str) -> dict[str, Any]:
    return {} if "connect_timeout" in url else {"connect_timeout": _CONNECT_SECONDS}


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _without_nul(columns: Sequence[Column], row: Row) -> Row:
    """Replace the character NUL, which PostgreSQL cannot store, by U+FFFD."""
    if not any(value and (_NUL in value or "\\u0000" in value) for value in row):
        return row
    return [
        value
        and (
            orjson.dumps(_replaced(orjson.loads(value))).decode()
            if column.kind is Kind.JSON
            else value.replace(_NUL, _REPLACEMENT)
        )
        for column, value in zip(columns, row, strict=True)
    ]


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NUL, _REPLACEMENT)
    if isinstance(value, dict):
        return {_replaced(name): _replaced(each) for name, each in value.items()}
    return [_replaced(each) for each in value] if isinstance(value, list) else value


# What the message has if no connection can be made, and the sentence for it. Such an error has no
# code. {0} is the address, {1} what the pattern found.
_CONNECTING = (
    ("no password supplied", "{0} requires a password: set the environment variable PGPASSWORD."),
    (
        "password authentication failed",
        "{0} refused the user or the password: check PGPASSWORD.",
    ),
    (r'role "(.*?)" does not exist', "{0} has no role {1}."),
    (r'database "(.*?)" does not exist', "{0} cannot be opened: there is no database {1}."),
    ("failed to resolve host|could not translate host", "{0} cannot be reached: no such host."),
    (
        "Connection refused|No such file or directory",
        "{0} cannot be reached: no PostgreSQL server answers there.",
    ),
    ("timeout expired", "{0} cannot be reached: the connection timed out."),
)
_BY_CODE = {
    "42501": "{0}: this role lacks a permission ({1}).",
    "25006": "{0} is read-only, as a replica is.",
    "53100": "There is no space left on the disk of {0}. What was committed before is kept.",
    "55P03": "{0} is in use by another billcom-sync. Wait for it, or end it, and run this again.",
}
_ENDED_BY_SERVER = "57P"  # the codes of a server that is shut down or ends a session


def _sentence_for_connecting(name: str, error: psycopg.Error) -> str:
    text = str(error)
    for pattern, sentence in _CONNECTING:
        if found := re.search(pattern, text):
            return sentence.format(name, *found.groups())
    return f"{name} cannot be reached: {(text.splitlines() or ['no message'])[0]}."


def _sentence(name: str, error: psycopg.Error) -> str:
    code = error.sqlstate
    message = error.diag.message_primary or (str(error).splitlines() or ["no message"])[0]
    if code in _BY_CODE:
        return _BY_CODE[code].format(name, message)
    is_lost = code is None and isinstance(error, psycopg.OperationalError)
    if is_lost or (code or "").startswith(_ENDED_BY_SERVER):
        return f"The connection to {name} was lost. What was committed before is kept."
    return f"{name} failed: {message}."
