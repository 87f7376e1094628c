"""Writes of users, bank accounts, vendors, credits and recurring templates, and bulk requests."""

from __future__ import annotations

import pytest

from bill_emulator.writes import COLLECTION, Refused
from unit_tests.bill_emulator.office import Office, Row, bill_body, office


def credit(here: Office, vendor_id: str, amount: float) -> Row:
    return here.create(
        "vendor_credits",
        {
            "vendorId": vendor_id,
            "referenceNumber": "C-1",
            "creditDate": "2026-06-01",
            "vendorCreditLineItems": [{"amount": amount}],
        },
    )


def memo(here: Office, customer_id: str, *lines: Row) -> Row:
    return here.create(
        "credit_memos",
        {
            "customerId": customer_id,
            "referenceNumber": "M-1",
            "creditDate": "2026-06-01",
            "creditMemoLineItems": list(lines),
        },
    )


def test_a_user_is_an_administrator_unless_a_role_is_sent() -> None:
    here = office()
    body = {"firstName": "A", "lastName": "B", "email": "a@b.example", "acceptTermsOfService": True}
    user = here.create("users", body)
    assert user["role"]["type"] == "ADMINISTRATOR"
    role = next(row for row in here.store.rows("roles") if row["type"] == "AUDITOR")
    user = here.patch("users", user["id"], {"roleId": role["id"], "email": "z@b.example"})
    assert user["role"]["type"] == "AUDITOR"
    assert user["email"] == "a@b.example"


def test_a_bank_account_is_masked_pending_and_verified_by_its_deposit() -> None:
    here = office()
    body = {
        "nameOnAccount": "Fresh",
        "accountNumber": "123456789",
        "routingNumber": "011401533",
        "type": "CHECKING",
        "ownerType": "BUSINESS",
        "default": {"payables": True},
    }
    old = next(row for row in here.store.rows("bank_accounts") if row["default"]["payables"])
    account = here.create("bank_accounts", body)
    assert (account["accountNumber"], account["status"]) == ("************6789", "PENDING")
    assert not here.row("bank_accounts", old["id"])["default"]["payables"]
    assert not here.verify(account["id"], 0.1)
    assert here.row("bank_accounts", account["id"])["status"] == "PENDING"
    assert here.verify(account["id"], "0.50")
    assert here.row("bank_accounts", account["id"])["status"] == "VERIFIED"
    assert not here.verify(account["id"], 0.1)
    assert here.row("bank_accounts", account["id"])["status"] == "VERIFIED"
    with pytest.raises(Refused):
        here.verify(account["id"], None)


def test_a_vendors_bank_account_does_not_change_by_patch() -> None:
    here = office()
    bank = {"nameOnAccount": "V", "accountNumber": "000123450001", "routingNumber": "011401533"}
    body = {"name": "V", "address": {"country": "US"}, "paymentInformation": {"bankAccount": bank}}
    vendor = here.create("vendors", body)
    assert vendor["paymentInformation"]["payByType"] == "ACH"
    assert vendor["paymentInformation"]["bankAccount"]["accountNumber"] == "************0001"
    change = {"paymentInformation": {"email": "p@v.example", "bankAccount": {"nameOnAccount": "W"}}}
    patched = here.patch("vendors", vendor["id"], change)["paymentInformation"]
    assert (patched["email"], patched["bankAccount"]["nameOnAccount"]) == ("p@v.example", "V")


def test_a_vendor_credit_is_applied_by_patch_and_taken_off_by_put() -> None:
    here = office()
    bill = here.new_bill(100.0)
    made = credit(here, bill["vendorId"], 64.99)
    assert (made["amount"], made["appliedAmount"], made["status"]) == (64.99, 0, "NOT_APPLIED")
    bill = here.patch("bills", bill["id"], {"vendorCredits": [{"id": made["id"], "amount": 10}]})
    assert (bill["creditAmount"], bill["dueAmount"], bill["paidAmount"]) == (10, 90, 10)
    assert bill["paymentStatus"] == "PARTIALLY_PAID"
    used = here.row("vendor_credits", made["id"])
    assert used["usage"] == [{"billId": bill["id"], "amount": 10}]
    assert used["status"] == "PARTIALLY_APPLIED"
    bill = here.patch("bills", bill["id"], {"vendorCredits": [{"id": made["id"], "amount": 25}]})
    assert (bill["creditAmount"], bill["dueAmount"], bill["paidAmount"]) == (25, 75, 25)
    bill = here.put("bills", bill["id"], bill_body(bill["vendorId"], 100))
    assert (bill["creditAmount"], bill["dueAmount"]) == (0, 100)
    assert here.row("vendor_credits", made["id"])["status"] == "NOT_APPLIED"


