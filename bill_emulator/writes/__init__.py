"""Writes to an organization's data: create, update, archive, pay.

`request_fields` says which fields the requests for each object have, and `route_table` which
writes exist. Each kind of object has a module with its rules. Every write is planned completely
before it changes anything, so a refused write changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_emulator.writes import (
    archiving,
    balances,
    objects,
    parties,
    payment_cancellation,
    payments,
    receipts,
)
from bill_emulator.writes.bulk_requests import Written
from bill_emulator.writes.bulk_requests import perform as collection
from bill_emulator.writes.route_table import BULK_FIELDS, COLLECTION, WRITABLE
from bill_emulator.writes.settling import settle
from bill_emulator.writes.write_errors import Refused, business

if TYPE_CHECKING:
    from bill_emulator.store import Store

__all__ = [
    "BULK_FIELDS",
    "COLLECTION",
    "WRITABLE",
    "Refused",
    "Written",
    "action",
    "archive",
    "collection",
    "create",
    "restore",
    "settle",
    "update",
    "verify",
]

Row = dict[str, Any]


def create(store: Store, list_name: str, body: Any, user_id: str) -> Row:
    """Create an object, a payment or a charge. Return the new row.

    Raises:
        Refused: BILL refuses it. Nothing has changed.
    """
    if list_name == "payments":
        return payments.create(store, body, user_id)
    if list_name == "receivable_payments":
        return receipts.charge(store, body)
    outcome = objects.planned_create(store, list_name, body, user_id)
    return objects.done(store, list_name, outcome, created=True)


def update(  # noqa: PLR0917 - the server's interface
    store: Store,
    list_name: str,
    row_id: str,
    body: Any,
    user_id: str,
    replace: bool,  # noqa: FBT001 - the server names it
) -> Row:
    """Change the fields in the body (PATCH), or all fields that can be set (PUT, `replace`).

    Raises:
        Refused: there is no such row, or BILL refuses it. Nothing has changed.
    """
    outcome = objects.planned_update(store, list_name, row_id, body, user_id, replacing=replace)
    return objects.done(store, list_name, outcome, created=False)


def archive(store: Store, list_name: str, row_id: str, user_id: str) -> Row:
    """Archive a row. The children of an account are archived with it.

    Raises:
        Refused: there is no such row.
    """
    del user_id
    return archiving.archive(store, list_name, row_id)


def restore(store: Store, list_name: str, row_id: str, user_id: str) -> Row:
    """Restore an archived row, without its children.

    Raises:
        Refused: there is no such row.
    """
    del user_id
    return archiving.restore(store, list_name, row_id)


def action(  # noqa: PLR0917 - the server's interface
    store: Store, list_name: str, row_id: str, action: str, body: Row, user_id: str
) -> Row:
    """Run an action on a row, such as to cancel or void a payment.

    `void` of a receivable payment exists only for tests. BILL has no such route.

    Raises:
        Refused: there is no such row or action, or BILL refuses it. Nothing has changed.
    """
    row = balances.row_of(store, list_name, row_id)
    match list_name, action:
        case "payments", "cancel":
            return payment_cancellation.cancel(store, row)
        case "payments", "void":
            return payment_cancellation.void(store, row, body, user_id)
        case "receivable_payments", "void":
            return payment_cancellation.void_receipt(store, row)
        case "customers", "charge-authorization":
            return parties.authorize_charge(store, row, body)
        case "customers", "bank-accounts":
            return parties.add_customer_bank(store, row, body)
    raise business("BDC_1121", "API not supported.")


def verify(store: Store, row_id: str, body: Row) -> bool:
    """Verify a bank account. Return whether the amount in the body was right.

    Raises:
        Refused: there is no such row, or the body has no amount.
    """
    return parties.verify_bank_account(store, balances.row_of(store, "bank_accounts", row_id), body)
