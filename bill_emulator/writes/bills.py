"""Bills: amounts from their lines, credits applied to them, and their payment status.

    amount = paidAmount + scheduledAmount + dueAmount
    paidAmount = cleared payments + creditAmount             [DOC CL 2025-06-20; the rest INFER]

The generated company follows the same equations (`bill_emulator/company/money.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_emulator.company.money import bill_status
from bill_emulator.company.words import COUNTRIES
from bill_emulator.writes import balances, credit_application
from bill_emulator.writes.lines import with_amounts
from bill_emulator.writes.lookups import ledger_of
from bill_emulator.writes.money import amount_of, cents, minus, rounded, total
from bill_emulator.writes.request_fields import SHAPES
from bill_emulator.writes.write_errors import invalid_entity
from bill_emulator.writes.write_plan import Change, Outcome, Row

if TYPE_CHECKING:
    from bill_emulator.store import Store


def finish(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the bill with all computed fields.

    Raises:
        Refused: a line has no amount, a credit cannot be applied, or the amount is less than what
            is paid.
    """
    shape = SHAPES["bills"]
    assert shape.lines is not None  # noqa: S101 - the table says so
    lines = with_amounts(shape.lines, draft[shape.lines.field])
    amount = total(line["amount"] for line in lines)
    if moved_with_money(change, "vendorId", draft):
        raise invalid_entity("vendorId: cannot be changed once the bill is paid or credited.")
    vendor = balances.row_of(store, "vendors", draft["vendorId"])
    applied = credit_application.applied_to_bill(store, draft, change)
    if change.old is None:
        draft = {**_at_creation(change, vendor), **draft}
    bill: dict[str, Any] = {
        **draft,
        "vendorName": vendor.get("name"),
        shape.lines.field: lines,
        "amount": amount,
        **_funding(draft, amount),
    }
    bill = with_sums(store, bill, paid=applied.difference, credit=applied.difference)
    return Outcome(bill, replaced=applied.changed)


def moved_with_money(change: Change, party: str, draft: Row) -> bool:
    """Return whether a row with payments or credits would move to another party [INFER]."""
    old = change.old
    if old is None or old[party] == draft[party]:
        return False
    sums = ("paidAmount", "scheduledAmount", "creditAmount")
    return any(amount_of(old, name) for name in sums) or bool(old.get("payments"))


def _at_creation(change: Change, vendor: Row) -> Row:
    rate = _RATES.get(vendor.get("billCurrency", "USD"))
    return {
        **({"exchangeRate": rate} if rate is not None else {}),
        "archived": False,
        "recordStatus": "ACTIVE",
        "approvalStatus": "UNASSIGNED",  # [DOC via AU]; the emulator applies no approval policies
        "createdBy": change.user_id,
    }


_RATES = {
    country.currency: country.per_dollar for country in COUNTRIES if country.currency != "USD"
}
"""Units of a currency per US dollar. BILL takes the rate of the day [DOC D:v3-bills-changes]."""


def _funding(draft: Row, amount: float) -> Row:
    """Return the fundingAmount in US dollars: amount = fundingAmount x exchangeRate."""
    rate = draft.get("exchangeRate")
    return {"fundingAmount": rounded(amount / rate)} if rate else {}


def with_sums(
    store: Store, bill: Row, *, paid: float = 0.0, scheduled: float = 0.0, credit: float = 0.0
) -> Row:
    """Return the bill with its sums changed, and its new due amount and status.

    Raises:
        Refused: more would be paid, scheduled and credited than the amount of the bill.
    """
    sums = {
        "paidAmount": total([amount_of(bill, "paidAmount"), paid]),
        "scheduledAmount": total([amount_of(bill, "scheduledAmount"), scheduled]),
        "creditAmount": total([amount_of(bill, "creditAmount"), credit]),
    }
    due = minus(bill["amount"], sums["paidAmount"], sums["scheduledAmount"])
    if due < 0 and bill["amount"] >= 0:
        raise invalid_entity("amount: is less than what is paid, scheduled and credited.")
    new = {**bill, **sums, "dueAmount": due}
    return {**new, "paymentStatus": payment_status(store, new)}


def payment_status(store: Store, bill: Row) -> str:
    """Return PAID if nothing is due, IN_PROCESS while a processed payment is in flight [INFER]."""
    sums = (cents(bill[name]) for name in ("amount", "paidAmount", "scheduledAmount"))
    in_flight = bool(ledger_of(store).in_flight.get(bill["id"]))
    partly = store.options.partly_scheduled
    return bill_status(*sums, in_flight=in_flight, partly_scheduled=partly)


def move(store: Store, bill_id: str, *, paid: float = 0.0, scheduled: float = 0.0) -> None:
    """Change a bill's sums because a payment changed. `payment_touches_bill` sets updatedTime.

    A bill that is not in the store is ignored, because loaded rows may lack it.
    """
    bill = store.get("bills", bill_id)
    if bill is not None:
        new = with_sums(store, bill, paid=paid, scheduled=scheduled)
        balances.replace(store, "bills", new, touch=store.options.payment_touches_bill)
