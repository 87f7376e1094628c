"""A table with a column of every kind, and what the tests do with it."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from sync_tool.destinations import Destination, Table, open_destination

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testing.rows import Json

SCHEMA: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "vendorName": {"type": ["null", "string"]},
        "dueAmount": {"type": ["null", "number"]},
        "lineCount": {"type": ["null", "integer"]},
        "archived": {"type": ["null", "boolean"]},
        "dueDate": {"type": ["null", "string"], "format": "date"},
        "updatedTime": {"type": ["null", "string"], "format": "date-time"},
        "billLineItems": {"type": ["null", "array"]},
    },
}
BILLS = Table("bills", SCHEMA, ("id",), replace=False)
USERS = Table("users", SCHEMA, ("id",), replace=True)


@contextmanager
def opened(database: str, *tables: Table) -> Iterator[Destination]:
    """Open a database and its tables for one run, and close it."""
    destination = open_destination(database)
    try:
        for table in tables:
            destination.open_table(table)
        yield destination
    finally:
        destination.close()


def lines(*rows: Json) -> list[bytes]:
    """Return rows in the form that a destination takes."""
    return [orjson.dumps(row) for row in rows]


def store(database: str, table: Table, *rows: Json, state: Json | None = None) -> None:
    """Do a whole run that writes these rows."""
    with opened(database, table) as destination:
        destination.write(table.stream, lines(*rows))
        destination.complete(table.stream)
        destination.commit({table.stream: state})


def stored(database: str, table: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a table by their id."""
    with opened(database) as destination:
        rows = destination.query(f'SELECT * FROM "{table}"')  # noqa: S608 - our own name
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def fill(database: str) -> None:
    """Commit 1,000 rows at a time, with their number as state, until the disk is full."""
    with opened(database, BILLS) as destination:
        for batch in itertools.count():
            ids = [f"{batch}-{row}" for row in range(1000)]
            destination.write("bills", lines(*({"id": x, "vendorName": x * 9} for x in ids)))
            destination.commit({"bills": {"rows": (batch + 1) * 1000}})
