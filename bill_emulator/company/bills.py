"""Generates bills: lines, dates and approval. The paid amounts are set after the payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import history, lines, money
from bill_emulator.company.approvals import Approval, draw_approvers
from bill_emulator.company.context import tidy
from bill_emulator.company.timeline import DAY, date_text, stamp

if TYPE_CHECKING:
    from bill_emulator.company.context import Context, Pool, Row
    from bill_emulator.company.initial_data import Setup
    from bill_emulator.company.vendors import Supplier


@dataclass
class Bill:
    """The row of a bill and, in cents, the sums of its payments."""

    row: Row
    supplier: Supplier
    created: int
    due_day: int
    amount: int
    ready: int | None  # the moment from which it can be paid
    last: int  # the moment of its last change
    paid: int = 0  # cleared payments and credits
    scheduled: int = 0
    credit: int = 0
    in_flight: bool = False

    @property
    def open(self) -> int:
        """Return what is neither paid nor scheduled, in cents."""
        return self.amount - self.paid - self.scheduled


class BillMaker:
    """Generates the bills of a company."""

    def __init__(self, setup: Setup, customers: Pool[Row]) -> None:
        self._context = setup.context
        self._organization = setup.organization
        self._chart = setup.chart
        self._rng = setup.context.chance("bills")
        lists = setup.classifications
        self._choices = (
            *lines.common_choices(lists),
            ("employeeId", lists.employees, 0.08),
            ("itemId", lists.items, 0.15),
            ("customerId", customers, 0.08),
        )
        self._header = (
            ("chartOfAccountId", setup.chart.spending, 0.2),
            ("accountingClassId", lists.accounting_classes, 0.1),
            ("departmentId", lists.departments, 0.15),
            ("locationId", lists.locations, 0.15),
            ("itemId", lists.items, 0.05),
        )

    def make(self, suppliers: Pool[Supplier]) -> list[Bill]:
        """Generate all bills, in order of creation."""
        timeline = self._context.timeline
        moments = timeline.moments(self._rng, self._context.count(2_000, 60), opening=9, bulk=0.25)
        bills = []
        for index, moment in enumerate(moments):
            supplier = suppliers.pick(self._rng, stamp(moment))
            if supplier is not None:
                bills.append(self._bill(supplier, moment, index))
        return bills

    def _bill(self, supplier: Supplier, moment: int, index: int) -> Bill:
        rng, context = self._rng, self._context
        created = stamp(moment)
        rate = money.drifting(rng, supplier.per_dollar) if supplier.per_dollar else None
        rows, amount = self._lines(supplier, created)
        record = _record_status(index)
        to_approve = 0 if record.startswith("DRAFT") else amount
        users = draw_approvers(rng, self._organization, created, to_approve)
        approval = Approval(rng, context.timeline, users, moment, index)
        invoice_day = moment // DAY - rng.randrange(9)
        due_day = invoice_day + supplier.term.days
        creator = self._organization.clerks.pick(rng, created)
        pay_from = self._chart.banks.pick(rng, created) if rng.random() < 0.3 else None
        row = tidy(
            {
                "archived": record != "ACTIVE",
                "id": context.ids.next("00n"),
                "vendorId": supplier.row["id"],
                "vendorName": supplier.row["name"],
                "fundingAmount": money.dollars(money.funding(amount, rate)) if rate else None,
                "amount": money.dollars(amount),
                "exchangeRate": rate,
                "description": (
                    f"{supplier.trade.name}, {date_text(invoice_day)[:7]}"
                    if rng.random() < 0.45
                    else None
                ),
                "dueDate": date_text(due_day),
                "invoice": {
                    "invoiceDate": date_text(invoice_day),
                    "invoiceNumber": supplier.next_number(),
                },
                "billLineItems": rows,
                "payFromChartOfAccountId": pay_from and pay_from["id"],
                "approvalStatus": approval.status,
                "createdTime": created,
                "classifications": lines.classify(rng, created, self._header),
                "approvers": approval.approvers or None,
                "purchaseOrderNumber": (
                    f"PO-{rng.randrange(10_000, 99_999)}" if rng.random() < 0.15 else None
                ),
                "recordStatus": record,
                "createdBy": creator and creator["id"],
                "paymentTermId": supplier.term.id if rng.random() < 0.6 else None,
            }
        )
        payable = record == "ACTIVE"
        last = approval.last if payable else context.timeline.after(rng, approval.last, 30)
        return Bill(
            row=row,
            supplier=supplier,
            created=moment,
            due_day=due_day,
            amount=amount,
            ready=approval.ready if payable else None,
            last=last,
        )

    def _lines(self, supplier: Supplier, created: str) -> tuple[list[Row], int]:
        """Return lines and their sum in cents."""
        rows = []
        total = 0
        for _ in range(lines.line_count(self._rng)):
            row, amount = self._line(supplier, created)
            rows.append(row)
            total += amount
        return rows, total

    def _line(self, supplier: Supplier, created: str) -> tuple[Row, int]:
        rng, trade = self._rng, supplier.trade
        amount = money.price_between(rng, trade.low, trade.high)
        if supplier.per_dollar:
            amount = lines.in_currency(amount, supplier.per_dollar)
        row: Row = {"id": self._context.ids.next("bli")}
        if rng.random() < 0.35:
            halves, row["quantity"] = lines.quantity(rng)
            even = max(100, 2 * supplier.unit)
            price = max(money.whole(amount // halves, even), even)
            row["price"] = money.dollars(price)
            amount = price * halves // 2
        row["amount"] = money.dollars(amount)
        if rng.random() < 0.85:
            row["description"] = rng.choice(trade.lines)
        classifications = lines.classify(rng, created, self._choices) or {}
        account = supplier.account or self._chart.spending.pick(rng, created)
        if account is not None and rng.random() < 0.85:
            classifications["chartOfAccountId"] = account["id"]
        if classifications:
            row["classifications"] = classifications
        return row, amount


def _record_status(index: int) -> str:
    """Return the recordStatus. Few bills are not ACTIVE, but every status occurs."""
    if index % 83 == 50:
        return "DRAFT"
    if index % 197 == 45:
        return "DRAFT_DELETED"
    return "INACTIVE" if index % 37 == 36 else "ACTIVE"


def finish_bills(context: Context, bills: list[Bill]) -> list[Row]:
    """Set the sums of the bills after their payments, and the balances of their vendors."""
    for bill in bills:
        row = bill.row
        row["paidAmount"] = money.dollars(bill.paid)
        row["dueAmount"] = money.dollars(bill.open)
        row["scheduledAmount"] = money.dollars(bill.scheduled)
        row["creditAmount"] = money.dollars(bill.credit)
        row["paymentStatus"] = money.bill_status(
            bill.amount,
            bill.paid,
            bill.scheduled,
            in_flight=bill.in_flight,
            partly_scheduled=context.partly_scheduled,
        )
        row["updatedTime"] = stamp(bill.last)
        if not row["archived"]:
            bill.supplier.owed += bill.open
            bill.supplier.last_change = max(bill.supplier.last_change, bill.last)
    rows = [bill.row for bill in bills]
    history.update_in_bulk(rows, context.chance("bills in bulk"), context.timeline)
    return rows
