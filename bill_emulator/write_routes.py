"""POST, PATCH and PUT below the 20 lists. `writes` makes the change itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator import writes
from bill_emulator.errors import BillError, refusal
from bill_emulator.http import Answer, Call, json_answer
from bill_emulator.lists.query import permission_refused
from bill_emulator.login import read_json, read_object
from bill_emulator.record_payment_responses import recorded_payment, recorded_receipt

if TYPE_CHECKING:
    from bill_emulator.emulated_bill import Bill
    from bill_emulator.routes import Route
    from bill_emulator.sessions import Session

_PAYING = "payments"
_BODILESS = frozenset({"archive", "restore", "bulk/archive", "bulk/restore"})
_NEEDS_TRUST = frozenset({"create", "bulk"})
_CREATED = 201
_CREATING = frozenset({"create", "bank-accounts"})
"""Writes that answer 201 [DOC PM], as a POST to `bulk` does. For a bank account of a customer it
is [INFER]."""


def write_name(route: Route, method: str) -> str | None:
    """Return the name of the write for a route and method, or None if BILL has none."""
    if route.contract is None:
        return None
    if route.kind == "collection":
        known = writes.COLLECTION.get(route.contract.name, frozenset())
        return route.action if (method, route.action) in known else None
    name = {
        ("list", "POST"): "create",
        ("row", "PATCH"): "patch",
        ("row", "PUT"): "put",
        ("action", "POST"): route.action,
    }.get((route.kind, method))
    return name if name in writes.WRITABLE.get(route.contract.name, ()) else None


def answer_write(bill: Bill, route: Route, session: Session, call: Call) -> Answer:
    """Carry out a write and answer with its result.

    Raises:
        BillError: no permission, the body is not JSON, or BILL refuses the change.
    """
    name = write_name(route, call.method)
    if name is None or route.contract is None:
        raise refusal(404, "BDC_1121")
    list_name = route.contract.name
    _check_permission(bill, list_name, name, session)
    try:
        if route.kind == "collection":
            return _collection_answer(bill, list_name, name, session, call)
        if name == "verify":
            body = read_object(call.body, bill.options)
            return json_answer({"verified": writes.verify(bill.store, route.row_id, body)})
        row = _written(bill, Target(list_name, name, route.row_id), session, call)
    except writes.Refused as refused:
        raise BillError(refused.status, refused.problems) from None
    status = _CREATED if name in _CREATING else 200
    return Answer(status, bill.renderer.json(list_name, row))


def _collection_answer(
    bill: Bill, list_name: str, name: str, session: Session, call: Call
) -> Answer:
    """Answer a write to a list as a whole with a bare array, or an object that names the rows."""
    body = None if name in _BODILESS else read_json(call.body, bill.options)
    written = writes.collection(
        bill.store, list_name, call.method, name, body, call.params, session.user_id
    )
    if name == "record-payment":
        shown = bill.renderer.row(written.list_name, written.rows[0])
        if list_name == "bills":
            return json_answer(recorded_payment(shown, body))
        return json_answer(recorded_receipt(bill, shown))
    rows = [bill.renderer.json(written.list_name, row) for row in written.rows]
    joined = b"[" + b",".join(rows) + b"]"
    status = _CREATED if (call.method, name) == ("POST", "bulk") else 200
    field = writes.BULK_FIELDS[list_name]
    if field is None:
        return Answer(status, joined)
    return Answer(status, b'{"' + field.encode() + b'":' + joined + b"}")


@dataclass(frozen=True)
class Target:
    """The name of a write, its list, and the id of its row (empty text for a create)."""

    list_name: str
    name: str
    row_id: str


def _written(bill: Bill, target: Target, session: Session, call: Call) -> dict[str, Any]:
    store, user_id = bill.store, session.user_id
    list_name, name, row_id = target.list_name, target.name, target.row_id
    if name == "archive":
        return writes.archive(store, list_name, row_id, user_id)
    if name == "restore":
        return writes.restore(store, list_name, row_id, user_id)
    # Archive and restore have no body, and the body of an action is optional.
    is_action = name not in {"create", "patch", "put"}
    body = {} if is_action and not call.body else read_object(call.body, bill.options)
    if name == "create":
        return writes.create(store, list_name, body, user_id)
    if name in {"patch", "put"}:
        return writes.update(store, list_name, row_id, body, user_id, replace=name == "put")
    return writes.action(store, list_name, row_id, name, body, user_id)


def _check_permission(bill: Bill, list_name: str, name: str, session: Session) -> None:
    """Refuse payments by sync tokens, and by untrusted sessions if the option `mfa` says so.

    A sync token has no payment operations [DOC D:token-based-sign-in]. No source shows the code
    of the error; BDC_1145 is our choice.
    """
    if list_name != _PAYING:
        return
    if session.by_sync_token:
        raise permission_refused(bill.options)
    if name in _NEEDS_TRUST and bill.options.mfa == "required" and not session.trusted:
        raise refusal(403, "BDC_1361")
