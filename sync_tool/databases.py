"""The databases to sync into: a DuckDB file or a PostgreSQL database."""

from pathlib import Path

import airbyte as ab
from airbyte.caches import CacheBase

from sync_tool.postgres import open_postgres

_POSTGRES = ("postgresql://", "postgres://")
_SCHEMA = "main"  # DuckDB's default, so that queries need no prefix


def open_database(database: str, cache_dir: Path) -> CacheBase:
    """Open the database that a user names: the path of a DuckDB file or a postgresql:// URL.

    `cache_dir` holds the rows while they are on their way to PostgreSQL.

    Raises:
        ValueError: DuckDB cannot use a file with this name.
    """
    if database.startswith(_POSTGRES):
        return open_postgres(database, cache_dir)
    path = Path(database).resolve()
    if path.stem == _SCHEMA:
        raise ValueError(
            f"DuckDB cannot use a file named {path.name}, because its schema has the same name. "
            "Rename the file."
        )
    return open_duckdb(path)


def open_duckdb(path: Path) -> ab.caches.DuckDBCache:
    """Open or create a DuckDB file for PyAirbyte to sync into."""
    return ab.caches.DuckDBCache(
        db_path=path, schema_name=_SCHEMA, cache_dir=path.parent / ".cache"
    )
