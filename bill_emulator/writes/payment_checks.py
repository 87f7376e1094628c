"""Checks the parts of payments, before any payment is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bill_emulator.writes import balances, credit_application
from bill_emulator.writes.money import amount_of, minus, rounded
from bill_emulator.writes.write_errors import business, invalid_entity, missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Row

COMBINED_MOST = 35
"""The most bills in one payment to a vendor with combinePayments [DOC, same page]."""
UNAPPROVED = frozenset({"ASSIGNED", "APPROVING", "DENIED"})


@dataclass(frozen=True)
class Part:
    """A payment's part for one bill: cash, and the vendor credits that it applies."""

    bill: Row
    amount: float
    credits: Sequence[tuple[str, float]] = ()


@dataclass
class Plan:
    """Payments that are checked but not made, and what is left of each bill and credit."""

    parts: list[Part] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    credit_left: dict[str, float] = field(default_factory=dict)


def add_part(store: Store, plan: Plan, made: Row | None, sent: Row, vendor_id: str | None) -> None:
    """Check a part against its bill, as the bill would be after the parts before.

    Raises:
        Refused: BDC_1118, the bill of another vendor; BDC_1159, more than is due; or BDC_1143.
    """
    bill = made or balances.row_of(store, "bills", sent["billId"])
    if vendor_id is not None and vendor_id != bill["vendorId"]:
        raise business("BDC_1118", "Entity mismatch.")
    if bill.get("archived"):
        raise invalid_entity(f"billId: {bill['id']} is archived.")
    if bill.get("approvalStatus") in UNAPPROVED:  # [DOC via AU]; the code [INFER]
        raise invalid_entity(f"billId: {bill['id']} is not approved.")
    amount = rounded(sent["amount"])
    applied = [_credit(store, plan, bill, part) for part in sent.get("vendorCredits") or ()]
    if amount < 0 or (amount == 0 and not applied):
        raise invalid_entity("amount: must be greater than 0.")
    due = plan.due.setdefault(bill["id"], bill["dueAmount"])
    left = minus(due, amount, *(used for _, used in applied))
    if left < 0:
        raise business("BDC_1159", f"{bill['id']} : You cannot overpay a bill.")
    plan.due[bill["id"]] = left
    plan.parts.append(Part(bill, amount, applied))


def _credit(store: Store, plan: Plan, bill: Row, sent: Row) -> tuple[str, float]:
    if sent.get("id") is None or sent.get("amount") is None:
        raise missing(["vendorCredits.id", "vendorCredits.amount"])
    used = rounded(sent["amount"])
    credit = credit_application.credit_for(store, sent["id"], bill["vendorId"], used)
    left = plan.credit_left.get(
        credit["id"], minus(credit["amount"], amount_of(credit, "appliedAmount"))
    )
    if used > left:
        raise invalid_entity("vendorCredits.amount: is greater than what the credit has left.")
    plan.credit_left[credit["id"]] = minus(left, used)
    return credit["id"], used


def groups(store: Store, parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Return the parts of each payment that a bulk request makes."""
    combined: dict[str, list[Part]] = {}
    for part in parts:
        vendor = balances.row_of(store, "vendors", part.bill["vendorId"])
        if vendor.get("additionalInfo", {}).get("combinePayments"):
            combined.setdefault(vendor["id"], []).append(part)
        else:
            yield [part]
    for group in combined.values():
        for start in range(0, len(group), COMBINED_MOST):
            yield group[start : start + COMBINED_MOST]
