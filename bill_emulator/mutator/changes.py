"""Single changes of the mutator, each as BILL itself would make it: by the rules of `writes`.

So sums, balances, references, numbers and statuses hold after any number of them. A row that
cannot be changed as asked (a paid bill is not archived) is left alone, and the caller told.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_emulator import writes
from bill_emulator.contract import LISTS
from bill_emulator.mutator.copying import create_like, pay_bill, receive_payment
from bill_emulator.writes import WRITABLE, Refused

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from bill_emulator.store import Row, Store

TRIES = 12
"""Rows looked at for one that can be changed as asked."""

_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        # Bills and payments show their vendor's name, so another text of vendors changes.
        "vendors": "shortName",
        "users": "lastName",
        "employees": "lastName",
        "bank_accounts": "bankName",
    }
)
_MONEY = ("paidAmount", "scheduledAmount", "creditAmount", "appliedAmount", "payments")
_KEPT = frozenset({"bank_accounts"})
"""Lists of which no row is archived: without its bank accounts the company could pay nothing."""
_PAYING = MappingProxyType(
    {"payments": ("bills", pay_bill), "receivable_payments": ("invoices", receive_payment)}
)
"""Lists whose rows come of another list's: of which, and how."""


def some_row(store: Store, name: str, chance: random.Random) -> Row:
    """Draw one of a list's rows; there must be one."""
    keys = store.index(name, "createdTime").keys()
    return store.row(name, keys[chance.randrange(len(keys))][1])


def update(store: Store, name: str, row: Row, number: int) -> Row:
    """Rewrite one text of a row, or save it as it is where it has none; moves updatedTime."""
    store.replace(name, _rewritten(name, row, f"changed {number}"))
    return store.row(name, row["id"])


def _rewritten(name: str, row: Row, text: str) -> Row:
    if name == "invoices" and row.get("invoiceLineItems"):
        first, *others = row["invoiceLineItems"]
        return {**row, "invoiceLineItems": [{**first, "description": text}, *others]}
    field = _TEXTS.get(name, "description")
    # Users show their role's description, so a role is only saved again.
    return {**row, field: text} if field in LISTS[name].fields and name != "roles" else {**row}


def archive(store: Store, name: str, chance: random.Random) -> Row | None:
    """Archive a row, or restore one that is archived; None when none of those drawn can be.

    What has been paid, scheduled or credited stays, and so does the child of an archived parent
    and a schedule that has ended.
    """
    ways = WRITABLE.get(name, frozenset())
    if "archive" not in ways or name in _KEPT:
        return None
    for _ in range(TRIES):
        row = some_row(store, name, chance)
        if row.get("archived") and "restore" not in ways:
            continue
        if _can_turn(store, name, row):
            turn = writes.restore if row.get("archived") else writes.archive
            return turn(store, name, row["id"], "")
    return None


def _can_turn(store: Store, name: str, row: Row) -> bool:
    if any(row.get(field) for field in _MONEY):
        return False
    if not row.get("archived"):
        return True
    parent = store.get(name, row["parentId"]) if "parentId" in row else None
    today = store.clock.now().date().isoformat()
    ended = row.get("schedule", {}).get("endDate", today) < today
    return not ended and not (parent is not None and parent.get("archived", False))


def create(store: Store, name: str, chance: random.Random) -> Row | None:
    """Create a row like another of the list's; None when none of those drawn will do.

    A payment pays a bill that is open, a received payment an invoice.
    """
    if "create" not in WRITABLE.get(name, frozenset()):
        return None
    source, make = _PAYING.get(name, (name, None))
    for _ in range(TRIES if store.count(source) else 0):
        like = some_row(store, source, chance)
        try:
            row = make(store, like) if make is not None else create_like(store, name, like)
        except Refused:
            # Loaded rows need not be BILL's: a vendor that is not there, a required field absent.
            continue
        if row is not None:
            return row
    return None
