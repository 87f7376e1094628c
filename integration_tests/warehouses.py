"""PyAirbyte as a client of the connector, and the databases it syncs into.

Importing PyAirbyte takes seconds, so tests import this module when they run, not at the top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from testing.pyairbyte import open_duckdb, sync  # before PyAirbyte, whose environment it sets

# isort: split
import airbyte as ab
import airbyte.caches
from airbyte.secrets.base import SecretString

from bill_emulator.contract import LISTS
from demo.changes import Bookkeeper
from demo.compare import differences
from testing.catalog import schema_of
from testing.streams import INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from airbyte.caches import CacheBase

    from bill_emulator.process import Emulator
    from testing.postgres_server import Postgres
    from testing.rows import Json

DUCKDB = {
    "string": "VARCHAR",
    "number": "DECIMAL(38,9)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "date-time": "TIMESTAMP",  # in UTC
    "object": "JSON",
    "array": "JSON",
}
POSTGRES = {
    "string": "character varying",
    "number": "numeric",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "date-time": "timestamp without time zone",
    "object": "json",
    "array": "json",
}
"""The types that PyAirbyte 0.71.3 chooses. Its times in PostgreSQL have no time zone."""

AWKWARD = "Ünïcødé 漢字 🎸 \"double\" 'single' \\back\\slash\\n {brace} $$ %s , ; \t tab\nline"
ZEROS = "007"


def duckdb(folder: Path) -> Callable[[], CacheBase]:
    """Return a function that opens a DuckDB file."""
    return lambda: open_duckdb(folder / "bill.duckdb")


def postgres(server: Postgres, database: str, folder: Path) -> CacheBase:
    """Open a PostgreSQL database."""
    return airbyte.caches.PostgresCache(
        host=server.host,
        port=server.port,
        username=server.user,
        password=SecretString(server.password),
        database=database,
        schema_name="public",
        cache_dir=folder,
    )


def image_source(config: Json, image: str) -> ab.Source:
    """Return the connector's image as PyAirbyte runs it, with every stream selected."""
    source = ab.get_source("source-billcom", config=config, docker_image=image)
    source.check()
    source.select_all_streams()
    return source


def assert_holds(cache: CacheBase, bill: Emulator, streams: Collection[str] = LISTS) -> None:
    """Compare the tables of these streams with BILL, value by value."""
    for name in streams:
        rows = bill.data(name, rendered=True)
        assert list(differences(cache.run_sql_query, name, rows, str.lower)) == [], name


def assert_types(cache: CacheBase, stream: str, types: dict[str, str]) -> None:
    """Check that every column of a stream's table has the type of its field."""
    fields: dict[str, Any] = schema_of(stream)["properties"]
    wanted = {field.lower(): types[_kind(what)] for field, what in fields.items()}
    found = cache.run_sql_query(
        "SELECT column_name, data_type FROM information_schema.columns "  # noqa: S608 - our own
        f"WHERE table_name = '{stream}' AND column_name NOT LIKE '\\_airbyte%' ESCAPE '\\'"
    )
    assert {row["column_name"]: row["data_type"] for row in found} == wanted


def _kind(field: Json) -> str:
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    (kind,) = (kind for kind in kinds if kind != "null")
    return str(field.get("format", kind))


def a_day_at_the_company(bill: Emulator, config: Json) -> None:
    """Change rows of every list in every way, through BILL's API and through the emulator's."""
    bookkeeper = Bookkeeper(bill.base_url)
    bookkeeper.sign_in({**config, "base_url": bill.base_url})
    assert len(bookkeeper.work()) == 6
    bill.mutate(200)
    vendor = bill.data("vendors")[0]
    # the emulator adds those that are absent
    new = {key: value for key, value in vendor.items() if key not in {"id", "updatedTime"}}
    bill.put_rows("vendors", [{**new, "name": AWKWARD}, {**new, "accountNumber": ZEROS}])


def sync_twice(
    bill: Emulator, source: ab.Source, config: Json, database: Callable[[], CacheBase]
) -> CacheBase:
    """Sync, change BILL, sync again, and compare the database with BILL after each sync."""
    # a balance that changes in silence is seen by no incremental sync (docs/source-billcom.md)
    bill.options(balance_touches_vendor=True)
    first = sync(source, database())
    assert first.rows == {name: len(bill.data(name)) for name in LISTS}
    assert_holds(database(), bill)

    a_day_at_the_company(bill, config)
    second = sync(source, database())

    for name in INCREMENTAL:
        assert second.rows[name] < len(bill.data(name)), f"{name} was read whole again"
    cache = database()
    assert_holds(cache, bill)
    return cache
