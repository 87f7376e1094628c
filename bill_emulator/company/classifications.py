"""Generates departments, locations, accounting classes, jobs, employees and items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import history, money, naming, words
from bill_emulator.company.context import Pool, row_pool, tidy
from bill_emulator.company.timeline import stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bill_emulator.company.chart import Chart
    from bill_emulator.company.context import Context, Row

DEPTH = 3
SALES_TAX_PERCENTAGES = (7.25, 8.375, 6.0, 5.5, 9.1)

# SERVICE and NON_INVENTORY are types of items in v2. In v3 they are [INFER].
ITEM_TYPES = (
    "SALES_TAX", "SERVICE", "NON_INVENTORY", "SERVICE", "INVENTORY", "OTHER_CHARGE", "SERVICE",
    "NON_INVENTORY", "SALES_TAX", "SERVICE", "FIXED_ASSET", "SERVICE", "INVENTORY",
    "SALES_TAX_GROUP", "PAYMENT", "SERVICE", "NON_INVENTORY", "SERVICE", "SERVICE", "INVENTORY",
)  # fmt: skip
SOLD = ("SERVICE", "NON_INVENTORY", "INVENTORY", "OTHER_CHARGE")


@dataclass(frozen=True)
class Classifications:
    """The six lists, and pools of their rows. `items` has goods and services, without taxes."""

    lists: dict[str, list[Row]]
    departments: Pool[Row]
    locations: Pool[Row]
    accounting_classes: Pool[Row]
    jobs: Pool[Row]
    employees: Pool[Row]
    items: Pool[Row]
    sales_taxes: Pool[Row]


def generate_classifications(context: Context, chart: Chart) -> Classifications:
    """Generate the six lists."""
    lists = {
        "departments": _tree(context, "departments", "0de", context.count(48, 5), _department),
        "locations": _tree(context, "locations", "loc", context.count(112, 6), _location),
        "jobs": _tree(context, "jobs", "job", context.count(110, 6), _job),
        "accounting_classes": _tree(
            context, "accounting_classes", "cls", context.count(104, 5), _accounting_class
        ),
        "employees": _employees(context),
        "items": _items(context, chart),
    }
    items = lists["items"]
    return Classifications(
        lists=lists,
        departments=row_pool(lists["departments"]),
        locations=row_pool(lists["locations"]),
        accounting_classes=row_pool(lists["accounting_classes"]),
        jobs=row_pool(lists["jobs"]),
        employees=row_pool(lists["employees"]),
        items=row_pool([item for item in items if item["type"] in SOLD]),
        sales_taxes=row_pool([item for item in items if item["type"] == "SALES_TAX"]),
    )


def _department(rng: Random, index: int) -> str:
    names = words.DEPARTMENT_NAMES
    if index < len(names):
        return names[index]
    return f"{rng.choice(names)}, {rng.choice(words.US_PLACES)[0]}"


def _location(rng: Random, _index: int) -> str:
    return f"{rng.choice(words.COMPANY_STEMS)} {rng.choice(words.LOCATION_KINDS)}"


def _job(rng: Random, index: int) -> str:
    return f"{index + 1001} {rng.choice(words.COMPANY_STEMS)} {rng.choice(words.JOB_KINDS)}"


def _accounting_class(rng: Random, index: int) -> str:
    names = words.CLASS_NAMES
    if index < len(names):
        return names[index]
    return f"{rng.choice(names)} {rng.choice(words.DEPARTMENT_NAMES)}"


def _parent(rng: Random, rows: list[Row], depths: dict[str, int], chance: float) -> str | None:
    """Choose a parent among earlier rows, at most DEPTH deep, so that there are no cycles."""
    if not rows or rng.random() >= chance:
        return None
    parent: str = rng.choice(rows)["id"]
    return parent if depths[parent] < DEPTH else None


def _tree(
    context: Context, name: str, prefix: str, count: int, title: Callable[[Random, int], str]
) -> list[Row]:
    """Generate a list of named rows, some of which have parents."""
    rng = context.chance(name)
    names = naming.Names(rng)
    moments = context.timeline.moments(rng, count, opening=3, early=0.5)
    rows: list[Row] = []
    depths: dict[str, int] = {}
    for index, moment in enumerate(moments):
        created = stamp(moment)
        full = names.unique(title(rng, index))
        parent = _parent(rng, rows, depths, 0.35)
        row = tidy(
            {
                "id": context.ids.next(prefix),
                "name": full,
                "shortName": _short(full) if rng.random() < 0.6 else None,
                "description": f"{full} (from the ledger)" if rng.random() < 0.25 else None,
                "parentId": parent,
                "archived": False,
                "createdTime": created,
                "updatedTime": created,
            }
        )
        depths[row["id"]] = depths[parent] + 1 if parent else 1
        rows.append(row)
    return _aged(context, rows, rng)


def _aged(context: Context, rows: list[Row], rng: Random) -> list[Row]:
    """Apply later changes to the rows of a list: updates, bulk updates, archiving."""
    history.update_some(rows, rng, context.timeline)
    history.update_in_bulk(rows, rng, context.timeline)
    history.archive_some(rows, rng, context.timeline)
    return rows


def _short(name: str) -> str:
    return "".join(part[0] for part in name.split() if part[0].isalnum()).upper() + name[-1].upper()


def _employees(context: Context) -> list[Row]:
    """Generate employees. The parent is the manager [INFER]."""
    rng = context.chance("employees")
    names = naming.Names(rng)
    moments = context.timeline.moments(rng, context.count(140, 6), opening=3, early=0.6)
    rows: list[Row] = []
    depths: dict[str, int] = {}
    for moment in moments:
        created = stamp(moment)
        first, last = names.person()
        parent = _parent(rng, rows, depths, 0.7)
        row = tidy(
            {
                "id": context.ids.next("emp"),
                "firstName": first,
                "lastName": last,
                "shortName": f"{first[0]}{last[:6]}" if rng.random() < 0.5 else None,
                "parentId": parent,
                "archived": False,
                "createdTime": created,
                "updatedTime": created,
            }
        )
        depths[row["id"]] = depths[parent] + 1 if parent else 1
        rows.append(row)
    return _aged(context, rows, rng)


def _items(context: Context, chart: Chart) -> list[Row]:
    """Generate goods, services, and the sales taxes of invoices."""
    rng = context.chance("items")
    names = naming.Names(rng)
    moments = context.timeline.moments(rng, context.count(130, 12), opening=4, early=0.6)
    rows: list[Row] = []
    for index, moment in enumerate(moments):
        kind = ITEM_TYPES[index % len(ITEM_TYPES)]
        row = {
            "id": context.ids.next("0ii"),
            "type": kind,
            "archived": False,
            "createdTime": stamp(moment),
            "updatedTime": stamp(moment),
        }
        rows.append(_item(row, rng, names, chart))
    _nest_items(rows, rng)
    sold = [row for row in rows[12:] if row["type"] in SOLD]
    history.update_some(rows, rng, context.timeline)
    history.update_in_bulk(rows, rng, context.timeline)
    # Taxes are never archived, because invoices refer to active ones.
    history.archive_some(sold or [rows[3]], rng, context.timeline)
    return rows


def _item(row: Row, rng: Random, names: naming.Names, chart: Chart) -> Row:
    """Complete an item: a tax with its percentage, others with prices and accounts."""
    kind, created = row["type"], row["createdTime"]
    if kind.startswith("SALES_TAX"):
        percentage = rng.choice(SALES_TAX_PERCENTAGES)
        row["name"] = names.unique(f"Sales tax {percentage} %")
        row["percentage"] = percentage
        return row
    service = kind in ("SERVICE", "OTHER_CHARGE", "PAYMENT")
    name = rng.choice(words.SERVICES if service else words.GOODS)
    row["name"] = names.unique(name, f"{name}, {rng.choice(words.COMPANY_STEMS)}")
    if rng.random() < 0.5:
        row["shortName"] = _short(row["name"])
    if rng.random() < 0.5:
        row["description"] = f"{row['name']}, per unit"
    if kind == "PAYMENT":
        return row
    price = money.price_between(rng, 1_500, 240_000)
    row["price"] = money.dollars(price)
    row["taxable"] = not service
    income = chart.income.pick(rng, created)
    row["chartOfAccountId"] = income and income["id"]
    if not service:
        spending = chart.spending.pick(rng, created)
        row["expenseChartOfAccountId"] = spending and spending["id"]
        row["purchaseDescription"] = f"{name}, per box"
        row["purchaseCost"] = money.dollars(money.share(price, rng.uniform(40, 80)))
    return tidy(row)


def _nest_items(rows: list[Row], rng: Random) -> None:
    """Give some items an earlier item of the same type as parent."""
    first_of: dict[str, list[Row]] = {}
    for row in rows:
        earlier = first_of.setdefault(row["type"], [])
        if earlier and row["type"] in SOLD and rng.random() < 0.25:
            row["parentId"] = rng.choice(earlier)["id"]
        else:
            earlier.append(row)
