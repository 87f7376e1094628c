"""Generates credit memos and applies them to invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.company import history, lines, money
from bill_emulator.company.context import tidy
from bill_emulator.company.invoices import draw_tax
from bill_emulator.company.timeline import DAY, date_text, stamp

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Context, Pool, Row
    from bill_emulator.company.customers import Client
    from bill_emulator.company.initial_data import Setup
    from bill_emulator.company.invoices import Invoice


def generate_credit_memos(
    setup: Setup, clients: Pool[Client], invoices: list[Invoice]
) -> list[Row]:
    """Generate the credit memos. Three quarters are applied to open invoices of the customer."""
    context = setup.context
    rng = context.chance("credit memos")
    moments = context.timeline.moments(rng, context.count(45, 8), opening=12, bulk=0.1)
    by_customer: dict[str, list[Invoice]] = {}
    for invoice in invoices:
        if invoice.payable:
            by_customer.setdefault(invoice.client.row["id"], []).append(invoice)
    rows = []
    for index, moment in enumerate(moments):
        client = clients.pick(rng, stamp(moment))
        if client is None:
            continue
        row, amount = _memo(setup, rng, client, moment, index)
        usage: list[Row] = []
        last = moment
        if index % 4:
            candidates = by_customer.get(client.row["id"], [])
            usage, last = _apply(context, rng, candidates, amount, moment)
        applied = sum(round(used["amount"] * 100) for used in usage)
        row["appliedAmount"] = money.dollars(applied)
        row["status"] = money.credit_status(amount, applied)
        row["updatedTime"] = stamp(last)
        if usage:
            row["usage"] = usage
        rows.append(row)
    history.update_in_bulk(rows, rng, context.timeline, 0.1)
    history.archive_some([row for row in rows if "usage" not in row], rng, context.timeline)
    return rows


def _apply(
    context: Context, rng: Random, candidates: list[Invoice], amount: int, moment: int
) -> tuple[list[Row], int]:
    """Apply a memo to half of each of some invoices. Return its usage and the last moment."""
    usage: list[Row] = []
    left = amount
    last = moment
    for invoice in candidates:
        half = money.whole(invoice.total // 2, invoice.client.unit)
        cents = min(left, half, invoice.open)
        near = abs(invoice.created - moment) < 60 * DAY
        if cents <= 0 or invoice.credit or not near:
            continue
        applied_at = context.timeline.after(rng, max(moment, invoice.created), 5)
        last = max(last, applied_at)
        invoice.credit += cents
        invoice.last = max(invoice.last, applied_at)
        left -= cents
        usage.append({"invoiceId": invoice.row["id"], "amount": money.dollars(cents)})
        if not left or len(usage) == 3:
            break
    return usage, last


def _memo(setup: Setup, rng: Random, client: Client, moment: int, index: int) -> tuple[Row, int]:
    """Return a credit memo, and its amount in cents with tax."""
    context, lists = setup.context, setup.classifications
    created = stamp(moment)
    rows = []
    net = 0
    taxable = 0
    for _ in range(lines.line_count(rng)):
        line = lines.SalesLine(setup, rng, created, client.per_dollar or 1.0, fully=index % 8 == 1)
        rows.append(
            tidy({**line.row, "amount": money.dollars(line.amount), "taxable": line.taxable})
        )
        net += line.amount
        taxable += line.amount if line.taxable and client.per_dollar is None else 0
    if index % 5 == 2:
        percent = rng.choice((2.5, 5.0, 10.0))
        goodwill = money.whole(money.share(net, percent), client.unit)
        rows.append(_goodwill(context, goodwill, percent))
        net += goodwill
    tax = draw_tax(rng, lists, created, taxable, 0.8)
    amount = net + tax.cents
    account = setup.chart.banks.pick(rng, created) if index % 4 == 1 else None
    bank = setup.organization.banks.pick(rng, created) if index % 4 == 3 else None
    row = tidy(
        {
            "id": context.ids.next("ccr"),  # [UNKNOWN]: the prefix is a guess in the contract
            "customerId": client.row["id"],
            "referenceNumber": f"CM-{1_000 + index}",
            "creditDate": date_text(moment // DAY - rng.randrange(4)),
            "description": "Service not rendered" if rng.random() < 0.4 else None,
            "archived": False,
            "salesTaxItemId": tax.item_id,
            "payToChartOfAccountId": account and account["id"],
            "payToBankAccountId": bank and bank["id"],
            "amount": money.dollars(amount),
            "salesTaxTotal": money.dollars(tax.cents) if tax.item_id else None,
            "salesTaxPercentage": tax.percentage,
            "createdTime": created,
            "creditMemoLineItems": rows,
            "classifications": lines.classify(
                rng, created, lines.header_choices(lists), fully=index % 8 == 3
            ),
        }
    )
    return row, amount


def _goodwill(context: Context, cents: int, percent: float) -> Row:
    """Return a line that is a percentage of those before it. ratePercent is [UNKNOWN]."""
    return {
        "id": context.ids.next("ili"),
        "description": f"Goodwill, {percent} %",
        "price": money.dollars(cents),
        "quantity": 1.0,
        "amount": money.dollars(cents),
        "ratePercent": percent,
        "taxable": False,
    }
