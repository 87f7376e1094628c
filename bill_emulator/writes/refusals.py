"""Why a write is refused, in BILL's words, codes and statuses.

Validation failures are HTTP 400 items without a code, several at once [LIVE MJ, SF]. Business rules
come back from BILL's older core as HTTP 422 with a code and category DOWNSTREAM [LIVE NB].
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
"""What BILL's messages call an object. `User` is [LIVE NH]; the others are the names of its older
API [DOC v2], from which BDC_1302 comes [INFER]."""


class Refused(BillError):
    """BILL does not do the write. Nothing has been changed."""


def invalid(*messages: str) -> Refused:
    """Refuse an invalid body, one item a message: `customer: must not be null` [LIVE MJ, SF]."""
    return Refused(BAD_REQUEST, [Problem(None, message) for message in messages])


def missing(paths: Iterable[str]) -> Refused:
    """Refuse a body without required fields."""
    return invalid(*(f"{path}: must not be null" for path in paths))


def business(code: str, message: str) -> Refused:
    """Refuse by a rule of BILL's that the request breaks; see the module."""
    return Refused(BUSINESS_RULE, [Problem(code, message)])


def invalid_entity(message: str) -> Refused:
    """BDC_1143, invalid entity data [LIVE NF: `invoiceNumber: Maximum length cannot ...`]."""
    return business("BDC_1143", message)


def not_found() -> Refused:
    """BDC_1205: 404 on GET by id [LIVE MJ]. The same for an id in a body is [INFER]."""
    return Refused(NOT_FOUND, [Problem("BDC_1205", MESSAGES["BDC_1205"])])


def wrong_entity(row_id: str, list_name: str) -> Refused:
    """BDC_1302: the id is of another kind of object [LIVE NH]; its status is [INFER]."""
    message = MESSAGES["BDC_1302"].format(id=row_id, expected=ENTITIES[list_name])
    return business("BDC_1302", message)


def bad_reference(row_id: str, list_name: str) -> Refused:
    """Refuse an id that names no row of `list_name`: of another kind, or of nothing."""
    prefixes = {contract.id_prefix for contract in LISTS.values()}
    prefix = row_id[:3]
    if prefix != LISTS[list_name].id_prefix and prefix in prefixes:
        return wrong_entity(row_id, list_name)
    return not_found()


def invalid_process_date(bill_id: str) -> Refused:
    """BDC_1152, twice: bare and behind the bill's id, its placeholder unfilled [LIVE NB]."""
    text = "Invalid Process Date : ${paramName0}."
    problems = [Problem("BDC_1152", text), Problem("BDC_1152", f"{bill_id} : {text}")]
    return Refused(BUSINESS_RULE, problems)


def rolled_back(refusal: Refused) -> Refused:
    """Refuse a bulk request with its first failure and BDC_1246: none is done [DOC via AU].

    The text of BDC_1246 is a paraphrase [DOC, old list].
    """
    text = "The operation was rolled back because of other failures in the bulk transaction."
    return Refused(refusal.status, [*refusal.problems, Problem("BDC_1246", text)])
