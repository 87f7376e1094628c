"""BILL's enumerations for the fields that can be filtered on.

A filter with an unsupported value is refused with 400 [LIVE NH]. Some of these lists are complete
[CODE TM, DOC]. The others hold only the values that have been seen, so one may be missing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCOUNT_TYPES = "BUSINESS PERSON NONE UNDEFINED"
_CREDIT_STATUSES = "NOT_APPLIED PARTIALLY_APPLIED FULLY_APPLIED IN_PROCESS UNDEFINED"

_VALUES = {
    "bills.paymentStatus": "PAID UNPAID PARTIALLY_PAID SCHEDULED IN_PROCESS UNDEFINED",
    "bills.approvalStatus": "UNASSIGNED ASSIGNED APPROVED DENIED APPROVING UNDEFINED",
    "bills.recordStatus": "ACTIVE INACTIVE DRAFT DRAFT_DELETED",
    "vendors.accountType": _ACCOUNT_TYPES,
    "vendors.paymentStatus": "PAID UNPAID PARTIALLY_PAID SCHEDULED IN_PROCESS UNDEFINED",
    "vendors.bankAccountStatus": "NET_LINKED_ACCOUNT NO_ACCOUNT NO_NET_LINKED_ACCOUNT UNDEFINED",
    "vendors.networkStatus": "CONNECTED CONNECTED_RPPS NOT_CONNECTED PENDING",
    "customers.accountType": _ACCOUNT_TYPES,
    "customers.paymentStatus": "OPEN PARTIAL_PAYMENT PAID_IN_FULL SCHEDULED UNDEFINED",
    "payments.status": "APPROVING SCHEDULED PAID CANCELLED VOID ESCHEATED UNDEFINED",
    "payments.disbursementType": (
        "ACH CHECK RPPS WALLET AMEX OFFLINE VIRTUAL_CARD INTERNATIONAL_E_PAYMENT CREDIT_CARD"
        " PAYPAL UNDEFINED"
    ),
    "vendor_credits.status": _CREDIT_STATUSES,
    "credit_memos.status": _CREDIT_STATUSES,
    "invoices.status": "OPEN PARTIAL_PAYMENT PAID_IN_FULL SCHEDULED UNDEFINED",
    "invoices.recordStatus": "ACTIVE INACTIVE DRAFT",
    "receivable_payments.status": "PAID VOID SCHEDULED CANCELED ESCHEATED",
    "users.role.type": (
        "ACCOUNTANT ADMINISTRATOR APPROVER AUDITOR CLERK CUSTOM INTERNAL MEMBER NO_ACCESS PARTNER"
        " PAYER PURCHASE_REQUESTER REVIEWER UNDEFINED"
    ),
    "bank_accounts.status": "VERIFIED PENDING NOT_VERIFIED INVALID UNDEFINED",
    "bank_accounts.type": "CHECKING SAVINGS",
    "bank_accounts.ownerType": "BUSINESS PERSONAL",
}

ENUMERATIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {field: frozenset(values.split()) for field, values in _VALUES.items()}
)
"""The values of each field, by `list.field`."""
