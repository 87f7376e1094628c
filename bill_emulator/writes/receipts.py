"""Received payments: recorded as received outside BILL, or charges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.writes import balances, invoices, request_body
from bill_emulator.writes.business_days import today
from bill_emulator.writes.lookups import ledger_of
from bill_emulator.writes.money import minus, rounded, total
from bill_emulator.writes.values import populated, typed
from bill_emulator.writes.write_errors import business, invalid, invalid_entity, missing
from bill_emulator.writes.write_plan import Row

if TYPE_CHECKING:
    from bill_emulator.store import Store

PAYMENT_TYPES = ("CASH", "CHECK", "CREDIT_CARD", "ACH", "PAYPAL", "OTHER")
"""The types of recorded payments [DOC D:recording-an-ar-payment]."""
_RECORDED = {
    "customerId": "string",
    "paymentDate": "date",
    "paymentType": "string",
    "amount": "number",
    "description": "string",
    "invoices": [{"id": "string", "amount": "number"}],
}
Parts = Sequence[tuple[Row, float]]


def record(store: Store, body: Any) -> Row:
    """Record a payment received outside BILL [DOC D:recording-an-ar-payment].

    The part that is not applied to an invoice is the unappliedAmount.

    Raises:
        Refused: an invoice, its customer or an amount is invalid.
    """
    fields: Row = typed("", _RECORDED, {} if body is None else body)
    needed = ("paymentDate", "paymentType", "amount", "invoices")
    absent = [name for name in needed if fields.get(name) is None]
    if absent:
        raise missing(absent)
    if fields["paymentType"] not in PAYMENT_TYPES:
        raise invalid(f"paymentType: must be one of {', '.join(PAYMENT_TYPES)}")
    sent = [{"invoiceId": part.get("id"), **part} for part in fields["invoices"]]
    parts = _parts(store, sent, fields.get("customerId"))
    amount = rounded(fields["amount"])
    unapplied = minus(amount, *(used for _, used in parts))
    if amount <= 0 or unapplied < 0:
        raise invalid_entity("amount: is less than what is applied to invoices.")
    customer_id = fields.get("customerId") or (parts[0][0]["customerId"] if parts else None)
    if customer_id is None:
        raise missing(["customerId"])
    customer = balances.row_of(store, "customers", customer_id)
    row = {
        "customerId": customer["id"],
        "amount": amount,
        "description": fields.get("description"),
        "unappliedAmount": unapplied,
        "receivablesType": fields["paymentType"],
        "status": "PAID",
        "onlinePayment": False,
    }
    return _make(store, row, fields["paymentDate"], parts)


def charge(store: Store, body: Any) -> Row:
    """Charge a customer. The payment is SCHEDULED until its day [DOC hc chargecustomer].

    Raises:
        Refused: the customer has not allowed it or has no bank account [DOC D:ar-charge-customer;
            the code INFER], or an invoice or an amount is invalid.
    """
    fields = request_body.read(store, "receivable_payments", body, creating=True, whole=True)
    customer = balances.row_of(store, "customers", fields["customerId"])
    if not customer.get("authorizedToCharge"):
        raise invalid_entity(f"customerId: {customer['id']} has not authorized the charge.")
    if not customer.get("hasBankAccount"):
        raise invalid_entity(f"customerId: {customer['id']} has no bank account.")
    day = fields.get("paymentDate") or today(store).isoformat()
    if day < today(store).isoformat():
        raise invalid_entity("paymentDate: is in the past.")
    parts = _parts(store, fields["invoicePayments"], customer["id"])
    if not parts:
        raise invalid("invoicePayments: must not be empty")
    row = {
        "customerId": customer["id"],
        "amount": total(used for _, used in parts),
        "description": fields.get("description"),
        "fundingAccount": fields["fundingAccount"],
        "unappliedAmount": 0.0,
        "receivablesType": "ACH",
        "status": "SCHEDULED",
        "onlinePayment": True,
    }
    return _make(store, row, day, parts)


def _parts(store: Store, sent: Sequence[Row], customer_id: str | None) -> Parts:
    """Check the amount for each invoice. All belong to one customer [DOC, same page]."""
    parts: list[tuple[Row, float]] = []
    due: dict[str, float] = {}
    for part in sent:
        if part.get("invoiceId") is None or part.get("amount") is None:
            raise missing(["invoices.id", "invoices.amount"])
        invoice = balances.row_of(store, "invoices", part["invoiceId"])
        customer_id = customer_id or invoice["customerId"]
        if invoice["customerId"] != customer_id:
            raise business("BDC_1118", "Entity mismatch.")
        used = rounded(part["amount"])
        left = minus(due.setdefault(invoice["id"], invoice["dueAmount"]), used)
        if used <= 0 or left < 0 or invoice.get("archived"):
            raise invalid_entity(f"{invoice['id']}: cannot take a payment of {used}.")
        due[invoice["id"]] = left
        parts.append((invoice, used))
    return parts


def _make(store: Store, fields: Row, day: str, parts: Parts) -> Row:
    """Insert the received payment and add it to its invoices."""
    row = {
        **fields,
        "id": store.ids.next(LISTS["receivable_payments"].id_prefix),
        "paymentDate": day,
        "invoicePayments": [
            {"invoiceId": invoice["id"], "amount": used, "paymentDate": day}
            for invoice, used in parts
        ],
    }
    receipt = balances.insert(store, "receivable_payments", populated(row))
    ledger_of(store).watch_receipt(receipt)
    waiting = receipt["status"] == "SCHEDULED"
    for invoice, used in parts:
        shown = {"id": receipt["id"], "amount": used, "status": receipt["status"], "date": day}
        invoices.move(store, invoice["id"], shown, scheduled=used if waiting else 0.0)
    return receipt
