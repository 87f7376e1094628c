"""The comparison of a database with BILL finds each difference and describes it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from demo.compare import differences

Rows = list[dict[str, Any]]
ROW = {
    "id": "00n1",
    "vendorName": "Ann & Sons",
    "dueDate": "2026-01-31",
    "updatedTime": "2026-01-01T10:00:00.000+00:00",
    "amount": 12.5,
    "archived": False,
    "lines": [{"amount": 12.5}],
}
COLUMNS = {
    "id": "00n1",
    "vendor_name": "Ann & Sons",
    "due_date": date(2026, 1, 31),
    "updated_time": datetime(2026, 1, 1, 10, tzinfo=UTC),
    "amount": 12.50,
    "archived": False,
    "lines": '[{"amount": 12.5}]',
    "_unmapped": None,
}


def found_in(table: Rows, bill: list[Mapping[str, Any]]) -> list[str]:
    """Compare a table with BILL's rows."""
    return differences(lambda _: table, "bills", bill)


def test_the_same_values_in_database_types_are_no_difference() -> None:
    assert found_in([dict(COLUMNS)], [ROW]) == []


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("vendor_name", "Bob", "bills 00n1: vendor_name is 'Bob', expected 'Ann & Sons'"),
        ("amount", None, "bills 00n1: amount is None, expected 12.5"),
        ("archived", 0, "bills 00n1: archived is 0, expected False"),
        ("note", "more", "bills 00n1: note is 'more', expected None"),
    ],
)
def test_a_different_value_is_reported_with_the_expected_one(
    column: str, value: object, expected: str
) -> None:
    assert found_in([{**COLUMNS, column: value}], [ROW]) == [expected]


def test_a_missing_column_is_reported() -> None:
    table = {name: value for name, value in COLUMNS.items() if name != "due_date"}
    assert found_in([table], [ROW]) == ["bills 00n1: there is no column due_date"]


def test_missing_unknown_and_repeated_rows_are_reported() -> None:
    other = {**COLUMNS, "id": "00n2"}
    assert found_in([other, other], [ROW]) == [
        "bills: 00n2 is in the table twice",
        "bills: 00n1 is missing",
        "bills: 00n2 is not in BILL",
    ]
