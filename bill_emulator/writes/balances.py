"""Stores the rows that writes change, and keeps balances up to date. All writes use it.

vendor.balance is the sum of dueAmount over the vendor's bills that are not archived, and
customer.balance is the same over its invoices [INFER]. Both are changed by differences, so that no
write scans a list, except the short list of recurring bills.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.writes.money import amount_of, minus, total
from bill_emulator.writes.write_errors import bad_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.store import Store

Row = dict[str, Any]

_PARTIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"bills": ("vendors", "vendorId"), "invoices": ("customers", "customerId")}
)
"""Lists whose dueAmount is part of a balance: whose balance, and the field with its id."""


def row_of(store: Store, list_name: str, row_id: str) -> Row:
    """Return the row with this id.

    Raises:
        Refused: BDC_1205, there is no such row, or BDC_1302, the id is of another kind.
    """
    row = store.get(list_name, row_id)
    if row is None:
        raise bad_reference(row_id, list_name)
    return row


def insert(store: Store, list_name: str, row: Row) -> Row:
    """Add a row, with its fields in the order of the contract. Return it as stored."""
    store.insert(list_name, _in_order(list_name, row))
    stored = row_of(store, list_name, row["id"])
    _move_balance(store, list_name, None, stored)
    _note_recurring(store, list_name, None, stored)
    return stored


def replace(store: Store, list_name: str, row: Row, *, touch: bool = True) -> Row:
    """Store a new version of a row. `touch` moves its updatedTime. Return it as stored."""
    old = row_of(store, list_name, row["id"])
    store.replace(list_name, _in_order(list_name, row), touch)
    stored = row_of(store, list_name, row["id"])
    _move_balance(store, list_name, old, stored)
    _note_recurring(store, list_name, old, stored)
    return stored


def _in_order(list_name: str, row: Row) -> Row:
    return {name: row[name] for name in LISTS[list_name].fields if row.get(name) is not None}


def _move_balance(store: Store, list_name: str, old: Row | None, new: Row) -> None:
    if list_name not in _PARTIES:
        return
    parties, field = _PARTIES[list_name]
    changes = {new[field]: _owed(new)}
    if old is not None:
        changes[old[field]] = minus(changes.get(old[field], 0.0), _owed(old))
    for party_id, change in changes.items():
        party = store.get(parties, party_id)
        if change and party is not None:
            _add_to_balance(store, parties, party, change)


def _note_recurring(store: Store, list_name: str, old: Row | None, new: Row) -> None:
    """Set whether a vendor has a recurring bill that is not archived [INFER]."""
    if list_name != "recurring_bills":
        return
    for vendor_id in {new["vendorId"], (old or new)["vendorId"]}:
        vendor = store.get("vendors", vendor_id)
        repeated = any(
            row["vendorId"] == vendor_id and not row.get("archived")
            for row in store.rows("recurring_bills")
        )
        if vendor is not None and vendor.get("recurringPayments", False) is not repeated:
            touch = store.options.balance_touches_vendor
            store.replace("vendors", {**vendor, "recurringPayments": repeated}, touch)


def _owed(row: Row) -> float:
    return 0.0 if row.get("archived") else amount_of(row, "dueAmount")


def _add_to_balance(store: Store, parties: str, party: Row, change: float) -> None:
    balance = {**party.get("balance", {})}
    balance["amount"] = total([balance.get("amount", 0.0), change])
    if parties == "vendors":
        balance["lastUpdatedDate"] = store.clock.stamp()
    touch = store.options.balance_touches_vendor
    store.replace(parties, {**party, "balance": balance}, touch)
