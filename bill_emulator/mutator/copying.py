"""Creates rows similar to existing ones, by the rules of `writes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator import writes
from bill_emulator.company.users_and_accounts import ENTERING
from bill_emulator.contract import LISTS
from bill_emulator.writes.payment_checks import UNAPPROVED
from bill_emulator.writes.request_fields import SHAPES
from bill_emulator.writes.route_table import CLASSIFICATIONS

if TYPE_CHECKING:
    from bill_emulator.store import Row, Store

UNLINKED = ("ACH", "CHECK", "INTERNATIONAL_E_PAYMENT", "OFFLINE")
"""Payment methods that need no enrollment by the vendor."""

_MOST_BUT_MARK = 90
_DAYS = 30


def maker(store: Store) -> str:
    """Return the id of the first user who enters documents; empty text if there is none."""
    users = store.rows("users")
    able = (user for user in users if not user["archived"] and user["role"]["type"] in ENTERING)
    return str(next(able, {"id": ""})["id"])


def create_like(store: Store, name: str, like: Row) -> Row | None:
    """Create a copy of a row with its own numbers, names and dates. Return None if it is archived.

    Raises:
        Refused: the row breaks BILL's rules.
    """
    if like.get("archived") or _is_of_the_archived(store, like):
        return None
    shape = SHAPES[name]
    body = {field: like[field] for field in shape.writable if field in like}
    if shape.lines is not None:
        body[shape.lines.field] = [
            {field: value for field, value in line.items() if field != "id"}
            for line in like.get(shape.lines.field, ())
        ]
    # The counter of a new id, which is unique.
    mark = store.ids.next(LISTS[name].id_prefix)[-4:].upper()
    return writes.create(store, name, _RENEWED[name](store, like, body, mark), maker(store))


def _is_of_the_archived(store: Store, like: Row) -> bool:
    parties = (("vendors", like.get("vendorId")), ("customers", like.get("customerId")))
    rows = (store.get(list_name, row_id) for list_name, row_id in parties if row_id is not None)
    return any(row is not None and row.get("archived", False) for row in rows)


def _today(store: Store, days: int = 0) -> str:
    return (store.clock.now().date() + timedelta(days=days)).isoformat()


def _term(made: Any, due: Any) -> int:
    """Return the payment term of a document, in days."""
    if not made or not due:
        return _DAYS
    return max((date.fromisoformat(due) - date.fromisoformat(made)).days, 0)


def _bill(store: Store, like: Row, body: Row, mark: str) -> Row:
    term = _term(like.get("invoice", {}).get("invoiceDate"), like.get("dueDate"))
    invoice = {"invoiceNumber": f"B-{mark}", "invoiceDate": _today(store)}
    return {**body, "dueDate": _today(store, term), "invoice": invoice}


def _invoice(store: Store, like: Row, body: Row, mark: str) -> Row:
    """BILL chooses the number. The sales tax stays if every line is taxable (see `writes`)."""
    term = _term(like.get("invoiceDate"), like.get("dueDate"))
    body = {
        field: value
        for field, value in body.items()
        if field not in {"invoiceNumber", "creditAmount"}
        and (field != "salesTaxItemId" or _is_taxable(store, like))
    }
    dates = {"invoiceDate": _today(store), "dueDate": _today(store, term)}
    del mark
    return {**body, **dates, "customer": {"id": like.get("customerId")}}


def _is_taxable(store: Store, invoice: Row) -> bool:
    ids = [line.get("classifications", {}).get("itemId") for line in invoice["invoiceLineItems"]]
    items = [store.get("items", item_id) for item_id in ids if item_id is not None]
    taxable = [item for item in items if item is not None and item.get("taxable", False)]
    return len(taxable) == len(ids)


def _credit(store: Store, like: Row, body: Row, mark: str) -> Row:
    del like
    return {**body, "referenceNumber": f"CR-{mark}", "creditDate": _today(store)}


def _recurring(store: Store, like: Row, body: Row, mark: str) -> Row:
    del mark
    schedule = {**like.get("schedule", {})}
    schedule.pop("endDate", None)
    return {**body, "schedule": {**schedule, "nextDueDate": _today(store, _DAYS)}}


def _classification(store: Store, like: Row, body: Row, mark: str) -> Row:
    """Omit an archived parent, and give an account its own number."""
    parent = store.get(_list_of(like), like["parentId"]) if "parentId" in like else None
    body = {field: value for field, value in body.items() if field != "shortName"}
    if parent is None or parent.get("archived", False):
        body.pop("parentId", None)
    if "account" in body:
        body["account"] = {**body["account"], "number": f"9{int(mark, 36):07}"}
    named = "lastName" if "firstName" in body else "name"
    return {**body, named: f"{body.get(named, '')[:_MOST_BUT_MARK]} {mark}".strip()}


def _list_of(row: Row) -> str:
    prefix = row["id"][:3]
    return next(name for name, contract in LISTS.items() if contract.id_prefix == prefix)


def _vendor(store: Store, like: Row, body: Row, mark: str) -> Row:
    name = f"{like['name'][:_MOST_BUT_MARK]} {mark}"
    information = {**like.get("paymentInformation", {}), "payeeName": name}
    if information.get("payByType") not in UNLINKED:
        information = {"payeeName": name}
    del store
    kept = {field: value for field, value in body.items() if field not in {"shortName", "autoPay"}}
    return {**kept, "name": name, "paymentInformation": information}


def _customer(store: Store, like: Row, body: Row, mark: str) -> Row:
    del store
    return {**body, "name": f"{like['name'][:_MOST_BUT_MARK]} {mark}", "accountNumber": mark}


def _user(store: Store, like: Row, body: Row, mark: str) -> Row:
    del store
    named = {"lastName": f"{like['lastName']} {mark}", "email": f"{mark}.{like['email']}".lower()}
    return {**body, **named, "roleId": like["role"]["id"], "acceptTermsOfService": True}


def _bank_account(store: Store, like: Row, body: Row, mark: str) -> Row:
    """Give the account its own number. The default account stays the default."""
    del store, like
    kept = {field: value for field, value in body.items() if field != "default"}
    return {**kept, "accountNumber": f"{int(mark, 36):012}"}


Renewed = Callable[["Store", "Row", "Row", str], "Row"]

_RENEWED: Mapping[str, Renewed] = MappingProxyType(
    {
        "bills": _bill,
        "invoices": _invoice,
        "vendor_credits": _credit,
        "credit_memos": _credit,
        "recurring_bills": _recurring,
        "recurring_invoices": _recurring,
        "vendors": _vendor,
        "customers": _customer,
        "users": _user,
        "bank_accounts": _bank_account,
        **dict.fromkeys(CLASSIFICATIONS, _classification),
    }
)


def pay_bill(store: Store, bill: Row) -> Row | None:
    """Pay what is due of a bill, from the first verified account. Return None if not possible."""
    accounts = store.rows("bank_accounts")
    able = (row for row in accounts if not row["archived"] and row["status"] == "VERIFIED")
    account = next(able, None)
    waits = bill.get("approvalStatus") in UNAPPROVED
    if bill.get("archived") or waits or not bill.get("dueAmount") or account is None:
        return None
    body = {
        "vendorId": bill["vendorId"],
        "billId": bill["id"],
        "amount": bill["dueAmount"],
        "fundingAccount": {"type": "BANK_ACCOUNT", "id": account["id"]},
        "processingOptions": {"requestPayFaster": False},
    }
    return writes.create(store, "payments", body, maker(store))


def receive_payment(store: Store, invoice: Row) -> Row | None:
    """Record that an invoice has been paid. Return None if it is not open."""
    if invoice.get("archived") or not invoice.get("dueAmount"):
        return None
    body = {
        "paymentDate": _today(store),
        "paymentType": "CREDIT_CARD",
        "amount": invoice["dueAmount"],
        "invoices": [{"id": invoice["id"], "amount": invoice["dueAmount"]}],
    }
    done = writes.collection(store, "invoices", "POST", "record-payment", body, {}, maker(store))
    return done.rows[0]
