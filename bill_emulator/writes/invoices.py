"""Invoices: totals with sales tax, payments received, credit applied, status.

    totalAmount = sum of price x quantity + salesTaxTotal
    totalAmount = PAID payments + scheduledAmount + creditAmount + dueAmount         [INFER]

The generated company follows the same equations (`bill_emulator/company/money.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.company.money import invoice_status
from bill_emulator.writes import balances, credit_application
from bill_emulator.writes.bills import moved_with_money
from bill_emulator.writes.lines import priced
from bill_emulator.writes.lookups import ledger_of
from bill_emulator.writes.money import amount_of, cents, minus, percent, times, total
from bill_emulator.writes.parties import new_customer
from bill_emulator.writes.request_fields import SHAPES
from bill_emulator.writes.write_errors import invalid, invalid_entity
from bill_emulator.writes.write_plan import Change, Outcome, Row

if TYPE_CHECKING:
    from bill_emulator.store import Store


def finish(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the invoice with all computed fields.

    Raises:
        Refused: there is no customer, a line has no price, the number is in use, the credit is
            not available, or the total is less than what is paid.
    """
    shape = SHAPES["invoices"]
    assert shape.lines is not None  # noqa: S101 - the table says so
    customer, inserted = _customer(store, draft, change)
    draft = {**draft, "customerId": customer["id"]}
    if moved_with_money(change, "customerId", draft):
        raise invalid_entity("customer: cannot be changed once the invoice is paid or credited.")
    lines = priced(shape.lines, draft[shape.lines.field], by_amount=change.replacing)
    subtotal = total(times(line["price"], line["quantity"]) for line in lines)
    tax = _tax(store, draft, change, subtotal)
    before = change.old or {}
    invoice = {
        **_at_creation(store, change),
        **draft,
        shape.lines.field: lines,
        **tax,
        "totalAmount": total([subtotal, tax["salesTaxTotal"] or 0.0]),
        "creditAmount": amount_of(before, "creditAmount"),
        "scheduledAmount": amount_of(before, "scheduledAmount"),
        "payments": before.get("payments"),
    }
    _check_number(store, invoice)
    applied = credit_application.applied_to_invoice(store, invoice, _wanted_credit(change))
    invoice["creditAmount"] = total([invoice["creditAmount"], applied.difference])
    return Outcome(with_sums(store, invoice), inserted, applied.changed)


def _customer(store: Store, draft: Row, change: Change) -> tuple[Row, tuple[tuple[str, Row], ...]]:
    """Return the customer of the invoice, and the rows to insert with the invoice.

    A name and an email in place of an id create a new customer [DOC R:replaceinvoice].
    """
    sent = change.fields.get("customer")
    if sent is None:
        return balances.row_of(store, "customers", draft["customerId"]), ()
    if sent.get("id") is not None:
        return balances.row_of(store, "customers", sent["id"]), ()
    if sent.get("name") is None:
        raise invalid("customer.id: must not be null")
    made = new_customer(store, sent["name"], sent.get("email"))
    return made, (("customers", made),)


def _at_creation(store: Store, change: Change) -> Row:
    """Return the defaults of a new invoice [DOC R:createinvoice]."""
    if change.old is not None:
        return {name: change.old[name] for name in _DEFAULTED if name in change.old}
    today = store.clock.now().date().isoformat()
    return {
        "archived": False,
        "recordStatus": "ACTIVE",
        "createdBy": change.user_id,
        "invoiceNumber": ledger_of(store).free_invoice_number(),
        "invoiceDate": today,
        "dueDate": today,
    }


_DEFAULTED = ("invoiceNumber", "invoiceDate", "dueDate")


def _tax(store: Store, draft: Row, change: Change, subtotal: float) -> Row:
    """Return rate and total of the sales tax.

    BILL taxes the lines that are marked as taxable [DOC R:updateinvoice], but rows do not show the
    mark. So the tax stays until lines or tax item change; then all lines are taxed [INFER].
    """
    old = change.old
    if old is not None and not change.replacing:
        lines = SHAPES["invoices"].lines
        assert lines is not None  # noqa: S101 - the table says so
        if not {lines.field, "salesTaxItemId"} & change.fields.keys():
            return {name: old.get(name) for name in ("salesTaxPercentage", "salesTaxTotal")}
    return sales_tax(store, draft, subtotal)


def _wanted_credit(change: Change) -> float | None:
    if "creditAmount" not in change.fields:
        return 0.0 if change.replacing else None
    wanted = total([change.fields["creditAmount"] or 0.0])
    if wanted < 0:
        raise invalid("creditAmount: must be greater than or equal to 0")
    return wanted


def _check_number(store: Store, invoice: Row) -> None:
    """Refuse the number of another invoice: 422 [LIVE MJ]; code and text are [INFER]."""
    number = invoice["invoiceNumber"]
    holder_id = ledger_of(store).invoice_numbers.get(number)
    holder = store.get("invoices", holder_id) if holder_id is not None else None
    if holder is not None and holder["id"] != invoice["id"] and holder["invoiceNumber"] == number:
        raise invalid_entity(f"invoiceNumber: {number} is already in use.")


def sales_tax(store: Store, draft: Row, taxable: float) -> Row:
    """Return rate and total of the sales tax item, or None for both without one."""
    item_id = draft.get("salesTaxItemId")
    if item_id is None:
        return {"salesTaxPercentage": None, "salesTaxTotal": None}
    rate = amount_of(balances.row_of(store, "items", item_id), "percentage")
    return {"salesTaxPercentage": rate, "salesTaxTotal": percent(rate, taxable)}


def with_sums(store: Store, invoice: Row) -> Row:
    """Return the invoice with the due amount and status that follow from its payments and credit.

    Raises:
        Refused: more is paid, scheduled and credited than its total.
    """
    parts = invoice.get("payments") or ()
    received = [part["amount"] for part in parts if part["status"] == "PAID"]
    settled = total([*received, amount_of(invoice, "creditAmount")])
    scheduled = amount_of(invoice, "scheduledAmount")
    due = minus(invoice["totalAmount"], settled, scheduled)
    if due < 0 and invoice["totalAmount"] >= 0:
        raise invalid_entity("totalAmount: is less than what is paid, scheduled and credited.")
    sums = (cents(amount) for amount in (invoice["totalAmount"], settled, scheduled))
    status = invoice_status(*sums, partly_scheduled=store.options.partly_scheduled)
    return {**invoice, "dueAmount": due, "status": status}


def move(store: Store, invoice_id: str, payment: Row, *, scheduled: float = 0.0) -> None:
    """Set a received payment's part `{id, amount, status, date}` on its invoice.

    It replaces an earlier version of the part. `payment_touches_invoice` sets updatedTime.
    """
    invoice = store.get("invoices", invoice_id)
    if invoice is None:
        return
    old = invoice.get("payments", [])
    places = [place for place, part in enumerate(old) if part["id"] == payment["id"]]
    parts = [*old]
    if places:
        parts[places[0]] = payment
    else:
        parts.append(payment)
    moved = total([amount_of(invoice, "scheduledAmount"), scheduled])
    new = with_sums(store, {**invoice, "payments": parts, "scheduledAmount": moved})
    balances.replace(store, "invoices", new, touch=store.options.payment_touches_invoice)
