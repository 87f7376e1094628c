"""Tables for a terminal, and a first report: open payables by age."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

Query = Callable[[str], list[dict[str, Any]]]

_OPEN_PAYABLES = """
    SELECT
        CASE
            WHEN duedate IS NULL THEN 'no due date'
            WHEN duedate >= current_date THEN 'not yet due'
            WHEN duedate >= current_date - 30 THEN '1 to 30 days late'
            WHEN duedate >= current_date - 60 THEN '31 to 60 days late'
            WHEN duedate >= current_date - 90 THEN '61 to 90 days late'
            ELSE 'over 90 days late'
        END AS age,
        count(*) AS bills,
        sum(dueamount * coalesce(fundingamount / nullif(amount, 0), 1)) AS amount
    FROM bills
    WHERE dueamount > 0 AND archived IS NOT TRUE
    GROUP BY age
    ORDER BY min(coalesce(duedate, DATE '9999-12-31')) DESC
"""


def print_open_payables(query: Query) -> None:
    """Print the open payables by the age of their due date, in the organization's currency.

    A bill in another currency has its value in the organization's currency in `fundingAmount`.
    """
    rows = [(row["age"], row["bills"], f"{row['amount']:,.2f}") for row in query(_OPEN_PAYABLES)]
    print_table(("open payables", "bills", "amount"), rows)


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns: the first is left-aligned, the others are right-aligned."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    lines = [_line(header, widths), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in cells]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return "  ".join(cells).rstrip()
