"""The generated company's values: enumerations, names and numbers, schedules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bill_emulator.filter_enums import ENUMERATIONS
from unit_tests.bill_emulator.company.generated import company

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = "2026-11-22"
Row = dict[str, Any]


def lists() -> dict[str, list[Row]]:
    return company().lists


def rows(name: str) -> list[Row]:
    return lists()[name]


def values(row: Any, path: list[str]) -> Iterator[str]:
    """Yield the values at a path, through arrays."""
    if isinstance(row, list):
        for item in row:
            yield from values(item, path)
    elif not path:
        yield row
    elif path[0] in row:
        yield from values(row[path[0]], path[1:])


# Enumerations of fields that no filter takes, so they are not in ENUMERATIONS.
OTHER_ENUMERATIONS = {
    "bills.approvers.status": "WAITING APPROVED DENIED REROUTED",
    "payments.singleStatus": (
        "DISBURSEMENT_FAILED_ACTION_NEEDED DISBURSEMENT_FAILED_VENDOR_BANK_REJECTED"
        " FUNDING_FAILED_ACTION_NEEDED FUNDS_ESCHEATED CANCELED FUNDING_FAILED_VOIDED VOIDED"
        " CLEARED DELIVERED DISBURSEMENT_ON_HOLD SENT PROCESSED FUNDING_STARTED SCHEDULED"
        " EXPIRING VOID_PENDING"
    ),
    "payments.disbursementStatus": "DONE FAILED HOLD IN_PROGRESS",
    "payments.fundingAccount.type": "BANK_ACCOUNT CARD_ACCOUNT AP_CARD WALLET",
    "payments.processingOptions.requestCheckDeliveryType": (
        "STANDARD UPS_1DAY UPS_2DAY RTP_DELIVERY"
    ),
    "payments.voidInfo.type": ("VOID_AND_CREDIT VOID_AND_REISSUE VOID_AND_REISSUE_VCARD VOID_ONLY"),
    "payments.voidInfo.status": "ACCEPTED REJECTED ARCHIVED NO_OP TO_BE_PROCESSED",
    "payments.disbursementInfo.internationalDisbursement.disbursementSubType": "IACH LOCAL NONE",
    "vendors.paymentInformation.payByType": (
        "ACH CHECK INTERNATIONAL_E_PAYMENT OFFLINE RPPS VIRTUAL_CARD WALLET"
    ),
    "vendors.paymentInformation.payBySubType": "ACH IACH LOCAL MULTIPLE NONE WIRE",
    "vendors.paymentInformation.virtualCard.status": (
        "CONFIRMED DECLINED ENROLLED ON_HOLD OPEN PENDING PHONE_NUMBER_NEEDED RECRUITING"
    ),
    "vendors.paymentInformation.bankAccount.type": "CHECKING SAVINGS",
    "vendors.paymentInformation.bankAccount.ownerType": "BUSINESS PERSON",
    "vendors.additionalInfo.taxIdType": "EIN SSN",
    "invoices.payments.status": "PAID VOID SCHEDULED CANCELED",
    "receivable_payments.receivablesType": "CREDIT_CARD WALLET",
    "receivable_payments.fundingAccount.type": "BANK_ACCOUNT CARD_ACCOUNT",
    "receivable_payments.receivablesAccount.type": "BANK_ACCOUNT",
    "recurring_bills.schedule.period": "WEEKLY MONTHLY YEARLY",
    "recurring_invoices.schedule.period": "WEEKLY MONTHLY YEARLY",
    "items.type": (
        "INVENTORY NON_INVENTORY SERVICE OTHER_CHARGE PAYMENT FIXED_ASSET SALES_TAX SALES_TAX_GROUP"
    ),
    "chart_of_accounts.account.type": (
        "UNSPECIFIED ACCOUNTS_PAYABLE ACCOUNTS_RECEIVABLE BANK COST_OF_GOODS_SOLD CREDIT_CARD"
        " EQUITY EXPENSE FIXED_ASSET INCOME LONG_TERM_LIABILITY OTHER_ASSET OTHER_CURRENT_ASSET"
        " OTHER_CURRENT_LIABILITY OTHER_EXPENSE OTHER_INCOME NON_POSTING"
    ),
    "roles.type": "ACCOUNTANT ADMINISTRATOR APPROVER AUDITOR CLERK CUSTOM MEMBER PAYER",
}
FILTERS_ALONE = {"vendors.paymentStatus", "customers.paymentStatus"}
ALLOWED = {field: set(known.split()) for field, known in OTHER_ENUMERATIONS.items()} | {
    field: set(known) for field, known in ENUMERATIONS.items() if field not in FILTERS_ALONE
}


@pytest.mark.parametrize("field", ALLOWED)
def test_enumerations_have_only_bills_values(field: str) -> None:
    name, *path = field.split(".")
    found = set(values(rows(name), path))
    assert found
    assert found <= ALLOWED[field]


def test_numbers_belong_to_nobody() -> None:
    text = "\n".join(str(found) for found in lists().values())
    mails = re.findall(r"[\w.-]+@([\w.-]+)", text)
    assert mails
    assert all(mail.endswith(".example") for mail in mails)
    assert all("555-01" in row["phone"] for row in rows("vendors") if "phone" in row)
    taxes = [
        row["additionalInfo"]["taxId"]
        for row in rows("vendors")
        if row["additionalInfo"].get("taxId")
    ]
    assert taxes
    assert all(re.fullmatch(r"00-\d{7}|000-\d\d-\d{4}", tax) for tax in taxes)


def test_bank_accounts_are_masked_and_routing_numbers_pass_their_checksum() -> None:
    for row in rows("bank_accounts"):
        assert re.fullmatch(r"\*{12}\d{4}", row["accountNumber"])
        digits = [int(digit) for digit in row["routingNumber"]]
        weighted = sum(digit * (3, 7, 1)[place % 3] for place, digit in enumerate(digits))
        assert len(digits) == 9
        assert weighted % 10 == 0


def test_names_are_unique_and_from_many_places() -> None:
    names = [row["name"] for row in rows("vendors")]
    assert len(set(names)) == len(names)
    assert any(not name.isascii() for name in names)


def test_bills_have_short_invoice_numbers() -> None:
    assert all(len(row["invoice"]["invoiceNumber"]) <= 21 for row in rows("bills"))


def test_recurring_schedules_lie_ahead_while_active() -> None:
    for row in rows("recurring_bills") + rows("recurring_invoices"):
        schedule = row["schedule"]
        assert row["archived"] == (schedule["nextDueDate"] <= TODAY)
        assert schedule.get("endDate", "9") >= schedule["nextDueDate"]
        for line in row.get("recurringInvoiceLineItems", []):
            assert line["amount"] == round(line["price"] * line["quantity"], 2)
    active = {row["vendorId"] for row in rows("recurring_bills") if not row["archived"]}
    assert {row["id"] for row in rows("vendors") if row["recurringPayments"]} == active


def test_last_payments_of_vendors_are_their_payments() -> None:
    last: dict[str, str] = {}
    for payment in rows("payments"):
        if payment["status"] in ("PAID", "ESCHEATED"):
            vendor = payment["vendorId"]
            last[vendor] = max(last.get(vendor, ""), payment["processDate"])
    for vendor in rows("vendors"):
        assert vendor["paymentInformation"].get("lastPaymentDate") == last.get(vendor["id"])
