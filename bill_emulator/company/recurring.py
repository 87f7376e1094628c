"""Generates recurring bills and invoices. The next date of an active schedule is in the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.company import history, lines, money
from bill_emulator.company.context import tidy
from bill_emulator.company.timeline import date_text, stamp

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Context, Pool, Row
    from bill_emulator.company.customers import Client
    from bill_emulator.company.initial_data import Setup
    from bill_emulator.company.vendors import Supplier

PERIOD_DAYS = {"WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
PERIODS = ("MONTHLY", "MONTHLY", "WEEKLY", "MONTHLY", "YEARLY")
BILL_LINE_PREFIX = "btl"  # [UNKNOWN]
INVOICE_LINE_PREFIX = "ril"  # [UNKNOWN]


def generate_recurring_bills(setup: Setup, suppliers: Pool[Supplier]) -> list[Row]:
    """Generate the recurring bills."""
    context = setup.context
    rng = context.chance("recurring bills")
    moments = context.timeline.moments(rng, context.count(40, 6), opening=10)
    rows = []
    for index, moment in enumerate(moments):
        created = stamp(moment)
        supplier = suppliers.pick(rng, created)
        if supplier is None:
            continue
        bank = setup.organization.banks.pick(rng, created) if index % 3 == 0 else None
        rows.append(
            tidy(
                {
                    "archived": False,
                    # [UNKNOWN]: the prefix is a guess in the contract
                    "id": context.ids.next("btp"),
                    "recurringBillLineItems": [
                        _bill_line(setup, rng, supplier, created, fully=index % 8 == 1)
                        for _ in range(rng.choice((1, 1, 2, 3)))
                    ],
                    "schedule": _schedule(context, rng, index),
                    "vendorId": supplier.row["id"],
                    "description": (
                        f"{supplier.trade.name}, recurring" if rng.random() < 0.6 else None
                    ),
                    "processingOptions": {"autoPayment": bank is not None},
                    "paymentInformation": {"bankAccountId": bank["id"]} if bank else None,
                    "createdTime": created,
                    "updatedTime": created,
                }
            )
        )
    return _aged(context, rng, rows)


def _bill_line(
    setup: Setup,
    rng: Random,
    supplier: Supplier,
    created: str,
    *,
    fully: bool,
) -> Row:
    """Return a line. With `fully`, it has all classifications."""
    lists = setup.classifications
    choices = (
        *lines.common_choices(lists),
        ("chartOfAccountId", setup.chart.spending, 0.8),
        ("employeeId", lists.employees, 0.15),
        ("itemId", lists.items, 0.2),
    )
    trade = supplier.trade
    amount = money.price_between(rng, trade.low, trade.high)
    if supplier.per_dollar:
        amount = lines.in_currency(amount, supplier.per_dollar)
    return tidy(
        {
            "amount": money.dollars(amount),
            "id": setup.context.ids.next(BILL_LINE_PREFIX),
            "description": rng.choice(trade.lines) if rng.random() < 0.8 else None,
            "classifications": lines.classify(rng, created, choices, fully=fully),
        }
    )


def generate_recurring_invoices(setup: Setup, clients: Pool[Client]) -> list[Row]:
    """Generate the recurring invoices."""
    context, lists = setup.context, setup.classifications
    rng = context.chance("recurring invoices")
    moments = context.timeline.moments(rng, context.count(25, 6), opening=10)
    rows = []
    for index, moment in enumerate(moments):
        created = stamp(moment)
        client = clients.pick(rng, created)
        if client is None:
            continue
        sold = [
            lines.SalesLine(setup, rng, created, client.per_dollar or 1.0, fully=index % 8 == 1)
            for _ in range(rng.choice((1, 1, 2, 3)))
        ]
        rows.append(
            tidy(
                {
                    # [UNKNOWN]: the prefix is a guess in the contract
                    "id": context.ids.next("rit"),
                    "customerId": client.row["id"],
                    "description": "Service agreement" if rng.random() < 0.6 else None,
                    "archived": False,
                    "schedule": _schedule(context, rng, index),
                    "recurringInvoiceLineItems": [_invoice_line(context, line) for line in sold],
                    "classifications": lines.classify(
                        rng, created, lines.header_choices(lists), fully=index % 8 == 3
                    ),
                    "sendEmail": rng.random() < 0.7,
                    "createdTime": created,
                    "updatedTime": created,
                    "paymentTermId": client.term.id if rng.random() < 0.6 else None,
                }
            )
        )
    return _aged(context, rng, rows)


def _invoice_line(context: Context, line: lines.SalesLine) -> Row:
    return tidy(
        {
            **line.row,
            "id": context.ids.next(INVOICE_LINE_PREFIX),
            "amount": money.dollars(line.amount),
            "taxable": line.taxable,
        }
    )


def _schedule(context: Context, rng: Random, index: int) -> Row:
    """Choose a schedule whose next due date is after as_of, within one period."""
    period = PERIODS[index % len(PERIODS)]
    frequency = rng.choice((1, 1, 1, 2, 3))
    ahead = rng.randint(1, PERIOD_DAYS[period] * frequency)
    next_due = context.timeline.today + ahead
    ends = index % 4 == 1
    return tidy(
        {
            "period": period,
            "frequency": frequency,
            "nextDueDate": date_text(next_due),
            "endDate": date_text(next_due + 365) if ends else None,
            "daysInAdvance": rng.choice((0, 3, 5, 10)),
        }
    )


def _aged(context: Context, rng: Random, rows: list[Row]) -> list[Row]:
    """Apply later changes. An archived schedule ended before it was archived."""
    history.update_some(rows, rng, context.timeline)
    history.archive_some(rows, rng, context.timeline, 0.1)
    for row in rows:
        if row["archived"]:
            stopped = row["updatedTime"][:10]
            row["schedule"] = {**row["schedule"], "nextDueDate": stopped, "endDate": stopped}
    return rows
