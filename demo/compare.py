"""Compare a database with the rows it was synced from, value by value."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sync_tool.destinations.columns import column_name
from sync_tool.report import Query


def differences(
    query: Query,
    stream: str,
    expected: Iterable[Mapping[str, Any]],
    column_of: Callable[[str], str] = column_name,
) -> list[str]:
    """Return one line for each difference between the table of `stream` and the `expected` rows.

    A field that a row does not have must be NULL in the table. Nested values are compared as JSON.
    Values that did not fit their column, which BILL's rows must not have, count as a difference.
    `column_of` names the column of a field. PyAirbyte's own columns are not compared.
    """
    wanted = {row["id"]: row for row in expected}
    found: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for row in query(f'SELECT * FROM "{stream}"'):  # noqa: S608 - the name is our own
        if row["id"] in found:
            problems.append(f"{stream}: {row['id']} is in the table twice")
        found[row["id"]] = row
    problems += [f"{stream}: {row_id} is missing" for row_id in wanted.keys() - found.keys()]
    problems += [f"{stream}: {row_id} is not in BILL" for row_id in found.keys() - wanted.keys()]
    for row_id in wanted.keys() & found.keys():
        problems += _row_differences(f"{stream} {row_id}", wanted[row_id], found[row_id], column_of)
    return problems


def _row_differences(
    place: str,
    wanted: Mapping[str, Any],
    found: Mapping[str, Any],
    column_of: Callable[[str], str],
) -> Iterable[str]:
    by_column = {column_of(name): value for name, value in wanted.items()}
    for column, value in found.items():
        if column.startswith("_airbyte"):
            continue
        expected = by_column.pop(column, None)
        if not _same(expected, value):
            yield f"{place}: {column} is {value!r}, expected {expected!r}"
    for column in by_column:
        yield f"{place}: there is no column {column}"


def _same(wanted: Any, found: Any) -> bool:
    if wanted is None or found is None:
        return wanted is found
    if isinstance(found, datetime):
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        return datetime.fromisoformat(wanted) == moment
    if isinstance(found, date):
        return date.fromisoformat(wanted) == found
    if isinstance(wanted, bool):
        return wanted is found
    if isinstance(wanted, int | float):
        return Decimal(str(wanted)) == Decimal(str(found))
    if isinstance(wanted, dict | list):
        return bool(json.loads(found) == wanted) if isinstance(found, str) else found == wanted
    return bool(wanted == found)
