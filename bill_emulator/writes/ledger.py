"""What writes need to know across rows, kept beside each store so that no write scans a list."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from bill_emulator.store import Store

Row = dict[str, Any]


class Ledger:
    """Payments that time will move, bills with money under way, invoice numbers in use.

    `waiting` is a heap of (day, list, id): on that day the row is due for its next step. A row may
    have moved by another way since; whoever takes an entry looks at the row again.
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
        """Note a payment's next step: its processing, or its arrival at the vendor."""
        if payment.get("status") == "SCHEDULED":
            self._await(payment["processDate"], "payments", payment["id"])
        elif is_in_flight(payment):
            for part in payment["billPayments"]:
                self.in_flight[part["billId"]].add(payment["id"])
            self._await(arrival(payment), "payments", payment["id"])

    def watch_receipt(self, receipt: Row) -> None:
        """Note the day a customer's scheduled payment is received."""
        if receipt.get("status") == "SCHEDULED":
            self._await(receipt["paymentDate"], "receivable_payments", receipt["id"])

    def landed(self, payment: Row) -> None:
        """Note that the payment is no longer under way."""
        for part in payment["billPayments"]:
            self.in_flight[part["billId"]].discard(payment["id"])

    def take_due(self, today: str) -> tuple[str, str] | None:
        """Give the next (list, id) whose day has come; None when there is none."""
        if not self.waiting or self.waiting[0][0] > today:
            return None
        _, list_name, row_id = heapq.heappop(self.waiting)
        return list_name, row_id

    def free_invoice_number(self) -> str:
        """Give a number no invoice has, as BILL does when none is sent [DOC R:createinvoice]."""
        while str(self._next_invoice_number) in self.invoice_numbers:
            self._next_invoice_number += 1
        return str(self._next_invoice_number)

    def _await(self, day: str, list_name: str, row_id: str) -> None:
        heapq.heappush(self.waiting, (day, list_name, row_id))


def is_in_flight(payment: Row) -> bool:
    """Say whether BILL has processed the payment and the vendor does not have it yet."""
    return payment.get("status") == "PAID" and payment.get("disbursementStatus") == "IN_PROGRESS"


def arrival(payment: Row) -> str:
    """Give the day the money is with the vendor: arrivesByDate of whichever way it goes."""
    ways = payment.get("disbursementInfo", {}).values()
    days = [
        way["arrivesByDate"] for way in ways if isinstance(way, dict) and "arrivesByDate" in way
    ]
    return str(max(days, default=payment["processDate"]))


_LEDGERS: WeakKeyDictionary[Store, Ledger] = WeakKeyDictionary()


def ledger_of(store: Store) -> Ledger:
    """Give the store's ledger, made at the first use by one pass over the payments."""
    found = _LEDGERS.get(store)
    if found is None:
        found = _LEDGERS[store] = Ledger(store)
    return found
