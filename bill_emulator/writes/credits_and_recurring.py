"""Vendor credits, credit memos, recurring bills and invoices, classifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.writes import credit_application
from bill_emulator.writes.invoices import sales_tax
from bill_emulator.writes.lines import memo_amounts, with_amounts
from bill_emulator.writes.money import total
from bill_emulator.writes.request_fields import SHAPES
from bill_emulator.writes.write_errors import invalid, invalid_entity
from bill_emulator.writes.write_plan import Change, Outcome, Row

if TYPE_CHECKING:
    from bill_emulator.store import Store


def finish_vendor_credit(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the vendor credit, with its amount from its lines and its status from its usage.

    Raises:
        Refused: its amount is less than what is applied, it has two accounts, or its vendor
            changes after it was applied.
    """
    del store
    _check_one_of(draft, "applyToChartOfAccountId", "applyToBankAccountId")
    _check_party(draft, change, "vendorId")
    lines = SHAPES["vendor_credits"].lines
    assert lines is not None  # noqa: S101 - the table says so
    items = with_amounts(lines, draft[lines.field])
    amount = total(item["amount"] for item in items)
    credit = {"archived": False, **draft, lines.field: items, "amount": amount}
    return Outcome(credit_application.with_usage(credit, draft.get("usage", [])))


def finish_credit_memo(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the credit memo: its amount from lines and tax, its status from its usage.

    Raises:
        Refused: as for a vendor credit.
    """
    _check_one_of(draft, "payToChartOfAccountId", "payToBankAccountId")
    _check_party(draft, change, "customerId")
    lines = SHAPES["credit_memos"].lines
    assert lines is not None  # noqa: S101 - the table says so
    items = memo_amounts(lines, draft[lines.field])
    taxed = total(item["amount"] for item in items if item.get("taxable"))
    tax = sales_tax(store, draft, taxed)
    amount = total([*(item["amount"] for item in items), tax["salesTaxTotal"] or 0.0])
    memo = {"archived": False, **draft, lines.field: items, **tax, "amount": amount}
    return Outcome(credit_application.with_usage(memo, draft.get("usage", [])))


def _check_one_of(draft: Row, one: str, other: str) -> None:
    """Refuse both fields at once [DOC R:replacevendorcredit, replacecreditmemo]."""
    if one in draft and other in draft:
        raise invalid(f"{one}: cannot be set together with {other}")


def _check_party(draft: Row, change: Change, party: str) -> None:
    old = change.old
    if old is not None and old.get("usage") and old[party] != draft[party]:
        raise invalid_entity(f"{party}: cannot be changed once the credit is applied.")


def finish_recurring(store: Store, draft: Row, change: Change) -> Outcome:
    """Return a recurring bill or invoice: a template whose lines have amounts.

    Raises:
        Refused: a line has no amount, or the schedule is invalid.
    """
    del store
    _check_schedule(draft.get("schedule", {}))
    lines = SHAPES[change.list_name].lines
    assert lines is not None  # noqa: S101 - the table says so
    items = with_amounts(lines, draft[lines.field])
    return Outcome({"archived": False, **draft, lines.field: items})


def _check_schedule(schedule: Row) -> None:
    """Refuse a schedule that has no next date, or ends before it begins [INFER]."""
    frequency, ahead = schedule.get("frequency", 1), schedule.get("daysInAdvance", 0)
    if frequency < 1 or frequency != int(frequency):
        raise invalid("schedule.frequency: must be a whole number of 1 or more")
    if ahead < 0 or ahead != int(ahead):
        raise invalid("schedule.daysInAdvance: must be a whole number of 0 or more")
    first, last = schedule.get("nextDueDate"), schedule.get("endDate")
    if first is not None and last is not None and last < first:
        raise invalid("schedule.endDate: must not be before nextDueDate")


def finish_classification(store: Store, draft: Row, change: Change) -> Outcome:
    """Return a classification.

    Raises:
        Refused: the row would be its own ancestor.
    """
    ancestor = draft.get("parentId")
    while ancestor is not None:
        if ancestor == draft["id"]:
            raise invalid_entity("parentId: an object cannot be its own parent.")
        ancestor = (store.get(change.list_name, ancestor) or {}).get("parentId")
    return Outcome({"archived": False, **draft})
