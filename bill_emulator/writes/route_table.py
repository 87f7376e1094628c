"""The writes that BILL has, with the evidence for each.

[DOC] is developer.bill.com: reference pages (R:), guides (D:), changelog (CL:), or clients that
were generated from its OpenAPI. To correct a route, correct its line here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSIFICATIONS = tuple(
    name for name, each in LISTS.items() if each.path.startswith("/v3/classifications/")
)
_WITH_PUT = (
    "bills",  # [DOC R:replacebill, R:updatebill]
    "invoices",  # [DOC R:replaceinvoice, R:updateinvoice; LIVE MJ]
    "recurring_bills",  # [DOC R:updaterecurringbill; PUT in the OpenAPI]
    "recurring_invoices",  # [DOC CL 2025-06-20]
    "credit_memos",  # [DOC CL 2025-04-11]
)
_WITHOUT_PUT = (
    "vendors",  # [DOC, OpenAPI] only PATCH
    "customers",  # [DOC, OpenAPI; CODE MJ] only PATCH
    "users",  # [DOC, OpenAPI] only PATCH
    *CLASSIFICATIONS,  # [DOC, OpenAPI] only PATCH
)
_EVERY = frozenset({"create", "patch", "archive", "restore"})

WRITABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(_WITH_PUT, _EVERY | {"put"}),
        **dict.fromkeys(_WITHOUT_PUT, _EVERY),
        # [DOC R:replacevendorcredit]; an archived one cannot be restored [DOC PM]
        "vendor_credits": (_EVERY | {"put"}) - {"restore"},
        # [DOC D:ar-charge-customer, R:createcustomerbankaccount]
        "customers": _EVERY | {"charge-authorization", "bank-accounts"},
        # [DOC, OpenAPI] no restore
        "bank_accounts": frozenset({"create", "patch", "archive", "verify"}),
        # [DOC R:createpayment, R:cancelpayment, R:voidpayment] no update
        "payments": frozenset({"create", "cancel", "void"}),
        # [DOC R:chargecustomer]; no route voids one [CODE MJ]
        "receivable_payments": frozenset({"create"}),
    }
)
"""The writes of each list: `create`, `patch`, `put`, `archive`, `restore`, and actions, which are
the last part of `POST {path}/{id}/{action}`. Roles have no writes."""

_BULK_CREATE = ("POST", "bulk")
_BULK_PATCH = ("PATCH", "bulk")
_BULK_PUT = ("PUT", "bulk")
_BULK_ARCHIVE = ("POST", "bulk/archive")
_BULK_RESTORE = ("POST", "bulk/restore")
_BULK = frozenset({_BULK_CREATE, _BULK_PATCH, _BULK_ARCHIVE, _BULK_RESTORE})
_RECORD = ("POST", "record-payment")

COLLECTION: Mapping[str, frozenset[tuple[str, str]]] = MappingProxyType(
    {
        # [DOC CL 2024-05-20, CL 2025-09-07]
        "bills": frozenset({_BULK_CREATE, _RECORD}),
        # [DOC CL 2024-04-22]
        "payments": frozenset({_BULK_CREATE}),
        # [DOC D:recording-an-ar-payment]
        "invoices": frozenset({_RECORD}),
        # only create, as in the OpenAPI [DOC]
        "vendors": frozenset({_BULK_CREATE}),
        # [DOC CL 2025-04-11; R:bulkreplacevendorcredit, the other four INFER]
        "credit_memos": _BULK | {_BULK_PUT},
        "vendor_credits": (_BULK | {_BULK_PUT}) - {_BULK_RESTORE},
        # [DOC, OpenAPI]: archive and restore have a parameter `ids`, separated by commas
        **dict.fromkeys(CLASSIFICATIONS, _BULK),
    }
)
"""Writes to a list as a whole: (method, the path after the path of the list)."""

BULK_LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "bills": 100,  # [DOC PM]
        "vendors": 20,  # [DOC CL 2024-09-16]
        "payments": 50,  # [DOC R:createbulkpayment; 200 when it was new]
        **dict.fromkeys(("credit_memos", "vendor_credits", *CLASSIFICATIONS), 50),  # [DOC PM]
    }
)
"""The most items in a bulk request. That archive and restore have the same limit is [INFER]."""

BULK_FIELDS: Mapping[str, str | None] = MappingProxyType(
    {
        "bills": None,
        "payments": "payments",
        "vendors": "vendors",
        "credit_memos": "creditMemos",
        "vendor_credits": "vendorCredits",
        "accounting_classes": "accountingClasses",
        "chart_of_accounts": "chartOfAccounts",
        "departments": "departments",
        "employees": "employees",
        "items": "items",
        "jobs": "jobs",
        "locations": "locations",
    }
)
"""The field of a bulk response that has the rows; None for a bare array [DOC PM]."""
