"""Processes payments as time passes: on their day, and in steps until the vendor has them.

Rows change when this runs, and that time is their updatedTime. To a client it looks as if they had
changed on their own just before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.writes import balances, bills, disbursement, invoices, payment_cancellation
from bill_emulator.writes.business_days import today
from bill_emulator.writes.lookups import ledger_of

if TYPE_CHECKING:
    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Row


def settle(store: Store) -> int:
    """Take all steps of payments that are due. Return how many were taken.

    This is cheap if nothing is due: payments are in a heap, and only the first call scans a list.
    """
    ledger = ledger_of(store)
    day = today(store).isoformat()
    steps = 0
    while (due := ledger.take_due(day)) is not None:
        list_name, row_id = due
        row = store.get(list_name, row_id)
        if row is not None:
            _step(store, list_name, row)
            steps += 1
    return steps


def _step(store: Store, list_name: str, row: Row) -> None:
    if list_name == "receivable_payments":
        if row["status"] == "SCHEDULED":
            _receive(store, row)
    elif row["status"] == "SCHEDULED":
        _process(store, row)
    elif disbursement.next_day(row) is not None:
        _further(store, row)


def _process(store: Store, payment: Row) -> None:
    """Process a payment: it is PAID and in flight, and its bills are IN_PROCESS [INFER].

    A recorded payment has no further steps.
    """
    processed = {**payment, "status": "PAID"}
    if "singleStatus" in payment:
        processed["singleStatus"] = "FUNDING_STARTED"
    stored = balances.replace(store, "payments", processed)
    ledger_of(store).watch_payment(stored)
    for part in payment.get("billPayments", ()):
        bills.move(store, part["billId"], paid=part["amount"], scheduled=-part["amount"])
    _note_last_payment(store, payment)


def _further(store: Store, payment: Row) -> None:
    """Take the next step of a payment. Its bills are PAID when the vendor has received it."""
    if disbursement.has_failed(payment):
        payment_cancellation.give_up(store, payment)
        return
    stored = balances.replace(store, "payments", disbursement.stepped(payment))
    ledger_of(store).watch_payment(stored)
    if disbursement.is_in_flight(payment) and not disbursement.is_in_flight(stored):
        for part in payment.get("billPayments", ()):
            bills.move(store, part["billId"])


def _note_last_payment(store: Store, payment: Row) -> None:
    vendor = store.get("vendors", payment["vendorId"])
    if vendor is not None:
        information = vendor.get("paymentInformation", {})
        noted = {**information, "lastPaymentDate": payment["processDate"]}
        touch = store.options.balance_touches_vendor
        balances.replace(store, "vendors", {**vendor, "paymentInformation": noted}, touch=touch)


def _receive(store: Store, receipt: Row) -> None:
    """Receive the payment of a charge."""
    balances.replace(store, "receivable_payments", {**receipt, "status": "PAID"})
    for part in receipt.get("invoicePayments", ()):
        day = part.get("paymentDate", receipt["paymentDate"])
        shown = {"id": receipt["id"], "amount": part["amount"], "status": "PAID", "date": day}
        invoices.move(store, part["invoiceId"], shown, scheduled=-part["amount"])
