"""Generates invoices: lines, taxes and dates. Payments and credits are set later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bill_emulator.company import history, lines, money
from bill_emulator.company.context import tidy
from bill_emulator.company.timeline import DAY, date_text, stamp

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.classifications import Classifications
    from bill_emulator.company.context import Context, Pool, Row
    from bill_emulator.company.customers import Client
    from bill_emulator.company.initial_data import Setup

FEE_PERCENT = 2.9


@dataclass
class Invoice:
    """The row of an invoice and, in cents, the sums of its payments and credits."""

    row: Row
    client: Client
    created: int
    due_day: int
    total: int
    last: int
    received: int = 0
    scheduled: int = 0
    credit: int = 0
    payments: list[Row] = field(default_factory=list)

    @property
    def open(self) -> int:
        """Return what is neither settled nor scheduled, in cents."""
        return self.total - self.received - self.scheduled - self.credit

    @property
    def payable(self) -> bool:
        """Return whether it was sent, which means it is neither a draft nor archived."""
        return not self.row["archived"]


@dataclass(frozen=True)
class SalesTax:
    """The sales tax of an invoice or credit memo."""

    item_id: str | None = None
    percentage: float | None = None
    cents: int = 0


def draw_tax(rng: Random, lists: Classifications, at: str, taxable: int, chance: float) -> SalesTax:
    """Choose a sales tax for an amount of taxable lines; none if there are none."""
    item = lists.sales_taxes.pick(rng, at)
    if not taxable or item is None or rng.random() >= chance:
        return SalesTax()
    return SalesTax(item["id"], item["percentage"], money.share(taxable, item["percentage"]))


class InvoiceMaker:
    """Generates the invoices of a company."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._context = setup.context
        self._organization = setup.organization
        self._chart = setup.chart
        self._lists = setup.classifications
        self._rng = setup.context.chance("invoices")
        self._header = lines.header_choices(setup.classifications)

    def make(self, clients: Pool[Client]) -> list[Invoice]:
        """Generate all invoices, in order of creation."""
        moments = self._context.timeline.moments(
            self._rng, self._context.count(1_200, 40), opening=9, bulk=0.25
        )
        invoices = []
        for index, moment in enumerate(moments):
            client = clients.pick(self._rng, stamp(moment))
            if client is not None:
                invoices.append(self._invoice(client, moment, index))
        return invoices

    def _invoice(self, client: Client, moment: int, index: int) -> Invoice:
        rng, context = self._rng, self._context
        created = stamp(moment)
        sold = [
            lines.SalesLine(self._setup, rng, created, client.per_dollar or 1.0)
            for _ in range(lines.line_count(rng))
        ]
        # Sales to other countries are not taxed.
        taxed = client.per_dollar is None
        taxable = sum(line.amount for line in sold if line.taxable and taxed)
        tax = draw_tax(rng, self._lists, created, taxable, 0.75)
        total = sum(line.amount for line in sold) + tax.cents
        record = _record_status(index)
        invoice_day = moment // DAY - rng.randrange(3)
        due_day = invoice_day + client.term.days
        creator = self._organization.clerks.pick(rng, created)
        account = self._chart.banks.pick(rng, created) if rng.random() < 0.35 else None
        card = rng.random() < 0.4
        row = tidy(
            {
                "id": context.ids.next("00e"),
                "archived": record != "ACTIVE",
                "invoiceNumber": f"{20_000 + index}" if index % 5 else f"HF-{index:05}",
                "invoiceDate": date_text(invoice_day),
                "dueDate": date_text(due_day),
                "customerId": client.row["id"],
                "totalAmount": money.dollars(total),
                "exchangeRate": (
                    money.drifting(rng, client.per_dollar) if client.per_dollar else None
                ),
                "createdTime": created,
                "invoiceLineItems": [tidy(line.row) for line in sold],
                "payToChartOfAccountId": account and account["id"],
                "classifications": lines.classify(rng, created, self._header),
                "salesTaxItemId": tax.item_id,
                "salesTaxTotal": money.dollars(tax.cents) if tax.item_id else None,
                "salesTaxPercentage": tax.percentage,
                "enableCardPayment": card,
                "convenienceFee": (
                    {"percentage": FEE_PERCENT} if card and rng.random() < 0.5 else None
                ),
                "invoicePdfId": context.ids.next("att") if record != "DRAFT" else None,
                "recordStatus": record,
                "createdBy": creator and creator["id"],
                "paymentTermId": client.term.id if rng.random() < 0.6 else None,
            }
        )
        sent = record == "ACTIVE"
        last = moment if sent else context.timeline.after(rng, moment, 40)
        return Invoice(row, client, moment, due_day, total, last)


def _record_status(index: int) -> str:
    """Return the recordStatus. Few invoices are not ACTIVE, but every status occurs."""
    if index % 59 == 30:
        return "DRAFT"
    return "INACTIVE" if index % 41 == 20 else "ACTIVE"


def finish_invoices(context: Context, invoices: list[Invoice]) -> list[Row]:
    """Set the sums of the invoices after payments and credits, and customers' balances."""
    for invoice in invoices:
        row = invoice.row
        settled = invoice.received + invoice.credit
        row["dueAmount"] = money.dollars(invoice.open)
        row["scheduledAmount"] = money.dollars(invoice.scheduled)
        row["creditAmount"] = money.dollars(invoice.credit)
        # An archived invoice stays OPEN [LIVE MJ].
        row["status"] = money.invoice_status(
            invoice.total,
            settled,
            invoice.scheduled,
            partly_scheduled=context.partly_scheduled,
        )
        row["updatedTime"] = stamp(invoice.last)
        if invoice.payments:
            row["payments"] = invoice.payments
        if invoice.payable:
            invoice.client.owed += invoice.open
    rows = [invoice.row for invoice in invoices]
    history.update_in_bulk(rows, context.chance("invoices in bulk"), context.timeline)
    return rows
