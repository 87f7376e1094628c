"""The errors of refused writes.

Validation errors are HTTP 400 without codes, several at once [LIVE MJ, SF]. Broken business rules
are HTTP 422 with a code and category DOWNSTREAM [LIVE NB].
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS
from bill_emulator.errors import MESSAGES, BillError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BAD_REQUEST = 400
NOT_FOUND = 404
BUSINESS_RULE = 422

ENTITIES: Mapping[str, str] = MappingProxyType(
    {
        "bills": "Bill",
        "payments": "SentPay",
        "vendors": "Vendor",
        "vendor_credits": "VendorCredit",
        "recurring_bills": "RecurringBill",
        "invoices": "Invoice",
        "customers": "Customer",
        "receivable_payments": "ReceivedPay",
        "credit_memos": "CreditMemo",
        "recurring_invoices": "RecurringInvoice",
        "chart_of_accounts": "ChartOfAccount",
        "departments": "Department",
        "locations": "Location",
        "items": "Item",
        "employees": "Employee",
        "jobs": "Job",
        "accounting_classes": "ActgClass",
        "users": "User",
        "roles": "Profile",
        "bank_accounts": "BankAccount",
    }
)
"""The names of objects in BILL's messages. `User` is [LIVE NH]. The others are the names of the v2
API [DOC v2]; that BDC_1302 uses them is [INFER]."""


class Refused(BillError):
    """BILL refuses the write. Nothing has changed."""


def invalid(*messages: str) -> Refused:
    """Return the error for an invalid body, such as `customer: must not be null` [LIVE MJ, SF]."""
    return Refused(BAD_REQUEST, [Problem(None, message) for message in messages])


def missing(paths: Iterable[str]) -> Refused:
    """Return the error for missing required fields."""
    return invalid(*(f"{path}: must not be null" for path in paths))


def business(code: str, message: str) -> Refused:
    """Return the error for a broken business rule."""
    return Refused(BUSINESS_RULE, [Problem(code, message)])


def invalid_entity(message: str) -> Refused:
    """Return BDC_1143, invalid data [LIVE NF: `invoiceNumber: Maximum length cannot ...`]."""
    return business("BDC_1143", message)


def not_found() -> Refused:
    """Return BDC_1205, a 404 for GET by id [LIVE MJ]. The same for an id in a body is [INFER]."""
    return Refused(NOT_FOUND, [Problem("BDC_1205", MESSAGES["BDC_1205"])])


def wrong_entity(row_id: str, list_name: str) -> Refused:
    """Return BDC_1302, the id is of another kind of object [LIVE NH]; its status is [INFER]."""
    message = MESSAGES["BDC_1302"].format(id=row_id, expected=ENTITIES[list_name])
    return business("BDC_1302", message)


def bad_reference(row_id: str, list_name: str) -> Refused:
    """Return the error for an id that belongs to no row of `list_name`."""
    prefixes = {contract.id_prefix for contract in LISTS.values()}
    prefix = row_id[:3]
    if prefix != LISTS[list_name].id_prefix and prefix in prefixes:
        return wrong_entity(row_id, list_name)
    return not_found()


def invalid_process_date(bill_id: str) -> Refused:
    """Return BDC_1152 twice, once with the bill's id, with an unfilled placeholder [LIVE NB]."""
    text = "Invalid Process Date : ${paramName0}."
    problems = [Problem("BDC_1152", text), Problem("BDC_1152", f"{bill_id} : {text}")]
    return Refused(BUSINESS_RULE, problems)


def rolled_back(refusal: Refused) -> Refused:
    """Return the error of a bulk request: its first failure and BDC_1246 [DOC via AU].

    The text of BDC_1246 is a paraphrase [DOC, old list].
    """
    text = "The operation was rolled back because of other failures in the bulk transaction."
    return Refused(refusal.status, [*refusal.problems, Problem("BDC_1246", text)])
