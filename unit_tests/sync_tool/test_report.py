"""Tables, and the report of open payables."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sync_tool.ranges import EVERYTHING, Range
from sync_tool.report import open_payables, table

ROWS: list[dict[str, Any]] = [
    {"age": "not yet due", "bills": 2, "amount": Decimal("1234.5")},
    {"age": "over 90 days late", "bills": 1_000, "amount": Decimal("0.25")},
]


def test_columns_of_numbers_are_aligned_to_the_right_and_others_to_the_left() -> None:
    assert table(("stream", "rows", "holds"), [("bills", 7, "all"), ("users", 1_000, "-")]) == (
        "stream   rows  holds\n------  -----  -----\nbills       7  all\nusers   1,000  -"
    )


def test_open_payables_have_a_line_for_each_age_and_a_total() -> None:
    lines = open_payables(lambda _: ROWS, (EVERYTHING,)).splitlines()

    assert lines[2:] == [
        "not yet due            2  1,234.50",
        "over 90 days late  1,000      0.25",
        "total              1,002  1,234.75",
    ]


def test_a_total_over_a_part_of_the_bills_says_so_in_its_line() -> None:
    part = (Range(datetime(2025, 11, 26, tzinfo=UTC)),)

    *_, total = open_payables(lambda _: ROWS, part).splitlines()

    assert total.startswith(
        "total of bills updated since 2025-11-26; older ones are missing  1,002  1,234.75"
    )
