"""The fields that requests for each object may have: one table.

They are those of BILL's OpenAPI [DOC, from generated clients] and of its reference pages. BILL sets
all other fields of a row.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.writes.request_enums import (
    ACCOUNT_KINDS,
    ACCOUNT_TYPES,
    ITEM_KINDS,
    PERIODS,
    VENDOR_ENUMS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.options import Options


@dataclass(frozen=True)
class Lines:
    """The line items of an object: their field, and the prefix of their ids.

    `write_only` are fields of a line that requests have and rows do not.
    """

    field: str
    prefix: str
    write_only: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """The rules for the requests of one kind of object."""

    writable: tuple[str, ...]
    """Top-level fields that a request may set."""
    required: tuple[str, ...] = ()
    """Dotted names that a create and a replace must have."""
    write_only: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Fields that requests have and rows do not, with their types as in the contract."""
    lengths: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Maximum lengths by dotted name."""
    enums: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """Allowed values by dotted name."""
    currencies: tuple[str, ...] = ()
    """Dotted names of currency codes, which have three capital letters."""
    filled: tuple[str, ...] = ()
    """Nested objects that must not be empty in a create."""
    lines: Lines | None = None
    fixed: frozenset[str] = frozenset()
    """Dotted names that only a create may set."""
    sealed: frozenset[str] = frozenset()
    """Dotted names inside writable objects that only BILL sets."""

    def type_of(self, list_name: str, name: str) -> Any:
        """Return the type of a top-level field, or None if requests do not have it."""
        if name in self.write_only:
            return self.write_only[name]
        if name not in self.writable:
            return None
        kind = LISTS[list_name].fields[name]
        if self.lines is not None and name == self.lines.field:
            return [{**kind[0], **self.lines.write_only}]
        return kind


_CREDITS = [{"id": "string", "amount": "number"}]
_CLASSIFICATION = Shape(
    ("name", "shortName", "description", "parentId"),
    ("name",),
    lengths=MappingProxyType({"name": 100, "shortName": 100}),
)

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "bills": Shape(
            (
                "vendorId",
                "description",
                "dueDate",
                "billLineItems",
                "invoice",
                "payFromChartOfAccountId",
                "classifications",
                "purchaseOrderNumber",
                "paymentTermId",
            ),
            # The guide says that all five are required [DOC via AU].
            (
                "vendorId",
                "dueDate",
                "billLineItems",
                "invoice.invoiceNumber",
                "invoice.invoiceDate",
            ),
            write_only={"vendorCredits": _CREDITS},  # [DOC CL 2025-05-22]
            lengths={"invoice.invoiceNumber": 21},  # [LIVE NF]
            lines=Lines("billLineItems", "bli"),
        ),
        "vendor_credits": Shape(
            (
                "vendorId",
                "referenceNumber",
                "creditDate",
                "description",
                "applyToChartOfAccountId",
                "applyToBankAccountId",
                "vendorCreditLineItems",
            ),
            ("vendorId", "referenceNumber", "creditDate", "vendorCreditLineItems"),  # [DOC]
            lengths={"referenceNumber": 100},  # [DOC R:replacevendorcredit]
            lines=Lines("vendorCreditLineItems", "vci"),
        ),
        "recurring_bills": Shape(
            (
                "vendorId",
                "description",
                "schedule",
                "recurringBillLineItems",
                "processingOptions",
                "paymentInformation",
            ),
            ("vendorId", "schedule", "recurringBillLineItems"),  # [DOC hc createrecurringbill]
            lengths={"description": 4000},
            enums={"schedule.period": PERIODS},
            lines=Lines("recurringBillLineItems", "btl"),  # prefix [UNKNOWN]
        ),
        "invoices": Shape(
            (
                "invoiceNumber",
                "invoiceDate",
                "dueDate",
                "invoiceLineItems",
                "payToChartOfAccountId",
                "classifications",
                "creditAmount",
                "salesTaxItemId",
                "enableCardPayment",
                "convenienceFee",
                "paymentTermId",
            ),
            ("customer", "invoiceLineItems"),  # [LIVE MJ; DOC R:replaceinvoice]
            # Nested in requests, flat `customerId` in rows [LIVE MJ].
            write_only={
                "customer": {"id": "string", "name": "string", "email": "string"},
                "processingOptions": {"sendEmail": "boolean"},
            },
            # The maximum length of invoiceNumber is an option: see `for_options`.
            # In a PUT, a line can have an amount in place of a price [DOC PM].
            lines=Lines("invoiceLineItems", "ili", {"amount": "number"}),  # prefix [UNKNOWN]
        ),
        "customers": Shape(
            (
                "name",
                "companyName",
                "contact",
                "email",
                "phone",
                "fax",
                "description",
                "invoiceCurrency",
                "accountType",
                "paymentTermId",
                "accountNumber",
                "billingAddress",
                "shippingAddress",
            ),
            ("name",),
            lengths={"name": 100, "companyName": 250, "accountNumber": 100},  # [DOC MJ]
            enums={"accountType": ACCOUNT_TYPES},
            currencies=("invoiceCurrency",),
        ),
        "credit_memos": Shape(
            (
                "customerId",
                "referenceNumber",
                "creditDate",
                "description",
                "salesTaxItemId",
                "payToChartOfAccountId",
                "payToBankAccountId",
                "creditMemoLineItems",
                "classifications",
            ),
            ("customerId", "referenceNumber", "creditDate", "creditMemoLineItems"),  # [DOC]
            lengths={"referenceNumber": 100},  # [DOC hc replacecreditmemo]
            lines=Lines("creditMemoLineItems", "ili"),  # prefix [UNKNOWN]
        ),
        "recurring_invoices": Shape(
            (
                "customerId",
                "description",
                "schedule",
                "recurringInvoiceLineItems",
                "classifications",
                "sendEmail",
                "paymentTermId",
            ),
            ("customerId", "schedule", "recurringInvoiceLineItems"),  # [DOC]
            lengths={"description": 4000},
            enums={"schedule.period": PERIODS},
            lines=Lines("recurringInvoiceLineItems", "ril"),  # prefix [UNKNOWN]
        ),
        "vendors": Shape(
            (
                "name",
                "shortName",
                "accountNumber",
                "accountType",
                "email",
                "phone",
                "address",
                "paymentInformation",
                "additionalInfo",
                "billCurrency",
                "autoPay",
            ),
            ("name", "address"),  # [DOC]
            lengths={"name": 100, "shortName": 100},
            enums=VENDOR_ENUMS,
            currencies=("billCurrency", "paymentInformation.bankAccount.paymentCurrency"),
            filled=("address",),
            # A vendor's bank account has its own endpoint [DOC CL 2024-09-03].
            fixed=frozenset({"paymentInformation.bankAccount"}),
            sealed=frozenset(
                {
                    "paymentInformation.lastPaymentDate",
                    "paymentInformation.virtualCard",
                    "autoPay.createdBy",
                }
            ),
        ),
        "chart_of_accounts": Shape(
            ("name", "description", "parentId", "account"),
            ("name",),
            lengths={"name": 100},
            enums={"account.type": ACCOUNT_KINDS},
        ),
        "departments": _CLASSIFICATION,
        "locations": _CLASSIFICATION,
        "jobs": _CLASSIFICATION,
        "accounting_classes": _CLASSIFICATION,
        "employees": Shape(("firstName", "lastName", "shortName", "parentId"), ("firstName",)),
        "items": Shape(
            (
                "type",
                "shortName",
                "name",
                "description",
                "parentId",
                "price",
                "expenseChartOfAccountId",
                "purchaseDescription",
                "purchaseCost",
                "chartOfAccountId",
                "taxable",
                "percentage",
            ),
            ("name",),
            lengths={"name": 100, "shortName": 100},
            enums={"type": ITEM_KINDS},
        ),
        "users": Shape(
            ("firstName", "lastName", "email"),
            ("firstName", "lastName", "email", "acceptTermsOfService"),  # [DOC]
            write_only={"roleId": "string", "acceptTermsOfService": "boolean"},  # [DOC]
            fixed=frozenset(
                {"email", "acceptTermsOfService"}
            ),  # not among the fields of an update [DOC]
        ),
        "bank_accounts": Shape(
            (
                "nameOnAccount",
                "bankName",
                "accountNumber",
                "routingNumber",
                "type",
                "ownerType",
                "accessToAdmins",
                "default",
                "chartOfAccountId",
            ),
            ("nameOnAccount", "accountNumber", "routingNumber", "type", "ownerType"),
            enums={"type": ("CHECKING", "SAVINGS"), "ownerType": ("BUSINESS", "PERSONAL")},
            fixed=frozenset({"accountNumber", "routingNumber", "type"}),  # [DOC] same
        ),
        "payments": Shape(
            (
                "vendorId",
                "billId",
                "description",
                "processDate",
                "fundingAccount",
                "amount",
                "billPayments",
                "processingOptions",
                "paymentPurpose",
                "transactionNumber",
                "cardFundingPurpose",
            ),
            ("fundingAccount", "processingOptions"),  # [DOC R:createpayment], with amount
            write_only={"vendorCredits": _CREDITS},
            lengths={"description": 70, "transactionNumber": 50},  # [DOC]
            enums={"fundingAccount.type": ("BANK_ACCOUNT", "CARD_ACCOUNT", "AP_CARD", "WALLET")},
        ),
        "receivable_payments": Shape(
            ("customerId", "fundingAccount", "description", "paymentDate", "invoicePayments"),
            ("customerId", "fundingAccount", "invoicePayments"),  # [DOC hc chargecustomer]
            enums={"fundingAccount.type": ("BANK_ACCOUNT", "CARD_ACCOUNT")},
        ),
    }
)
"""The lists that requests can change. No v3 route changes roles."""


def for_options(list_name: str, options: Options) -> Shape:
    """Return the shape of a list's objects under the options."""
    shape = SHAPES[list_name]
    if list_name == "invoices":
        return dataclasses.replace(shape, lengths={"invoiceNumber": options.invoice_number_length})
    if list_name == "customers" and options.customer_email == "required":
        return dataclasses.replace(shape, required=(*shape.required, "email"))
    return shape


REFERENCES: Mapping[str, str] = MappingProxyType(
    {
        "vendorId": "vendors",
        "customerId": "customers",
        "billId": "bills",
        "invoiceId": "invoices",
        "chartOfAccountId": "chart_of_accounts",
        "payFromChartOfAccountId": "chart_of_accounts",
        "payToChartOfAccountId": "chart_of_accounts",
        "applyToChartOfAccountId": "chart_of_accounts",
        "expenseChartOfAccountId": "chart_of_accounts",
        "accountingClassId": "accounting_classes",
        "departmentId": "departments",
        "employeeId": "employees",
        "jobId": "jobs",
        "locationId": "locations",
        "itemId": "items",
        "salesTaxItemId": "items",
        "bankAccountId": "bank_accounts",
        "applyToBankAccountId": "bank_accounts",
        "payToBankAccountId": "bank_accounts",
        "roleId": "roles",
    }
)
"""Fields, at any depth, that hold the id of a row in another list. `parentId` is an id in the same
list. Payment terms are not among the 20 lists."""
