"""The fields by which each list can be filtered and sorted.

The rules come from BILL's pages "filterable fields" and "sortable fields". Nobody on this project
has seen all parts of them. The rules of each list say how much was seen. Where that is not
everything, `Options.rules=lenient` allows every field of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.contract import ListContract
    from bill_emulator.options import Options

OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "sw")
"""The nine operators [DOC]."""

TIMES = ("createdTime", "updatedTime")

_RANGE = "gt gte lt lte"
_ID = "eq ne in"
_FLAG = "eq ne"
_ENUM = "eq ne in nin"
_ANY = " ".join(OPERATORS)
# BILL's page names the field; we have not seen its operators.
_UNSEEN_AMOUNT = "eq ne gt gte lt lte"


@dataclass(frozen=True)
class ListRules:
    """The filter fields of a list with their operators, and its sort fields.

    `whole_filters` and `whole_sorts` are true if we have seen the whole documented section.
    `refused` are fields that BILL is known to refuse in a filter; no option allows them.
    """

    filters: Mapping[str, str]
    sorts: tuple[str, ...]
    whole_filters: bool = False
    whole_sorts: bool = True
    times: bool = True
    aliases: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def _fields(operators: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, operators)


def _classification(*sorts: str) -> ListRules:
    """Return the rules of a classification: `id:eq`, `archived:eq`, `name:sw` are in use [CODE]."""
    names = {name: "eq sw" for name in sorts if name == "name"}
    return ListRules(
        filters={"id": _ID, "archived": _FLAG, **names},
        sorts=("archived", *sorts, *TIMES),
        times=False,
        whole_sorts=False,
    )


_BUSINESS_PARTNER = {
    "id": _ID,
    "archived": _FLAG,
    "name": "eq sw",
    "accountType": _ENUM,
    "paymentStatus": _ENUM,
}

_BILL_CLASSES = _fields(
    _ID,
    "classifications.chartOfAccountId",
    "classifications.accountingClassId",
    "classifications.departmentId",
    "classifications.locationId",
    "classifications.itemId",
)

_INVOICE_CLASSES = _fields(
    _ID,
    "classifications.accountingClassId",
    "classifications.departmentId",
    "classifications.jobId",
    "classifications.locationId",
)

_CREDIT_SORTS = ("archived", "creditDate", "amount", "appliedAmount", *TIMES)

RULES: Mapping[str, ListRules] = MappingProxyType(
    {
        "bills": ListRules(
            filters={
                "id": _ID,
                "archived": _FLAG,
                "vendorId": "eq in",
                "dueDate": _RANGE,
                "paymentStatus": _ID,
                "payFromChartOfAccountId": _ID,
                "approvalStatus": _ID,  # eq is LIVE (NH), the others by analogy
                "invoice.invoiceNumber": "eq",  # CODE NF
                **_BILL_CLASSES,
            },
            sorts=(
                "archived",
                "fundingAmount",
                "exchangeRate",
                "description",
                "dueDate",
                *TIMES,
            ),
        ),
        "payments": ListRules(
            filters={
                **_fields(_ID, "id", "vendorId"),
                **_fields(_UNSEEN_AMOUNT, "processDate", "amount"),
                "transactionNumber": _ID,
                **_fields(_ENUM, "status", "disbursementType"),
                "onlinePayment": _FLAG,
            },
            refused=("billId",),  # LIVE NF
            sorts=(
                "description",
                "processDate",
                "amount",
                "confirmationNumber",
                "onlinePayment",
                "disbursementStatus",
                *TIMES,
            ),
        ),
        "vendors": ListRules(
            filters={**_BUSINESS_PARTNER, "address.country": _FLAG, "billCurrency": _ENUM},
            sorts=("archived", "name", "shortName", "email", "phone", "billCurrency", *TIMES),
            whole_filters=True,
        ),
        "vendor_credits": ListRules(
            filters={"id": _ID, "archived": _FLAG, "vendorId": "eq in"},
            sorts=_CREDIT_SORTS,
            times=False,
        ),
        "recurring_bills": ListRules(
            filters={"id": _ID, "archived": _FLAG, "vendorId": "eq in"},
            sorts=("archived",),
            whole_filters=True,
            times=False,
        ),
        "invoices": ListRules(
            filters={
                "id": _ID,
                "archived": _FLAG,
                "customerId": "eq in",
                "payToChartOfAccountId": _ID,
                "invoiceNumber": "eq",  # CODE
                **_INVOICE_CLASSES,
            },
            sorts=("archived", "invoiceNumber", "invoiceDate", "dueDate", "totalAmount", *TIMES),
        ),
        "customers": ListRules(
            filters={**_BUSINESS_PARTNER, "invoiceCurrency": _ENUM},
            sorts=(
                "archived",
                "name",
                "companyName",
                "email",
                "phone",
                "fax",
                "description",
                "invoiceCurrency",
                *TIMES,
            ),
            whole_filters=True,
        ),
        "receivable_payments": ListRules(
            filters={
                "id": _ID,
                "customerId": "eq in",
            },  # updatedTime is LIVE (MJ), the rest was not seen
            sorts=("amount", *TIMES),
        ),
        "credit_memos": ListRules(
            filters={"id": _ID, "archived": _FLAG, "customerId": "eq in"},
            sorts=_CREDIT_SORTS,
            times=False,
        ),
        "recurring_invoices": ListRules(
            filters={"id": _ID, "archived": _FLAG, "customerId": "eq in"},
            sorts=("archived",),
            whole_sorts=False,
            times=False,
        ),
        "chart_of_accounts": _classification("name", "description"),
        "departments": _classification("name", "description"),
        "locations": _classification("name", "description"),
        "items": _classification("name", "description"),
        "employees": _classification("firstName", "lastName"),
        "jobs": _classification("name", "description"),
        "accounting_classes": _classification("name", "description"),
        "users": ListRules(
            filters={"id": _ID, "archived": _FLAG, "role.type": _ENUM},
            sorts=("archived", "firstName", "lastName", *TIMES),
        ),
        "roles": ListRules(
            filters={"id": _ID}, sorts=("description", *TIMES), times=False, whole_sorts=True
        ),
        "bank_accounts": ListRules(
            filters={
                "id": _ID,
                "archived": _FLAG,
                "status": _ENUM,
                **_fields(_FLAG, "type", "ownerType", "accessToAdmins"),
            },
            sorts=("archived", "nameOnAccount", "bankName", "accessToAdmins", *TIMES),
            whole_filters=True,
            aliases={"bankAccountId": "id"},  # its name in the Postman example [CONTRA]
        ),
    }
)
"""The rules of each list, by name."""


def filter_operators(contract: ListContract, name: str, options: Options) -> frozenset[str]:
    """Return the operators that a field can be filtered with; none if it cannot be filtered."""
    rules = RULES[contract.name]
    lenient = not rules.whole_filters and _is_lenient(contract.name, options)
    if name in rules.refused:
        return frozenset()
    if name in TIMES:
        listed = contract.name in options.time_filter_lists
        allowed = _RANGE if rules.times or listed or lenient else ""
    elif name in rules.filters:
        allowed = rules.filters[name]
    elif name in rules.aliases:
        allowed = rules.filters[rules.aliases[name]]
    else:
        allowed = _ANY if lenient and contract.field_type(name) else ""
    return frozenset(allowed.split())


def can_sort(contract: ListContract, name: str, options: Options) -> bool:
    """Return whether the list can be sorted by this field."""
    rules = RULES[contract.name]
    if name in rules.sorts:
        return True
    lenient = not rules.whole_sorts and _is_lenient(contract.name, options)
    return lenient and contract.field_type(name) is not None


def _is_lenient(list_name: str, options: Options) -> bool:
    if list_name == "recurring_invoices" and options.recurring_invoices_rules == "strict":
        return False
    return options.rules == "lenient"
