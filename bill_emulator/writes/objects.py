"""Creates and updates objects of any kind.

The body is read and merged into the row, the rules of the object compute the other fields, and
then the store changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.writes import (
    balances,
    bills,
    credits_and_recurring,
    invoices,
    parties,
    request_body,
)
from bill_emulator.writes.lines import renewed
from bill_emulator.writes.lookups import ledger_of
from bill_emulator.writes.request_fields import SHAPES
from bill_emulator.writes.values import merged, populated
from bill_emulator.writes.write_errors import invalid_entity
from bill_emulator.writes.write_plan import Change, Outcome, Row

if TYPE_CHECKING:
    from bill_emulator.store import Store

Finish = Callable[["Store", Row, Change], Outcome]

FINISH: Mapping[str, Finish] = MappingProxyType(
    {
        "bills": bills.finish,
        "vendors": parties.finish_vendor,
        "vendor_credits": credits_and_recurring.finish_vendor_credit,
        "recurring_bills": credits_and_recurring.finish_recurring,
        "invoices": invoices.finish,
        "customers": parties.finish_customer,
        "credit_memos": credits_and_recurring.finish_credit_memo,
        "recurring_invoices": credits_and_recurring.finish_recurring,
        "chart_of_accounts": credits_and_recurring.finish_classification,
        "departments": credits_and_recurring.finish_classification,
        "locations": credits_and_recurring.finish_classification,
        "items": credits_and_recurring.finish_classification,
        "employees": credits_and_recurring.finish_classification,
        "jobs": credits_and_recurring.finish_classification,
        "accounting_classes": credits_and_recurring.finish_classification,
        "users": parties.finish_user,
        "bank_accounts": parties.finish_bank_account,
    }
)


def planned_create(store: Store, list_name: str, body: Any, user_id: str) -> Outcome:
    """Return the outcome of a create, without carrying it out.

    Raises:
        Refused: BILL refuses it.
    """
    fields = request_body.read(store, list_name, body, creating=True, whole=True)
    change = Change(list_name, None, fields, replacing=False, user_id=user_id)
    base: Row = {"id": store.ids.next(LISTS[list_name].id_prefix)}
    return FINISH[list_name](store, _draft(store, base, change), change)


def planned_update(
    store: Store, list_name: str, row_id: str, body: Any, user_id: str, *, replacing: bool
) -> Outcome:
    """Return the outcome of a PATCH or PUT, without carrying it out.

    Raises:
        Refused: there is no such row, or BILL refuses it.
    """
    old = balances.row_of(store, list_name, row_id)
    if old.get("archived") and store.options.archived_updates == "refuse":
        raise invalid_entity(f"{row_id}: is archived.")
    parties.check_changeable(list_name, old)
    fields = request_body.read(store, list_name, body, creating=False, whole=replacing)
    change = Change(list_name, old, fields, replacing=replacing, user_id=user_id)
    gone = request_body.writable(list_name, old) if replacing else {}
    base = {name: value for name, value in old.items() if name not in gone}
    return FINISH[list_name](store, _draft(store, base, change), change)


def done(store: Store, list_name: str, outcome: Outcome, *, created: bool) -> Row:
    """Carry out a planned outcome. Return the row as stored."""
    for name, row in outcome.inserted:
        balances.insert(store, name, row)
    for name, row in outcome.replaced:
        balances.replace(store, name, row)
    put = balances.insert if created else balances.replace
    row = put(store, list_name, outcome.row)
    if list_name == "invoices":
        ledger_of(store).invoice_numbers[row["invoiceNumber"]] = row["id"]
    return row


def _draft(store: Store, base: Row, change: Change) -> Row:
    """Return the row with the sent fields, which are merged in a PATCH."""
    shape = SHAPES[change.list_name]
    sent = {name: value for name, value in change.fields.items() if name not in shape.write_only}
    items = sent.pop(shape.lines.field, None) if shape.lines is not None else None
    draft: Row = {**base, **populated(sent)} if change.replacing else merged(base, sent)
    if shape.lines is not None and items is not None:
        old = (change.old or {}).get(shape.lines.field, [])
        keep = not change.replacing and store.options.patch_lines == "merge"
        draft[shape.lines.field] = renewed(store, shape.lines, old, items, keep_unnamed=keep)
    return draft
