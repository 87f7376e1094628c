"""Generates vendor credits, before the payments that use them, and completes them after that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bill_emulator.company import history, lines, money
from bill_emulator.company.context import tidy
from bill_emulator.company.timeline import DAY, date_text, stamp

if TYPE_CHECKING:
    from bill_emulator.company.bills import Bill
    from bill_emulator.company.context import Context, Pool, Row
    from bill_emulator.company.initial_data import Setup
    from bill_emulator.company.vendors import Supplier


@dataclass
class Credit:
    """The row of a vendor credit and, in cents, what is left of it."""

    row: Row
    created: int
    amount: int
    left: int
    last: int
    usage: list[Row] = field(default_factory=list)

    def use(self, bill: Bill, cents: int, moment: int) -> Row:
        """Apply a part of the credit to a bill. The payment id is set later."""
        self.left -= cents
        self.last = max(self.last, moment)
        bill.credit += cents
        bill.paid += cents
        used: Row = {"billId": bill.row["id"], "amount": money.dollars(cents)}
        self.usage.append(used)
        return used


def generate_vendor_credits(
    setup: Setup, suppliers: Pool[Supplier], customers: Pool[Row]
) -> list[Credit]:
    """Generate the credits, and add each to its vendor for later payments."""
    context, chart, lists = setup.context, setup.chart, setup.classifications
    rng = context.chance("vendor credits")
    choices = (
        *lines.common_choices(lists),
        ("chartOfAccountId", chart.spending, 0.7),
        ("itemId", lists.items, 0.15),
        ("employeeId", lists.employees, 0.15),
        ("customerId", customers, 0.15),
    )
    moments = context.timeline.moments(rng, context.count(60, 8), opening=12, bulk=0.1)
    credits_made = []
    for index, moment in enumerate(moments):
        created = stamp(moment)
        supplier = suppliers.pick(rng, created)
        if supplier is None:
            continue
        rows: list[Row] = []
        total = 0
        for _ in range(lines.line_count(rng)):
            amount = money.price_between(rng, 3_000, 150_000)
            if supplier.per_dollar:
                amount = lines.in_currency(amount, supplier.per_dollar)
            total += amount
            rows.append(
                tidy(
                    {
                        "id": context.ids.next("vci"),
                        "description": (
                            f"Return: {rng.choice(supplier.trade.lines).lower()}"
                            if rng.random() < 0.8
                            else None
                        ),
                        "amount": money.dollars(amount),
                        "classifications": lines.classify(
                            rng, created, choices, fully=index % 10 == 3
                        ),
                    }
                )
            )
        # Only one of the two fields can be set [DOC hc/reference/createvendorcredit].
        to_account = chart.banks.pick(rng, created) if index % 4 == 1 else None
        to_bank = setup.organization.banks.pick(rng, created) if index % 4 == 2 else None
        row = tidy(
            {
                "id": context.ids.next("vcr"),
                "vendorId": supplier.row["id"],
                "referenceNumber": f"CR-{rng.randrange(1_000, 99_999)}",
                "creditDate": date_text(moment // DAY - rng.randrange(6)),
                "description": "Returned goods" if rng.random() < 0.5 else None,
                "archived": False,
                "applyToChartOfAccountId": to_account and to_account["id"],
                "applyToBankAccountId": to_bank and to_bank["id"],
                "amount": money.dollars(total),
                "createdTime": created,
                "vendorCreditLineItems": rows,
            }
        )
        credit = Credit(row=row, created=moment, amount=total, left=total, last=moment)
        credits_made.append(credit)
        if index % 4:  # a quarter is never used
            supplier.open_credits.append(credit)
    return credits_made


def finish_vendor_credits(context: Context, credits_made: list[Credit]) -> list[Row]:
    """Set the applied amounts of the credits, and archive some that were never used."""
    rng = context.chance("vendor credits finished")
    rows = []
    for credit in credits_made:
        applied = credit.amount - credit.left
        row = credit.row
        row["appliedAmount"] = money.dollars(applied)
        row["status"] = money.credit_status(credit.amount, applied)
        row["updatedTime"] = stamp(credit.last)
        if credit.usage:
            row["usage"] = credit.usage
        rows.append(row)
    history.update_in_bulk(rows, rng, context.timeline, 0.1)
    history.archive_some([row for row in rows if "usage" not in row], rng, context.timeline)
    return rows
