"""A small generated company with a stopped clock, and bodies to write into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bill_emulator import writes
from bill_emulator.clock import Clock
from bill_emulator.company import Company, generate
from bill_emulator.ids import Ids
from bill_emulator.options import Options, changed
from bill_emulator.store import Store

NOW = datetime(2026, 6, 3, 12, 0, 0, tzinfo=UTC)  # a Wednesday
TOMORROW = "2026-06-04"
DAY = 86_400
USER = "00602TESTUSERXXXX0001"

Row = dict[str, Any]


@cache
def company() -> Company:
    """Return the small company; stores do not change its rows."""
    return generate(1, 0.05, NOW)


@dataclass
class Office:
    """The store of an organization, and shorthands for writes by one user."""

    store: Store

    def create(self, list_name: str, body: Any) -> Row:
        return writes.create(self.store, list_name, body, USER)

    def patch(self, list_name: str, row_id: str, body: Any) -> Row:
        return writes.update(self.store, list_name, row_id, body, USER, replace=False)

    def put(self, list_name: str, row_id: str, body: Any) -> Row:
        return writes.update(self.store, list_name, row_id, body, USER, replace=True)

    def act(self, list_name: str, row_id: str, action: str, body: Row | None = None) -> Row:
        return writes.action(self.store, list_name, row_id, action, body or {}, USER)

    def verify(self, account_id: str, amount: Any) -> bool:
        return writes.verify(self.store, account_id, {"depositAmount": amount})

    def archive(self, list_name: str, row_id: str) -> Row:
        return writes.archive(self.store, list_name, row_id, USER)

    def restore(self, list_name: str, row_id: str) -> Row:
        return writes.restore(self.store, list_name, row_id, USER)

    def collect(
        self, method: str, list_name: str, suffix: str, body: Any = None, **params: str
    ) -> writes.Written:
        return writes.collection(self.store, list_name, method, suffix, body, params, USER)

    def row(self, list_name: str, row_id: str) -> Row:
        row = self.store.get(list_name, row_id)
        assert row is not None
        return row

    def first(self, list_name: str, **wanted: Any) -> Row:
        """Return the first row that is not archived and has these values."""
        for row in self.store.rows(list_name):
            matches = all(row.get(name) == value for name, value in wanted.items())
            if matches and not row.get("archived"):
                return row
        raise LookupError(list_name)

    def later(self, seconds: float = DAY) -> None:
        """Move the clock, and process the payments that are due."""
        self.store.clock.advance(seconds)
        writes.settle(self.store)

    def new_bill(self, amount: float = 100.0, **more: Any) -> Row:
        vendor_id = more.pop("vendorId", None) or self.first("vendors", billCurrency="USD")["id"]
        return self.create("bills", bill_body(vendor_id, amount) | more)

    def new_invoice(self, price: float = 100.0, **more: Any) -> Row:
        customer_id = more.pop("customerId", None) or self.first("customers")["id"]
        return self.create("invoices", invoice_body(customer_id, price) | more)

    def pay(self, bill: Row, amount: float, **more: Any) -> Row:
        return self.create("payments", self.payment_body(bill, amount) | more)

    def payment_body(self, bill: Row, amount: float) -> Row:
        bank = self.first("bank_accounts", status="VERIFIED")
        return {
            "billId": bill["id"],
            "amount": amount,
            "processDate": TOMORROW,
            "fundingAccount": {"type": "BANK_ACCOUNT", "id": bank["id"]},
            "processingOptions": {"createBill": False},
        }


def office(**options: Any) -> Office:
    """Open the small company with these options."""
    clock = Clock(frozen_at=NOW)
    return Office(Store(company(), clock, Ids(77), changed(Options(), options)))


def bill_body(vendor_id: str, *amounts: float) -> Row:
    """Return the body of a bill with a line for each amount."""
    return {
        "vendorId": vendor_id,
        "dueDate": "2026-07-01",
        "invoice": {"invoiceNumber": "T-1", "invoiceDate": "2026-06-01"},
        "billLineItems": [{"amount": amount, "description": "Work"} for amount in amounts],
    }


def invoice_body(customer_id: str, *prices: float) -> Row:
    """Return the body of an invoice with a line of two pieces for each price."""
    lines = [{"price": price, "quantity": 2, "description": "Piece"} for price in prices]
    return {"customer": {"id": customer_id}, "invoiceLineItems": lines}
