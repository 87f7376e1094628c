"""Single changes of the mutator. Each follows the rules of `writes`.

Sums, balances, references, numbers and statuses are therefore consistent after any number of
changes. A row that cannot be changed (a paid bill cannot be archived) stays as it is, and the
functions return None.
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
"""How many random rows to try before giving up."""

_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        # Bills and payments show the name of their vendor, so change another text of vendors.
        "vendors": "shortName",
        "users": "lastName",
        "employees": "lastName",
        "bank_accounts": "bankName",
    }
)
_MONEY = ("paidAmount", "scheduledAmount", "creditAmount", "appliedAmount", "payments")
_KEPT = frozenset({"bank_accounts"})
"""Lists whose rows are never archived. Without bank accounts the company could not pay."""
_PAYING = MappingProxyType(
    {"payments": ("bills", pay_bill), "receivable_payments": ("invoices", receive_payment)}
)
"""Lists whose rows are made from rows of another list: which list, and how."""


def some_row(store: Store, name: str, chance: random.Random) -> Row:
    """Return a random row of a list, which must not be empty."""
    keys = store.index(name, "createdTime").keys()
    return store.row(name, keys[chance.randrange(len(keys))][1])


def update(store: Store, name: str, row: Row, number: int) -> Row:
    """Rewrite a text of a row, or save it unchanged if it has none. Moves its updatedTime."""
    store.replace(name, _rewritten(name, row, f"changed {number}"))
    return store.row(name, row["id"])


def _rewritten(name: str, row: Row, text: str) -> Row:
    if name == "invoices" and row.get("invoiceLineItems"):
        first, *others = row["invoiceLineItems"]
        return {**row, "invoiceLineItems": [{**first, "description": text}, *others]}
    field = _TEXTS.get(name, "description")
    # Users show the description of their role, so a role is saved unchanged.
    return {**row, field: text} if field in LISTS[name].fields and name != "roles" else {**row}


def archive(store: Store, name: str, chance: random.Random) -> Row | None:
    """Archive a random row, or restore it if it is archived. Return None if no row can be.

    A row stays as it is if something was paid, scheduled or credited, if its parent is archived,
    or if its schedule has ended.
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
    """Create a row similar to a random row of the list. Return None if that is not possible.

    A new payment pays an open bill, and a new received payment an open invoice.
    """
    if "create" not in WRITABLE.get(name, frozenset()):
        return None
    source, make = _PAYING.get(name, (name, None))
    for _ in range(TRIES if store.count(source) else 0):
        like = some_row(store, source, chance)
        try:
            row = make(store, like) if make is not None else create_like(store, name, like)
        except Refused:
            # Loaded rows can break BILL's rules: a missing vendor, a missing required field.
            continue
        if row is not None:
            return row
    return None
