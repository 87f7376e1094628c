"""A PostgreSQL database for PyAirbyte to sync into, with BILL's values unchanged.

PyAirbyte 0.71.3 loads PostgreSQL through pandas, which turns text that consists of digits into
numbers: the routing number `009983584` becomes `9983584`, the check number `2338` becomes `2338.0`.
Times lose their time zone, and nested values become `json`. Here PostgreSQL reads PyAirbyte's files
itself, into `timestamptz` and `jsonb` columns.
"""

import gzip
import os
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import airbyte as ab
import sqlalchemy
from airbyte._processors.sql.postgres import PostgresSqlProcessor
from airbyte.secrets.base import SecretString
from airbyte.shared.sql_processor import SqlProcessorBase
from airbyte.types import SQLTypeConverter
from sqlalchemy.dialects import postgresql

_PORT = 5432
# JSON never contains these control characters unescaped, so each line is one value
_LOAD = r"COPY lines FROM STDIN (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"


class _Timestamptz(sqlalchemy.types.UserDefinedType[Any]):
    """`timestamptz`. SQLAlchemy's own type loses the time zone when rendered as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return "TIMESTAMP WITH TIME ZONE"


class _Types(SQLTypeConverter):
    """Maps to PostgreSQL's own types where PyAirbyte uses generic ones."""

    def to_sql_type(self, json_schema_property_def: Any) -> sqlalchemy.types.TypeEngine[Any]:
        """Return the column type of a field."""
        known = super().to_sql_type(json_schema_property_def)
        if isinstance(known, sqlalchemy.types.TIMESTAMP):
            return _Timestamptz()
        if isinstance(known, sqlalchemy.types.JSON):
            return postgresql.JSONB()
        return known


class _Processor(PostgresSqlProcessor):
    """Loads files with COPY. Everything else is PyAirbyte's."""

    type_converter_class = _Types

    def _write_files_to_new_table(self, files: list[Path], stream_name: str, batch_id: str) -> str:
        table = self._create_table_for_loading(stream_name, batch_id)
        name = self._fully_qualified(table)
        connection = self.get_sql_engine().raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("CREATE TEMPORARY TABLE lines (line jsonb) ON COMMIT DROP")
            for path in files:
                with gzip.open(path, "rb") as lines:
                    cursor.copy_expert(_LOAD, lines)
            cursor.execute(
                f"INSERT INTO {name} SELECT row.* "  # noqa: S608 - PyAirbyte's name, quoted
                f"FROM lines, jsonb_populate_record(NULL::{name}, line) AS row"
            )
            connection.commit()
        finally:
            connection.close()
        return table


class PostgresCache(ab.caches.PostgresCache):
    """A PostgreSQL database that PyAirbyte syncs into."""

    _sql_processor_class: ClassVar[type[SqlProcessorBase]] = _Processor


def open_postgres(url: str, cache_dir: Path) -> PostgresCache:
    """Return the database at `postgresql://user:password@host:port/database`.

    If the URL has no password, the one in the environment variable PGPASSWORD is used, which other
    users of the machine cannot see. `cache_dir` holds the rows while they are on their way.
    """
    parts = urlsplit(url)
    return PostgresCache(
        host=parts.hostname or "localhost",
        port=parts.port or _PORT,
        username=unquote(parts.username or "postgres"),
        password=SecretString(unquote(parts.password or os.environ.get("PGPASSWORD", ""))),
        database=parts.path.strip("/") or "postgres",
        schema_name="public",
        cache_dir=cache_dir,
    )
