"""Facts across rows that writes need, kept for each store so that no write scans a list."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bill_emulator.writes.disbursement import is_in_flight, next_day

if TYPE_CHECKING:
    from bill_emulator.store import Store

Row = dict[str, Any]


class Ledger:
    """Payments with a next step, bills with a payment in flight, and invoice numbers in use.

    `waiting` is a heap of (day, list, id): the row has its next step on that day. The row may have
    changed in the meantime, so code that takes an entry must check the row again.
    """

    def __init__(self, store: Store) -> None:
        self.waiting: list[tuple[str, str, str]] = []
        self.in_flight: defaultdict[str, set[str]] = defaultdict(set)
        self.invoice_numbers: dict[str, str] = {}
        self._next_invoice_number = 1001
        for payment in store.rows("payments"):
            self.watch_payment(payment)
        for receipt in store.rows("receivable_payments"):
            self.watch_receipt(receipt)
        for invoice in store.rows("invoices"):
            if "invoiceNumber" in invoice:
                self.invoice_numbers.setdefault(invoice["invoiceNumber"], invoice["id"])
        heapq.heapify(self.waiting)

    def watch_payment(self, payment: Row) -> None:
        """Record the day of a payment's next step, and whether the payment is in flight."""
        day = next_day(payment)
        if day is not None:
            self._await(day, "payments", payment["id"])
        if is_in_flight(payment):
            for part in payment.get("billPayments", ()):
                self.in_flight[part["billId"]].add(payment["id"])
        else:
            self.landed(payment)

    def watch_receipt(self, receipt: Row) -> None:
        """Record the day on which a customer's scheduled payment is received."""
        if receipt.get("status") == "SCHEDULED":
            self._await(receipt["paymentDate"], "receivable_payments", receipt["id"])

    def landed(self, payment: Row) -> None:
        """Record that the payment is no longer in flight."""
        for part in payment.get("billPayments", ()):
            if part["billId"] in self.in_flight:
                self.in_flight[part["billId"]].discard(payment["id"])

    def take_due(self, today: str) -> tuple[str, str] | None:
        """Return the next (list, id) that is due, or None."""
        if not self.waiting or self.waiting[0][0] > today:
            return None
        _, list_name, row_id = heapq.heappop(self.waiting)
        return list_name, row_id

    def free_invoice_number(self) -> str:
        """Return an unused invoice number, for a create without one [DOC R:createinvoice]."""
        while str(self._next_invoice_number) in self.invoice_numbers:
            self._next_invoice_number += 1
        return str(self._next_invoice_number)

    def _await(self, day: str, list_name: str, row_id: str) -> None:
        heapq.heappush(self.waiting, (day, list_name, row_id))


_LEDGERS: WeakKeyDictionary[Store, Ledger] = WeakKeyDictionary()


def ledger_of(store: Store) -> Ledger:
    """Return the ledger of a store. The first call builds it in one pass over the payments."""
    found = _LEDGERS.get(store)
    if found is None:
        found = _LEDGERS[store] = Ledger(store)
    return found
