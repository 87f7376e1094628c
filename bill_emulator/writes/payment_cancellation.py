"""Stops payments: cancels them before BILL processes them, or voids them after that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_emulator.writes import balances, bills, invoices
from bill_emulator.writes.lookups import ledger_of
from bill_emulator.writes.write_errors import invalid, invalid_entity, missing

if TYPE_CHECKING:
    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Row

VOID_TYPES = ("VOID_AND_CREDIT", "VOID_AND_REISSUE", "VOID_AND_REISSUE_VCARD", "VOID_ONLY")
REASON_MOST = 4000
_VOID_PREFIX = "vdi"  # [UNKNOWN]: no source shows the id of a void request


def cancel(store: Store, payment: Row) -> Row:
    """Cancel a payment, whose singleStatus must be SCHEDULED [DOC R:cancelpayment].

    Raises:
        Refused: BILL has started to process the payment. The code is [INFER].
    """
    if payment.get("singleStatus") != "SCHEDULED":
        raise invalid_entity(f"{payment['id']}: only a scheduled payment can be canceled.")
    for part in payment.get("billPayments", ()):
        bills.move(store, part["billId"], scheduled=-part["amount"])
    stopped = {"status": "CANCELLED", "singleStatus": "CANCELED", "cancelRequestSubmitted": True}
    return balances.replace(store, "payments", {**payment, **stopped})


def void(store: Store, payment: Row, body: Row, user_id: str) -> Row:
    """Void a payment that can no longer be canceled [DOC R:voidpayment].

    The sandbox voids at once [DOC of the v2 API]. The bills are due again. The emulator makes no
    new payment for the two types that ask for one. Applied vendor credits stay [DOC via AU].

    Raises:
        Refused: the type or reason is missing, or the payment cannot be voided. The code of the
            latter is [INFER].
    """
    _check_request(body)
    information = payment.get("disbursementInfo", {})
    if payment.get("status") != "PAID" or not information.get("isVoidable", True):
        raise invalid_entity(f"{payment['id']}: cannot be voided.")
    return _voided(store, payment, body, user_id)


def give_up(store: Store, payment: Row) -> Row:
    """Void a payment that failed weeks ago, as a user would. Its bills are due again."""
    body = {"type": "VOID_ONLY", "reason": "The disbursement failed"}
    return _voided(store, payment, body, payment.get("createdBy", ""))


def _voided(store: Store, payment: Row, body: Row, user_id: str) -> Row:
    information = payment.get("disbursementInfo", {})
    ledger_of(store).landed(payment)
    for part in payment.get("billPayments", ()):
        bills.move(store, part["billId"], paid=-part["amount"])
    now = store.clock.stamp()
    request = {
        "id": store.ids.next(_VOID_PREFIX),
        "requestedBy": user_id,
        "type": body["type"],
        "status": "ACCEPTED",
        "reason": body["reason"],
        "createdTime": now,
        "updatedTime": now,
    }
    voided: dict[str, Any] = {**payment, "status": "VOID", "singleStatus": "VOIDED"}
    voided["voidInfo"] = [*payment.get("voidInfo", ()), request]
    if information:
        voided["disbursementStatus"] = "FAILED"
        voided["disbursementInfo"] = {**information, "isVoidable": False}
    return balances.replace(store, "payments", voided)


def _check_request(body: Row) -> None:
    absent = [name for name in ("type", "reason") if not body.get(name)]
    if absent:
        raise missing(absent)
    if body["type"] not in VOID_TYPES:
        raise invalid(f"type: must be one of {', '.join(VOID_TYPES)}")
    if not isinstance(body["reason"], str) or len(body["reason"]) > REASON_MOST:
        raise invalid(f"reason: length must be between 1 and {REASON_MOST}")


def void_receipt(store: Store, receipt: Row) -> Row:
    """Void a received payment.

    The web application can do it, but no v3 route can [CODE MJ]. This exists for tests.

    Raises:
        Refused: the payment is already void or canceled.
    """
    if receipt["status"] not in {"PAID", "SCHEDULED"}:
        raise invalid_entity(f"{receipt['id']}: is {receipt['status']} already.")
    waiting = receipt["status"] == "SCHEDULED"
    status = "CANCELED" if waiting else "VOID"
    for part in receipt.get("invoicePayments", ()):
        shown = {
            "id": receipt["id"],
            "amount": part["amount"],
            "status": status,
            "date": part.get("paymentDate", receipt["paymentDate"]),
        }
        scheduled = -part["amount"] if waiting else 0.0
        invoices.move(store, part["invoiceId"], shown, scheduled=scheduled)
    return balances.replace(store, "receivable_payments", {**receipt, "status": status})