def test_no_more_credit_than_there_is_and_only_of_the_vendor() -> None:
    here = office()
    bill = here.new_bill(100.0)
    made = credit(here, bill["vendorId"], 5)
    with pytest.raises(Refused):
        here.patch("bills", bill["id"], {"vendorCredits": [{"id": made["id"], "amount": 5.01}]})
    stranger = next(v for v in here.store.rows("vendors") if v["id"] != bill["vendorId"])
    other = credit(here, stranger["id"], 5)
    with pytest.raises(Refused) as refused:
        here.patch("bills", bill["id"], {"vendorCredits": [{"id": other["id"], "amount": 1}]})
    assert refused.value.problems[0].code == "BDC_1118"
    assert here.row("bills", bill["id"]) == bill


def test_an_invoices_credit_comes_from_the_customers_memos_the_oldest_first() -> None:
    here = office()
    customer = here.create("customers", {"name": "Fresh"})
    one = memo(here, customer["id"], {"price": 30, "quantity": 1})
    two = memo(here, customer["id"], {"price": 40, "quantity": 2}, {"ratePercent": -10})
    assert two["amount"] == 72
    invoice = here.new_invoice(50.0, customerId=customer["id"], creditAmount=45)
    assert (invoice["dueAmount"], invoice["status"]) == (55, "PARTIAL_PAYMENT")
    assert here.row("credit_memos", one["id"])["status"] == "FULLY_APPLIED"
    assert here.row("credit_memos", two["id"])["appliedAmount"] == 15
    invoice = here.patch("invoices", invoice["id"], {"creditAmount": 20})
    assert invoice["dueAmount"] == 80
    assert here.row("credit_memos", two["id"])["appliedAmount"] == 0
    assert here.row("credit_memos", one["id"])["appliedAmount"] == 20
    with pytest.raises(Refused):
        here.patch("invoices", invoice["id"], {"creditAmount": 102.01})


@pytest.mark.parametrize(
    ("list_name", "party", "lines"),
    [
        ("recurring_bills", "vendors", "recurringBillLineItems"),
        ("recurring_invoices", "customers", "recurringInvoiceLineItems"),
    ],
)
def test_recurring_templates_are_made_changed_and_replaced(
    list_name: str, party: str, lines: str
) -> None:
    here = office()
    owner = {f"{party[:-1]}Id": here.first(party)["id"]}
    schedule = {"period": "MONTHLY", "frequency": 1, "nextDueDate": "2026-07-01"}
    row = here.create(list_name, owner | {"schedule": schedule, lines: [{"amount": 5}]})
    assert row[lines][0]["amount"] == 5
    row = here.patch(list_name, row["id"], {"schedule": {"frequency": 3}})
    assert row["schedule"] == schedule | {"frequency": 3}
    with pytest.raises(Refused):
        here.put(list_name, row["id"], {"schedule": schedule})
    with pytest.raises(Refused):
        here.patch(list_name, row["id"], {"schedule": {"period": "SOMETIMES"}})


def test_bills_are_made_in_bulk_all_or_none() -> None:
    here = office()
    vendor_id = here.first("vendors")["id"]
    written = here.collect(
        "POST", "bills", "bulk", [bill_body(vendor_id, 1), bill_body(vendor_id, 2)]
    )
    assert [row["amount"] for row in written.rows] == [1, 2]
    before = here.store.count("bills")
    with pytest.raises(Refused) as refused:
        here.collect("POST", "bills", "bulk", [bill_body(vendor_id, 1), {"vendorId": vendor_id}])
    assert refused.value.problems[-1].code == "BDC_1246"
    assert here.store.count("bills") == before


def test_classifications_change_in_bulk() -> None:
    here = office()
    made = here.collect("POST", "jobs", "bulk", [{"name": "One"}, {"name": "Two"}]).rows
    ids = ",".join(row["id"] for row in made)
    changes = [{"id": row["id"], "description": "Changed"} for row in made]
    changed = here.collect("PATCH", "jobs", "bulk", changes).rows
    assert [row["description"] for row in changed] == ["Changed", "Changed"]
    assert all(
        row["archived"] for row in here.collect("POST", "jobs", "bulk/archive", ids=ids).rows
    )
    restored = here.collect("POST", "jobs", "bulk/restore", ids=ids).rows
    assert not any(row["archived"] for row in restored)
    with pytest.raises(Refused):
        here.collect("POST", "jobs", "bulk/archive")
    with pytest.raises(Refused):
        here.collect("PATCH", "jobs", "bulk", [changes[0], changes[0]])


@pytest.mark.parametrize("body", [None, [], {}, "text", [None], [[]], 7])
def test_odd_bodies_are_refused_everywhere(body: object) -> None:
    here = office()
    for list_name, ways in COLLECTION.items():
        for method, suffix in ways:
            if "archive" not in suffix and "restore" not in suffix:
                with pytest.raises(Refused):
                    here.collect(method, list_name, suffix, body)
