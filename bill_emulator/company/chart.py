"""Generates the chart of accounts of a service company, with sub-accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import history, naming, words
from bill_emulator.company.context import Pool, row_pool, tidy
from bill_emulator.company.timeline import stamp

if TYPE_CHECKING:
    from bill_emulator.company.context import Context, Row

# (number, name, type). The other generators need the first sixteen.
TEMPLATE = (
    ("1010", "Operating checking", "BANK"),
    ("1200", "Accounts receivable", "ACCOUNTS_RECEIVABLE"),
    ("2000", "Accounts payable", "ACCOUNTS_PAYABLE"),
    ("4000", "Service income", "INCOME"),
    ("5000", "Job materials", "COST_OF_GOODS_SOLD"),
    ("5100", "Subcontractors", "COST_OF_GOODS_SOLD"),
    ("6000", "Repairs and maintenance", "EXPENSE"),
    ("6100", "Office supplies", "EXPENSE"),
    ("6200", "Utilities", "EXPENSE"),
    ("6300", "Insurance", "EXPENSE"),
    ("6400", "Software subscriptions", "EXPENSE"),
    ("6500", "Advertising", "EXPENSE"),
    ("6600", "Legal fees", "EXPENSE"),
    ("4100", "Product income", "INCOME"),
    ("1020", "Payroll checking", "BANK"),
    ("2200", "Sales tax payable", "OTHER_CURRENT_LIABILITY"),
    ("6700", "Freight and delivery", "EXPENSE"),
    ("6710", "Meals and entertainment", "EXPENSE"),
    ("6720", "Grounds", "EXPENSE"),
    ("6730", "Equipment rental", "EXPENSE"),
    ("6740", "Telephone and internet", "EXPENSE"),
    ("6750", "Janitorial", "EXPENSE"),
    ("1030", "Reserve savings", "BANK"),
    ("1500", "Vehicles", "FIXED_ASSET"),
    ("1510", "Tools and equipment", "FIXED_ASSET"),
    ("1300", "Inventory", "OTHER_CURRENT_ASSET"),
    ("1800", "Deposits", "OTHER_ASSET"),
    ("2100", "Company card", "CREDIT_CARD"),
    ("2700", "Vehicle loan", "LONG_TERM_LIABILITY"),
    ("3000", "Owner's equity", "EQUITY"),
    ("3900", "Retained earnings", "EQUITY"),
    ("7000", "Interest income", "OTHER_INCOME"),
    ("8000", "Depreciation", "OTHER_EXPENSE"),
    ("9000", "Estimates", "NON_POSTING"),
    ("9999", "Uncategorized", "UNSPECIFIED"),
)
NEEDED = 16
SPENDING = ("EXPENSE", "COST_OF_GOODS_SOLD")


@dataclass(frozen=True)
class Chart:
    """The accounts, and pools of accounts by use."""

    rows: list[Row]
    by_name: dict[str, Row]
    banks: Pool[Row]
    spending: Pool[Row]
    income: Pool[Row]
    payable: Row
    receivable: Row


def generate_chart(context: Context) -> Chart:
    """Generate the accounts, with children after their parents."""
    rng = context.chance("chart")
    count = context.slow_count(120, 20)
    moments = context.timeline.moments(rng, count, opening=1, early=0.6, bulk=0.3)
    names = naming.Names(rng)
    rows: list[Row] = []
    for index, moment in enumerate(moments):
        parent = None
        if index < len(TEMPLATE):
            number, name, kind = TEMPLATE[index]
            names.unique(name)
        else:
            parent = rng.choice(rows[: max(len(TEMPLATE), index // 2)])
            kind = parent["account"]["type"]
            # Numbers count up within the hundred of the parent. Some accounts have none.
            number = f"{int(parent['account'].get('number', '9990')[:4])}-{index:03}"
            part = rng.choice(words.LOCATION_KINDS + words.CLASS_NAMES)
            name = names.unique(f"{parent['name'].split(' - ')[0]} - {part}")
        created = stamp(moment)
        described = rng.random() < 0.3
        rows.append(
            tidy(
                {
                    "id": context.ids.next("0ca"),
                    "archived": False,
                    "name": name,
                    "description": f"{name}, kept for reporting" if described else None,
                    "parentId": parent and parent["id"],
                    "account": {
                        "type": kind,
                        "number": None if index % 17 == 16 else number,
                    },
                    "createdTime": created,
                    "updatedTime": created,
                }
            )
        )
    history.update_some(rows, rng, context.timeline)
    history.update_in_bulk(rows, rng, context.timeline)
    history.archive_some(rows[NEEDED:], rng, context.timeline)
    _archive_a_family(rows, context)
    return _chart(rows)


def _archive_a_family(rows: list[Row], context: Context) -> None:
    """Archive an account that has children, which are archived in the same second [LIVE GS]."""
    parents = {row.get("parentId") for row in rows}
    spare = [row for row in rows[NEEDED:] if row["id"] in parents]
    if spare:
        family = history.family(spare[-1], rows)
        history.archive_together(family, context.chance("chart family"), context.timeline)


def _chart(rows: list[Row]) -> Chart:
    """Sort the accounts into pools by type."""

    def of(*types: str) -> Pool[Row]:
        return row_pool([row for row in rows if row["account"]["type"] in types])

    by_name: dict[str, Row] = {}
    for row in rows:
        if not row["archived"]:
            by_name[row["name"]] = row
    return Chart(
        rows=rows,
        by_name=by_name,
        banks=of("BANK"),
        spending=of(*SPENDING),
        income=of("INCOME"),
        payable=rows[2],
        receivable=rows[1],
    )
