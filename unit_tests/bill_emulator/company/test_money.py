"""The generated company's amounts add up, and its statuses agree with amounts and dates."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from bill_emulator.company import generate
from bill_emulator.company.money import bill_status, invoice_status
from unit_tests.bill_emulator.company.generated import AS_OF, company

TODAY = "2026-11-22"
Row = dict[str, Any]

CASES = pytest.mark.parametrize(("seed", "scale"), [(1, 0.05), (1, 1.0), (2, 1.0)])


def lists(seed: int, scale: float) -> dict[str, list[Row]]:
    return company(seed, scale).lists


def cents(amount: float) -> int:
    exact = round(amount * 100)
    assert amount == exact / 100  # JSON numbers are rounded to cents
    return exact


def total(rows: list[Row], key: str = "amount") -> int:
    return sum(cents(row[key]) for row in rows)


def by_bill(payments: list[Row], statuses: set[str]) -> dict[str, int]:
    """Return what payments with these statuses pay of each bill."""
    found: dict[str, int] = defaultdict(int)
    for payment in payments:
        if payment["status"] in statuses:
            for part in payment["billPayments"]:
                found[part["billId"]] += cents(part["amount"])
    return found


def usage(credits_: list[Row], key: str) -> dict[str, int]:
    """Return what credits are applied to, by bill or invoice."""
    found: dict[str, int] = defaultdict(int)
    for credit in credits_:
        for used in credit.get("usage", []):
            found[used[key]] += cents(used["amount"])
    return found


# ----------------------------------------------------------------------------------------- bills


@CASES
def test_lines_add_up_to_the_bill(seed: int, scale: float) -> None:
    for bill in lists(seed, scale)["bills"]:
        assert total(bill["billLineItems"]) == cents(bill["amount"]) > 0
        for line in bill["billLineItems"]:
            if "price" in line:
                assert cents(line["amount"]) == round(cents(line["price"]) * line["quantity"])


@CASES
def test_paid_scheduled_and_due_add_up_to_the_bill(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    paid = by_bill(data["payments"], {"PAID", "ESCHEATED"})
    scheduled = by_bill(data["payments"], {"SCHEDULED", "APPROVING"})
    credit = usage(data["vendor_credits"], "billId")
    for bill in data["bills"]:
        identifier = bill["id"]
        assert cents(bill["creditAmount"]) == credit[identifier]
        assert cents(bill["paidAmount"]) == paid[identifier] + credit[identifier]
        assert cents(bill["scheduledAmount"]) == scheduled[identifier]
        settled = cents(bill["paidAmount"]) + cents(bill["scheduledAmount"])
        assert cents(bill["amount"]) == settled + cents(bill["dueAmount"])
        assert bill["dueAmount"] >= 0


@CASES
def test_payment_status_agrees_with_amounts(seed: int, scale: float) -> None:
    for bill in lists(seed, scale)["bills"]:
        status = bill["paymentStatus"]
        untouched = bill["paidAmount"] == bill["scheduledAmount"] == 0
        assert (status == "UNPAID") == untouched
        assert (bill["dueAmount"] == 0) >= (status in ("PAID", "IN_PROCESS"))
        unpaid = bill["paidAmount"] == 0 or bill["dueAmount"] == 0
        assert (unpaid and bill["scheduledAmount"] > 0) == (status == "SCHEDULED")
        assert (status == "PARTIALLY_PAID") == (bill["paidAmount"] > 0 and bill["dueAmount"] > 0)
        if not untouched:
            assert not bill["archived"]
            assert bill["approvalStatus"] in ("APPROVED", "UNASSIGNED")


@CASES
def test_approvers_agree_with_the_approval(seed: int, scale: float) -> None:
    for bill in lists(seed, scale)["bills"]:
        statuses = [approver["status"] for approver in bill.get("approvers", [])]
        expected = {
            "UNASSIGNED": statuses == [],
            "ASSIGNED": set(statuses) == {"WAITING"},
            "APPROVING": "WAITING" in statuses and len(set(statuses)) > 1,
            "APPROVED": "APPROVED" in statuses and set(statuses) <= {"APPROVED", "REROUTED"},
            "DENIED": "DENIED" in statuses,
        }
        assert expected[bill["approvalStatus"]]
        for approver in bill.get("approvers", []):
            assert ("statusChangedTime" in approver) == (approver["status"] != "WAITING")
            changed = approver.get("statusChangedTime", bill["createdTime"])
            assert bill["createdTime"] <= changed <= bill["updatedTime"]


@CASES
def test_only_active_records_are_not_archived(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    for name in ("bills", "invoices"):
        assert all((row["recordStatus"] == "ACTIVE") != row["archived"] for row in data[name])
        assert len({row["recordStatus"] for row in data[name]}) == (4 if name == "bills" else 3)


def test_bills_of_every_payment_status_and_overdue_ones() -> None:
    bills = lists(1, 1.0)["bills"]
    assert {bill["paymentStatus"] for bill in bills} == {
        "PAID", "UNPAID", "PARTIALLY_PAID", "SCHEDULED", "IN_PROCESS",
    }  # fmt: skip
    unpaid = [bill for bill in bills if bill["paymentStatus"] == "UNPAID"]
    assert 20 < sum(bill["dueDate"] < TODAY for bill in unpaid) < len(unpaid)


@CASES
def test_foreign_bills_and_payments_have_a_rate_and_dollars(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    local = {row["id"] for row in data["vendors"] if row["billCurrency"] != "USD"}
    assert local
    for row in data["bills"] + data["payments"]:
        assert ("exchangeRate" in row) == ("fundingAmount" in row) == (row["vendorId"] in local)
        if "exchangeRate" in row:
            assert abs(row["fundingAmount"] * row["exchangeRate"] - row["amount"]) <= (
                0.0051 * row["exchangeRate"]
            )


# -------------------------------------------------------------------------------------- payments


@CASES
def test_bill_payments_add_up_to_the_payment(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    vendor_of = {bill["id"]: bill["vendorId"] for bill in data["bills"]}
    for payment in data["payments"]:
        parts = payment["billPayments"]
        assert total(parts) == cents(payment["amount"]) > 0
        assert {vendor_of[part["billId"]] for part in parts} == {payment["vendorId"]}
        assert len({part["billId"] for part in parts}) == len(parts)
        assert payment.get("billId") == (parts[0]["billId"] if len(parts) == 1 else None)


@CASES
def test_payment_statuses_agree_with_dates(seed: int, scale: float) -> None:
    for payment in lists(seed, scale)["payments"]:
        processed = payment["processDate"] <= TODAY
        assert payment["processDate"] >= payment["createdTime"][:10]
        status, single = payment["status"], payment.get("singleStatus")
        if status in ("SCHEDULED", "APPROVING"):
            assert not processed
            assert single in ("SCHEDULED", None)
        else:
            assert processed
            assert (status == "VOID") == (single in ("VOIDED", "FUNDING_FAILED_VOIDED"))
            assert (status == "CANCELLED") == (single == "CANCELED")
            assert (status == "ESCHEATED") == (single == "FUNDS_ESCHEATED")


@CASES
def test_disbursement_agrees_with_its_type_and_status(seed: int, scale: float) -> None:
    key = {
        "ACH": "achDisbursement", "CHECK": "checkDisbursement", "RPPS": "rppsDisbursement",
        "VIRTUAL_CARD": "vcardDisbursement", "WALLET": "walletDisbursement",
        "INTERNATIONAL_E_PAYMENT": "internationalDisbursement",
    }  # fmt: skip
    done = {
        "CLEARED": "DONE",
        "VOIDED": "FAILED",
        "SENT": "IN_PROGRESS",
        "DELIVERED": "IN_PROGRESS",
    }
    for payment in lists(seed, scale)["payments"]:
        info = payment.get("disbursementInfo")
        if not payment["onlinePayment"]:
            assert payment["disbursementType"] == "OFFLINE"
            assert info is None
            continue
        if info is not None:
            assert set(info) == {"isVoidable", key[payment["disbursementType"]]}
        single = payment["singleStatus"]
        if single in done:
            assert payment["disbursementStatus"] == done[single]
        if single in ("SCHEDULED", "CANCELED", "FUNDING_STARTED", "PROCESSED"):
            assert "disbursementStatus" not in payment


@CASES
def test_void_payments_say_how_they_were_voided(seed: int, scale: float) -> None:
    for payment in lists(seed, scale)["payments"]:
        requests = payment["voidInfo"]
        accepted = [request for request in requests if request["status"] == "ACCEPTED"]
        online = payment["onlinePayment"]
        assert bool(accepted) == (payment["status"] == "VOID")
        if online:
            waiting = any(request["status"] == "TO_BE_PROCESSED" for request in requests)
            assert waiting == (payment["singleStatus"] == "VOID_PENDING")
        for request in requests:
            assert payment["createdTime"] <= request["createdTime"] <= request["updatedTime"]
            assert request["updatedTime"] <= payment["updatedTime"]


@CASES
def test_credits_of_payments_are_their_usage(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    shown = {
        (credit["id"], payment["id"], part["billId"], cents(credit["amount"]))
        for payment in data["payments"]
        for part in payment["billPayments"]
        for credit in part.get("vendorCredits", [])
    }
    used = {
        (credit["id"], entry["paymentId"], entry["billId"], cents(entry["amount"]))
        for credit in data["vendor_credits"]
        for entry in credit.get("usage", [])
        if "paymentId" in entry
    }
    assert shown == used


# ---------------------------------------------------------------------------- credits and invoices


@CASES
def test_no_more_credit_is_applied_than_a_credit_has(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    for credit in data["vendor_credits"]:
        assert total(credit["vendorCreditLineItems"]) == cents(credit["amount"])
    for memo in data["credit_memos"]:
        for line in memo["creditMemoLineItems"]:
            assert cents(line["amount"]) == round(cents(line["price"]) * line["quantity"])
        tax = cents(memo.get("salesTaxTotal", 0.0))
        assert total(memo["creditMemoLineItems"]) + tax == cents(memo["amount"])
    for credit in data["vendor_credits"] + data["credit_memos"]:
        applied, amount = cents(credit["appliedAmount"]), cents(credit["amount"])
        assert total(credit.get("usage", [])) == applied <= amount
        assert credit["status"] == (
            "NOT_APPLIED" if not applied
            else "FULLY_APPLIED" if applied == amount else "PARTIALLY_APPLIED"
        )  # fmt: skip


@CASES
def test_lines_and_sales_tax_add_up_to_the_invoice(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    items = {item["id"]: item for item in data["items"]}
    for invoice in data["invoices"]:
        net = taxable = 0
        for line in invoice["invoiceLineItems"]:
            amount = cents(line["price"]) * line["quantity"]
            assert amount == int(amount)
            net += int(amount)
            item = items.get(line.get("classifications", {}).get("itemId"), {})
            taxable += int(amount) if item.get("taxable") else 0
        tax = cents(invoice.get("salesTaxTotal", 0.0))
        assert net + tax == cents(invoice["totalAmount"])
        if "salesTaxItemId" in invoice:
            assert items[invoice["salesTaxItemId"]]["type"] == "SALES_TAX"
            percentage = items[invoice["salesTaxItemId"]]["percentage"]
            assert percentage == invoice["salesTaxPercentage"]
            assert abs(tax - taxable * percentage / 100) <= 0.5001
        else:
            assert tax == 0


@CASES
def test_payments_credits_and_due_add_up_to_the_invoice(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    credit = usage(data["credit_memos"], "invoiceId")
    shown: dict[str, list[Row]] = defaultdict(list)
    for receipt in data["receivable_payments"]:
        for part in receipt["invoicePayments"]:
            entry = {"id": receipt["id"], "amount": part["amount"], "status": receipt["status"]}
            shown[part["invoiceId"]].append({**entry, "date": receipt["paymentDate"]})
    for invoice in data["invoices"]:
        payments = invoice.get("payments", [])
        assert payments == shown[invoice["id"]]
        paid = total([payment for payment in payments if payment["status"] == "PAID"])
        planned = total([payment for payment in payments if payment["status"] == "SCHEDULED"])
        assert cents(invoice["scheduledAmount"]) == planned
        assert cents(invoice["creditAmount"]) == credit[invoice["id"]]
        due = cents(invoice["totalAmount"]) - paid - planned - credit[invoice["id"]]
        assert cents(invoice["dueAmount"]) == due >= 0
        settled = paid + credit[invoice["id"]]
        assert invoice["status"] == (
            ("SCHEDULED" if planned else "PAID_IN_FULL") if due == 0
            else "PARTIAL_PAYMENT" if settled else "SCHEDULED" if planned else "OPEN"
        )  # fmt: skip
        if invoice["archived"]:
            assert invoice["status"] == "OPEN"  # [LIVE MJ]


@CASES
def test_received_payments_add_up_and_agree_with_their_dates(seed: int, scale: float) -> None:
    for receipt in lists(seed, scale)["receivable_payments"]:
        parts = total(receipt["invoicePayments"])
        assert parts + cents(receipt["unappliedAmount"]) == cents(receipt["amount"]) > 0
        if receipt["status"] == "PAID":
            assert receipt["paymentDate"] <= TODAY
        if receipt["status"] == "SCHEDULED":
            assert receipt["paymentDate"] > TODAY


@CASES
@pytest.mark.parametrize(
    ("owners", "documents", "key"),
    [("vendors", "bills", "vendorId"), ("customers", "invoices", "customerId")],
)
def test_balances_are_what_is_due(
    seed: int, scale: float, owners: str, documents: str, key: str
) -> None:
    data = lists(seed, scale)
    due: dict[str, int] = defaultdict(int)
    for document in data[documents]:
        if not document["archived"]:
            due[document[key]] += cents(document["dueAmount"])
    assert all(cents(row["balance"]["amount"]) == due[row["id"]] for row in data[owners])


@pytest.mark.parametrize(
    ("option", "bill", "invoice"),
    [
        ("scheduled", "SCHEDULED", "SCHEDULED"),
        ("unpaid", "UNPAID", "OPEN"),
        ("partly_paid", "PARTIALLY_PAID", "PARTIAL_PAYMENT"),
    ],
)
def test_a_partly_scheduled_document_has_the_status_of_the_option(
    option: str, bill: str, invoice: str
) -> None:
    made = generate(1, 0.2, AS_OF, partly_scheduled=option).lists
    bills = [row for row in made["bills"] if row["dueAmount"] and row["scheduledAmount"]]
    assert {row["paymentStatus"] for row in bills if not row["paidAmount"]} == {bill}
    partly = invoice_status(10_000, 0, 4_000, partly_scheduled=option)
    assert partly == invoice
    assert bill_status(10_000, 0, 4_000, in_flight=False, partly_scheduled=option) == bill
