"""Tables for a terminal, and a first report: open payables by age."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from sync_tool.ranges import EVERYTHING, Ranges, describe

Query = Callable[[str], list[dict[str, Any]]]

_NUMBER = re.compile(r"-?[0-9,]+(\.[0-9]+)?")
_OPEN_PAYABLES = """
    SELECT
        CASE
            WHEN due_date IS NULL THEN 'no due date'
            WHEN due_date >= current_date THEN 'not yet due'
            WHEN due_date >= current_date - 30 THEN '1 to 30 days late'
            WHEN due_date >= current_date - 60 THEN '31 to 60 days late'
            WHEN due_date >= current_date - 90 THEN '61 to 90 days late'
            ELSE 'over 90 days late'
        END AS age,
        count(*) AS bills,
        sum(due_amount * coalesce(funding_amount / nullif(amount, 0), 1)) AS amount
    FROM bills
    WHERE due_amount > 0 AND archived IS NOT TRUE
    GROUP BY age
    ORDER BY min(coalesce(due_date, DATE '9999-12-31')) DESC
"""


def open_payables(query: Query, covers: Ranges) -> str:
    """Return the open payables by the age of their due date, in the organization's currency.

    A bill in another currency has its value in the organization's currency in `fundingAmount`.
    `covers` are the ranges that the table of bills holds. If older bills may be missing, every line
    with a total says so.
    """
    found = query(_OPEN_PAYABLES)
    rows = [(row["age"], row["bills"], f"{row['amount']:,.2f}") for row in found]
    total = "total"
    if covers != (EVERYTHING,):
        total += f" of bills updated {describe(covers)}; older ones are missing"
    bills, amount = sum(row["bills"] for row in found), sum(row["amount"] for row in found)
    return table(("open payables", "bills", "amount"), [*rows, (total, bills, f"{amount:,.2f}")])


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns: those of numbers to the right, the others to the left."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    columns = list(zip(header, *cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    lines = [list(header), ["-" * width for width in widths], *cells]
    are_numbers = [all(map(_NUMBER.fullmatch, column[1:])) for column in columns]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(line, widths, are_numbers, strict=True)
        ).rstrip()
        for line in lines
    )
