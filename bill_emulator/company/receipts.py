"""Generates received payments: which invoices customers pay, when and how.

As with payments to vendors, statuses follow from time: each invoice has a day on which it is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import history, money
from bill_emulator.company.context import tidy
from bill_emulator.company.invoices import FEE_PERCENT
from bill_emulator.company.timeline import DAY, business_day, date_text, stamp

if TYPE_CHECKING:
    from bill_emulator.company.context import Context, Row
    from bill_emulator.company.customers import Client
    from bill_emulator.company.invoices import Invoice
    from bill_emulator.company.users_and_accounts import Organization

MOST_TOGETHER = 5
DUNNED_FOR = (40, 75)
"""Days after the due date until a late customer pays, or the invoice is archived."""
REST_AFTER = (14, 45)
"""Days between the payments of the first part of an invoice and the rest."""


@dataclass
class Receipt:
    """A planned received payment."""

    client: Client
    created: int
    paid_day: int
    shares: list[tuple[Invoice, int]]
    status: str
    unapplied: int = 0


class ReceiptMaker:
    """Generates the received payments of a company."""

    def __init__(self, context: Context, organization: Organization) -> None:
        self._context = context
        self._organization = organization
        self._timeline = context.timeline
        self._rng = context.chance("receipts")
        self._waiting: dict[str, Receipt] = {}
        self._receipts: list[Receipt] = []

    def make(self, invoices: list[Invoice]) -> list[Row]:
        """Generate all rows, in order of creation."""
        for index, invoice in enumerate(invoices):
            if invoice.payable and invoice.open > 0:
                self._settle(invoice, index)
        self._receipts.sort(key=lambda receipt: receipt.created)
        rows = [self._row(receipt, turn) for turn, receipt in enumerate(self._receipts)]
        history.update_in_bulk(rows, self._rng, self._timeline)
        return rows

    def _settle(self, invoice: Invoice, index: int) -> None:
        """Plan the payment of an invoice: at once, in two parts, or late."""
        rng = self._rng
        late = rng.randrange(-4, 3) if rng.random() < 0.7 else rng.randrange(3, 40)
        if index % 17 == 4:
            late = rng.randrange(*DUNNED_FOR)
            if index % 2 and not invoice.credit:
                self._write_off(invoice, invoice.due_day + late)
                return
        day = max(invoice.due_day + late, invoice.created // DAY + 1)
        if index % 13 == 6:
            part = money.whole(invoice.open * rng.randint(30, 70) // 100, invoice.client.unit)
            self._pay(invoice, index, day, part)
            self._pay(invoice, index, day + rng.randrange(*REST_AFTER), invoice.open)
        else:
            self._pay(invoice, index, day, invoice.open)

    def _write_off(self, invoice: Invoice, day: int) -> None:
        """Archive an invoice that is never paid. Until that day it is open."""
        if day >= self._timeline.today:
            return
        invoice.row["archived"] = True
        invoice.row["recordStatus"] = "INACTIVE"
        moment = max(invoice.last, day * DAY)
        invoice.last = self._timeline.after(self._rng, moment, 5)

    def _pay(self, invoice: Invoice, index: int, day: int, cents: int) -> None:
        """Plan a payment, and another one some days later if it fails."""
        status = self._plan(invoice, index, day, cents)
        if status in ("VOID", "CANCELED"):
            self._plan(invoice, index, day + self._rng.randrange(5, 20), cents, again=True)

    def _plan(
        self, invoice: Invoice, index: int, day: int, cents: int, *, again: bool = False
    ) -> str | None:
        """Plan a payment, or add it to the customer's last one. Return its status."""
        rng = self._rng
        waiting = self._waiting.get(invoice.client.row["id"])
        if (
            waiting
            and waiting.status == "PAID"
            and waiting.created > invoice.last
            and abs(waiting.paid_day - day) < 5
            and len(waiting.shares) < MOST_TOGETHER
            and all(other is not invoice for other, _ in waiting.shares)
        ):
            self._add(waiting, invoice, cents)
            return waiting.status
        # Customers who authorized it are charged in advance. Other payments are recorded.
        ahead = bool(invoice.client.row["authorizedToCharge"]) or index % 9 == 4
        early = rng.randint(1, 30) if ahead else 0
        moment = self._timeline.after(rng, max(invoice.last, (day - early) * DAY), 2)
        if moment >= self._timeline.end:
            return None
        paid_day = business_day(max(day, moment // DAY + 1)) if ahead else moment // DAY
        receipt = Receipt(invoice.client, moment, paid_day, [], "")
        receipt.status = self._status(receipt, index, again=again)
        self._add(receipt, invoice, cents)
        if receipt.status == "PAID":
            self._waiting[invoice.client.row["id"]] = receipt
            if index % 43 == 12 and invoice.client.unit == 1:
                receipt.unapplied = money.price_between(rng, 500, 50_000)
        self._receipts.append(receipt)
        return receipt.status

    def _status(self, receipt: Receipt, index: int, *, again: bool) -> str:
        if index % 53 == 9 and not again:
            return "VOID" if receipt.paid_day <= self._timeline.today else "CANCELED"
        if index % 61 == 15 and not again:
            return "CANCELED"
        return "SCHEDULED" if receipt.paid_day > self._timeline.today else "PAID"

    def _add(self, receipt: Receipt, invoice: Invoice, cents: int) -> None:
        """Apply the payment to a part of the invoice."""
        receipt.shares.append((invoice, cents))
        if receipt.status == "PAID":
            invoice.received += cents
        elif receipt.status == "SCHEDULED":
            invoice.scheduled += cents
        invoice.last = max(invoice.last, receipt.created)

    def _row(self, receipt: Receipt, turn: int) -> Row:
        rng = self._rng
        created = stamp(receipt.created)
        receipt_id = self._context.ids.next("0rp")
        paid = date_text(receipt.paid_day)
        applied = sum(cents for _, cents in receipt.shares)
        amount = applied + receipt.unapplied
        kind = self._kind(receipt, turn)
        bank = self._organization.banks.pick(rng, created)
        for invoice, cents in receipt.shares:
            shown = {"id": receipt_id, "amount": money.dollars(cents), "status": receipt.status}
            invoice.payments.append({**shown, "date": paid})
        changed = receipt.created
        if receipt.status in ("VOID", "CANCELED"):
            changed = self._timeline.after(rng, receipt.created, 6)
        elif receipt.status == "PAID" and receipt.paid_day * DAY > receipt.created:
            changed = min(receipt.paid_day * DAY + 11 * 3600 + 240, self._timeline.end)
        for invoice, _ in receipt.shares:
            invoice.last = max(invoice.last, changed)
        charged = money.whole(money.share(amount, FEE_PERCENT), receipt.client.unit)
        fee = charged if kind == "CREDIT_CARD" and turn % 2 else None
        return tidy(
            {
                "amount": money.dollars(amount),
                "id": receipt_id,
                "customerId": receipt.client.row["id"],
                "invoicePayments": [
                    {
                        "invoiceId": invoice.row["id"],
                        "amount": money.dollars(cents),
                        "paymentDate": paid,
                    }
                    for invoice, cents in receipt.shares
                ],
                "description": "Thank you" if rng.random() < 0.15 else None,
                "paymentDate": paid,
                "fundingAccount": self._funding(receipt, kind),
                "receivablesAccount": (
                    {"id": bank["id"], "type": "BANK_ACCOUNT"} if bank else None
                ),
                "unappliedAmount": money.dollars(receipt.unapplied),
                "convenienceFeeAmount": money.dollars(fee) if fee else None,
                "receivablesType": kind,
                "status": receipt.status,
                "referenceNumber": (
                    f"{rng.randrange(1_000, 99_999)}" if kind is None or turn % 3 == 0 else None
                ),
                "onlinePayment": kind is not None or receipt.client.account_id is not None,
                "createdTime": created,
                "updatedTime": stamp(changed),
            }
        )

    def _kind(self, receipt: Receipt, turn: int) -> str | None:
        """Choose the receivablesType. Only CREDIT_CARD and WALLET have been seen [DOC PM]."""
        if receipt.client.account_id is None and turn % 3:
            return None
        return "CREDIT_CARD" if turn % 4 == 1 else "WALLET"

    def _funding(self, receipt: Receipt, kind: str | None) -> Row | None:
        """Return the customer's bank account, for payments through BILL."""
        account = receipt.client.account_id
        if kind is None or account is None:
            return None
        return {"id": account, "type": "CARD_ACCOUNT" if kind == "CREDIT_CARD" else "BANK_ACCOUNT"}
