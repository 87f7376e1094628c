"""Applies vendor credits to bills and credit memos to invoices.

The `usage` of a credit lists what it is applied to. appliedAmount is its sum, and sets the status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.company.money import credit_status
from bill_emulator.writes import balances
from bill_emulator.writes.money import amount_of, cents, minus, total
from bill_emulator.writes.write_errors import business, invalid_entity, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Change, Row

Usage = list[dict[str, Any]]


@dataclass(frozen=True)
class Applied:
    """The change of an object's credit, and the credits that change with it."""

    difference: float = 0.0
    changed: tuple[tuple[str, Row], ...] = ()


def with_usage(credit: Row, usage: Usage) -> Row:
    """Return the credit with this usage.

    Raises:
        Refused: more is applied than the amount of the credit.
    """
    applied = total(part["amount"] for part in usage)
    if applied > credit["amount"]:
        raise invalid_entity("appliedAmount: is greater than the amount of the credit.")
    found = credit_status(cents(credit["amount"]), cents(applied))
    # BILL omits empty fields [LIVE MJ], so an unused credit has no usage.
    return {**credit, "usage": usage or None, "appliedAmount": applied, "status": found}


def applied_to_bill(store: Store, bill: Row, change: Change) -> Applied:
    """Return the vendor credits that a request applies to a bill.

    PATCH applies the credits it names. Only PUT removes a credit from a bill, by omitting it, and
    never a credit that a payment applied [DOC via AU].

    Raises:
        Refused: a credit does not exist, belongs to another vendor, is archived, or has less left.
    """
    if "vendorCredits" not in change.fields and not change.replacing:
        return Applied()
    sent = change.fields.get("vendorCredits") or ()
    if any(part.get("id") is None for part in sent):
        raise missing(["vendorCredits.id"])
    wanted = {
        part["id"]: amount_of(part, "amount") for part in change.fields.get("vendorCredits") or ()
    }
    if change.replacing:
        sent = change.fields.get("vendorCredits") or ()
    if any(part.get("id") is None for part in sent):
        raise missing(["vendorCredits.id"])
    wanted = {**dict.fromkeys(_on_bill(store, bill), 0.0), **wanted}
    rows = [_applied(store, bill, credit_id, amount) for credit_id, amount in wanted.items()]
    return Applied(
        total(difference for difference, _ in rows),
        tuple(("vendor_credits", row) for _, row in rows),
    )


def _on_bill(store: Store, bill: Row) -> list[str]:
    if not bill.get("creditAmount"):
        return []
    used = ((row["id"], row.get("usage", ())) for row in store.rows("vendor_credits"))
    return [credit_id for credit_id, usage in used if any(_direct(part, bill) for part in usage)]


def _direct(part: dict[str, Any], bill: Row) -> bool:
    return part.get("billId") == bill["id"] and "paymentId" not in part


def _applied(store: Store, bill: Row, credit_id: str, amount: float) -> tuple[float, Row]:
    credit = credit_for(store, credit_id, bill["vendorId"], amount)
    usage = credit.get("usage", [])
    before = total(part["amount"] for part in usage if _direct(part, bill))
    kept = [part for part in usage if not _direct(part, bill)]
    added = [{"billId": bill["id"], "amount": total([amount])}] if amount else []
    return minus(amount, before), with_usage(credit, kept + added)


def credit_for(store: Store, credit_id: str, vendor_id: str, amount: float) -> Row:
    """Return a vendor credit that can be applied to this vendor's bills.

    Raises:
        Refused: it does not exist, belongs to another vendor or is archived, or the amount is
            negative.
    """
    credit = balances.row_of(store, "vendor_credits", credit_id)
    if credit["vendorId"] != vendor_id:
        raise business("BDC_1118", "Entity mismatch.")
    if amount < 0:
        raise invalid_entity("vendorCredits.amount: must not be negative.")
    if amount and credit.get("archived"):
        raise invalid_entity(f"vendorCredits.id: {credit_id} is archived.")
    return credit


def applied_to_invoice(store: Store, invoice: Row, target: float | None) -> Applied:
    """Set an invoice's creditAmount to `target`, from its customer's credit memos.

    None keeps it. The oldest memo is used first; BILL uses the total of all memos [DOC
    R:updateinvoice].

    Raises:
        Refused: the memos have less left.
    """
    if target is None:
        return Applied()
    missing = minus(target, amount_of(invoice, "creditAmount"))
    mine = [row for row in store.rows("credit_memos") if row["customerId"] == invoice["customerId"]]
    mine.sort(key=lambda row: (row["creditDate"], row["id"]))
    changed = list(
        _drawn(mine, invoice["id"], missing)
        if missing > 0
        else _freed(mine, invoice["id"], -missing)
    )
    return Applied(missing, tuple(("credit_memos", row) for row in changed))


def _drawn(memos: list[Row], invoice_id: str, missing: float) -> Iterable[Row]:
    for memo in memos:
        left = (
            0.0 if memo.get("archived") else minus(memo["amount"], amount_of(memo, "appliedAmount"))
        )
        if missing > 0 and left > 0:
            taken = min(left, missing)
            missing = minus(missing, taken)
            yield _with_invoice(memo, invoice_id, taken)
    if missing > 0:
        raise invalid_entity("creditAmount: is greater than the credit available for the customer.")


def _freed(memos: list[Row], invoice_id: str, excess: float) -> Iterable[Row]:
    for memo in reversed(memos):
        used = total(
            part["amount"] for part in memo.get("usage", ()) if part["invoiceId"] == invoice_id
        )
        if excess > 0 and used > 0:
            given = min(used, excess)
            excess = minus(excess, given)
            yield _with_invoice(memo, invoice_id, -given)


def _with_invoice(memo: Row, invoice_id: str, difference: float) -> Row:
    usage: Usage = memo.get("usage", [])
    others = [part for part in usage if part["invoiceId"] != invoice_id]
    before = total(part["amount"] for part in usage if part["invoiceId"] == invoice_id)
    after = total([before, difference])
    mine = [{"invoiceId": invoice_id, "amount": after}] if after > 0 else []
    return with_usage(memo, others + mine)
