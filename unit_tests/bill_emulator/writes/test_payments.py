"""Payments, and their effect on bills and invoices over time."""

from __future__ import annotations

import pytest

from bill_emulator import writes
from bill_emulator.writes import Refused
from unit_tests.bill_emulator.office import DAY, TOMORROW, Office, Row, office

VOID = {"type": "VOID_ONLY", "reason": "Paid twice"}


def sums(row: Row) -> tuple[float, float, float]:
    return row["paidAmount"], row["scheduledAmount"], row["dueAmount"]


def chargeable(here: Office) -> Row:
    customer = here.create("customers", {"name": "Payer", "billingAddress": {"country": "US"}})
    here.act("customers", customer["id"], "charge-authorization", {"authorizedToCharge": True})
    return here.act("customers", customer["id"], "bank-accounts")


def charge_body(invoice: Row, amount: float, day: str = TOMORROW) -> Row:
    return {
        "customerId": invoice["customerId"],
        "fundingAccount": {"type": "BANK_ACCOUNT", "id": "cba02XXXXXXXXXXX0001"},
        "paymentDate": day,
        "invoicePayments": [{"invoiceId": invoice["id"], "amount": amount}],
    }


def test_a_payment_is_scheduled_and_its_bill_with_it() -> None:
    here = office()
    bill = here.new_bill(228.99)
    here.later(60)
    payment = here.pay(bill, 228.99)
    assert payment["id"].startswith("stp")
    assert (payment["status"], payment["singleStatus"]) == ("SCHEDULED", "SCHEDULED")
    assert (payment["billId"], payment["amount"]) == (bill["id"], 228.99)
    assert payment["billPayments"][0]["id"].startswith("blp")
    assert (payment["voidInfo"], payment["onlinePayment"]) == ([], True)
    assert payment["processingOptions"]["requestPayFaster"] is False
    now = here.row("bills", bill["id"])
    assert sums(now) == (0, 228.99, 0)
    assert now["paymentStatus"] == "SCHEDULED"
    assert now["updatedTime"] > bill["updatedTime"]


def test_whether_a_payment_moves_its_bills_time_is_an_option() -> None:
    here = office(payment_touches_bill=False)
    bill = here.new_bill(10.0)
    here.later(60)
    here.pay(bill, 10.0)
    now = here.row("bills", bill["id"])
    assert (now["paymentStatus"], now["updatedTime"]) == ("SCHEDULED", bill["updatedTime"])


def test_payments_reach_the_vendor_after_some_days() -> None:
    here = office()
    bill = here.new_bill(50.0)
    payment = here.pay(bill, 50.0)
    seen = []
    for _ in range(45):
        here.later(DAY)
        now = here.row("payments", payment["id"])
        state = (now["status"], now["singleStatus"], here.row("bills", bill["id"])["paymentStatus"])
        if state not in seen:
            seen.append(state)
    assert seen[0] == ("PAID", "FUNDING_STARTED", "IN_PROCESS")
    assert [single for _, single, _ in seen[:3]] == ["FUNDING_STARTED", "PROCESSED", "SENT"]
    assert seen[-1] == ("PAID", "CLEARED", "PAID")
    assert sums(here.row("bills", bill["id"])) == (50, 0, 0)
    vendor = here.row("vendors", bill["vendorId"])
    assert vendor["paymentInformation"]["lastPaymentDate"] >= TOMORROW


def test_one_long_wait_has_the_same_effect_as_many_short_ones() -> None:
    here = office()
    payment = here.pay(here.new_bill(50.0), 50.0)
    here.later(45 * DAY)
    assert here.row("payments", payment["id"])["singleStatus"] == "CLEARED"


def test_settling_does_nothing_if_nothing_is_due() -> None:
    here = office()
    here.pay(here.new_bill(50.0), 50.0)
    assert writes.settle(here.store) == 0
    here.store.clock.advance(DAY)
    assert writes.settle(here.store) > 0
    assert writes.settle(here.store) == 0


def test_part_of_a_bill_can_be_paid_and_no_more_than_is_due() -> None:
    here = office()
    bill = here.new_bill(100.0)
    here.pay(bill, 40.0)
    now = here.row("bills", bill["id"])
    assert (sums(now), now["paymentStatus"]) == ((0, 40, 60), "SCHEDULED")
    with pytest.raises(Refused) as refused:
        here.pay(bill, 60.01)
    assert refused.value.status == 422
    assert refused.value.problems[0].code == "BDC_1159"
    assert here.row("bills", bill["id"]) == now


@pytest.mark.parametrize("day", ["2026-06-02", "2026-06-03", "2026-06-06", "2026-06-07"])
def test_a_past_day_or_a_weekend_is_refused_as_process_date(day: str) -> None:
    here = office()
    bill = here.new_bill(10.0)
    with pytest.raises(Refused) as refused:
        here.pay(bill, 10.0, processDate=day)
    assert [problem.code for problem in refused.value.problems] == ["BDC_1152", "BDC_1152"]
    assert refused.value.problems[1].message.startswith(bill["id"])


def test_today_is_a_process_date_by_option() -> None:
    here = office(earliest_process_date="today")
    payment = here.pay(here.new_bill(10.0), 10.0, processDate="2026-06-03")
    here.later(1)
    assert here.row("payments", payment["id"])["status"] == "PAID"


def test_no_process_date_is_the_next_business_day_but_a_wallet_needs_one() -> None:
    here = office()
    bill = here.new_bill(10.0)
    with pytest.raises(Refused) as refused:
        here.pay(bill, 10.0, processDate=None, fundingAccount={"type": "WALLET"})
    assert refused.value.problems[0].message == "processDate: must not be null"
    here.later(2 * DAY)  # a Friday
    assert here.pay(bill, 10.0, processDate=None)["processDate"] == "2026-06-08"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 0}, "BDC_1143"),
        ({"amount": -5}, "BDC_1143"),
        ({"amount": None}, None),
        ({"billId": None}, None),
        ({"fundingAccount": {"type": "BANK_ACCOUNT"}}, None),
        ({"fundingAccount": {"type": "PIGGY_BANK", "id": "x"}}, None),
        ({"fundingAccount": {"type": "BANK_ACCOUNT", "id": "bac02AAAAAAAAAAA9999"}}, "BDC_1205"),
        ({"processingOptions": None}, None),
        ({"description": "x" * 71}, "BDC_1143"),
    ],
)
def test_a_wrong_payment_is_refused_and_changes_nothing(changes: Row, code: str | None) -> None:
    here = office()
    bill = here.new_bill(10.0)
    with pytest.raises(Refused) as refused:
        here.create("payments", here.payment_body(bill, 5.0) | changes)
    assert refused.value.problems[0].code == code
    assert here.row("bills", bill["id"]) == bill


def test_another_vendors_bill_an_archived_or_unapproved_one_is_not_paid() -> None:
    here = office()
    bill = here.new_bill(10.0)
    other = next(v for v in here.store.rows("vendors") if v["id"] != bill["vendorId"])
    with pytest.raises(Refused) as refused:
        here.pay(bill, 5.0, vendorId=other["id"])
    assert refused.value.problems[0].code == "BDC_1118"
    here.store.replace("bills", {**bill, "approvalStatus": "ASSIGNED"})
    with pytest.raises(Refused):
        here.pay(bill, 5.0)
    here.store.replace("bills", bill)
    here.archive("bills", bill["id"])
    with pytest.raises(Refused):
        here.pay(bill, 5.0)


def test_a_pending_bank_account_pays_nothing() -> None:
    here = office()
    bank = next(row for row in here.store.rows("bank_accounts") if row["status"] == "PENDING")
    account = {"type": "BANK_ACCOUNT", "id": bank["id"]}
    with pytest.raises(Refused) as refused:
        here.pay(here.new_bill(10.0), 5.0, fundingAccount=account)
    assert refused.value.problems[0].code == "BDC_1151"


def test_a_scheduled_payment_is_canceled_and_a_processed_one_only_voided() -> None:
    here = office()
    bill = here.new_bill(30.0)
    payment = here.pay(bill, 30.0)
    with pytest.raises(Refused):
        here.act("payments", payment["id"], "void", VOID)
    canceled = here.act("payments", payment["id"], "cancel")
    assert (canceled["status"], canceled["singleStatus"]) == ("CANCELLED", "CANCELED")
    assert sums(here.row("bills", bill["id"])) == (0, 0, 30)
    again = here.pay(bill, 30.0)
    here.later(DAY)
    with pytest.raises(Refused):
        here.act("payments", again["id"], "cancel")
    voided = here.act("payments", again["id"], "void", VOID)
    assert (voided["status"], voided["singleStatus"]) == ("VOID", "VOIDED")
    assert voided["voidInfo"][0]["reason"] == "Paid twice"
    now = here.row("bills", bill["id"])
    assert (sums(now), now["paymentStatus"]) == ((0, 0, 30), "UNPAID")
    here.later(45 * DAY)
    assert here.row("payments", again["id"])["status"] == "VOID"


@pytest.mark.parametrize("body", [{}, {"type": "VOID_ONLY"}, {"type": "NO", "reason": "x"}])
def test_a_void_needs_its_type_and_reason(body: Row) -> None:
    here = office()
    payment = here.pay(here.new_bill(30.0), 30.0)
    here.later(DAY)
    with pytest.raises(Refused) as refused:
        here.act("payments", payment["id"], "void", body)
    assert refused.value.status == 400


def test_a_payment_can_make_its_bill() -> None:
    here = office()
    vendor = here.first("vendors", billCurrency="USD")
    body = here.payment_body({"id": None}, 75.0) | {
        "vendorId": vendor["id"],
        "processingOptions": {"createBill": True},
    }
    payment = here.create("payments", body)
    bill = here.row("bills", payment["billId"])
    assert (bill["amount"], sums(bill)) == (75, (0, 75, 0))


def test_a_payment_applies_credits_beside_its_cash() -> None:
    here = office()
    bill = here.new_bill(100.0)
    credit = here.create(
        "vendor_credits",
        {
            "vendorId": bill["vendorId"],
            "referenceNumber": "C",
            "creditDate": "2026-06-01",
            "vendorCreditLineItems": [{"amount": 30}],
        },
    )
    applied = [{"id": credit["id"], "amount": 30}]
    payment = here.pay(bill, 70.0, vendorCredits=applied)
    assert payment["amount"] == 70
    assert payment["billPayments"][0]["vendorCredits"] == applied
    now = here.row("bills", bill["id"])
    assert (now["creditAmount"], sums(now)) == (30, (30, 70, 0))
    usage = here.row("vendor_credits", credit["id"])["usage"]
    assert usage == [{"billId": bill["id"], "paymentId": payment["id"], "amount": 30}]


def test_bulk_payments_combine_a_vendors_bills_when_it_says_so() -> None:
    here = office()
    address = {"country": "US"}
    apart = here.create("vendors", {"name": "Apart", "address": address})
    info = {"combinePayments": True}
    joined = here.create("vendors", {"name": "J", "address": address, "additionalInfo": info})
    bills = [here.new_bill(10.0, vendorId=v["id"]) for v in (apart, apart, joined, joined)]
    sent = [{"billId": bill["id"], "amount": 10} for bill in bills]
    body = here.payment_body(bills[0], 0) | {"payments": sent}
    del body["billId"]
    written = here.collect("POST", "payments", "bulk", body)
    assert written.list_name == "payments"
    assert sorted(row["amount"] for row in written.rows) == [10, 10, 20]
    assert all(here.row("bills", bill["id"])["dueAmount"] == 0 for bill in bills)
    with pytest.raises(Refused) as refused:
        here.collect("POST", "payments", "bulk", body)
    assert refused.value.problems[0].code == "BDC_1159"


def test_a_payment_made_outside_bill_is_paid_at_once() -> None:
    here = office()
    bill = here.new_bill(100.0)
    body = {
        "vendorId": bill["vendorId"],
        "processDate": "2026-05-20",
        "payments": [{"billId": bill["id"], "amount": "30"}],
    }
    (payment,) = here.collect("POST", "bills", "record-payment", body).rows
    assert (payment["status"], payment["onlinePayment"]) == ("PAID", False)
    assert payment["disbursementType"] == "OFFLINE"
    assert sums(here.row("bills", bill["id"])) == (30, 0, 70)
    here.act("payments", payment["id"], "void", VOID)
    assert sums(here.row("bills", bill["id"])) == (0, 0, 100)


def test_a_received_payment_is_recorded_on_its_invoices() -> None:
    here = office()
    one = here.new_invoice(25.0)
    two = here.new_invoice(25.0)
    body = {
        "paymentDate": "2026-06-01",
        "paymentType": "CHECK",
        "amount": "100",
        "invoices": [{"id": one["id"], "amount": "50"}, {"id": two["id"], "amount": 30}],
    }
    (receipt,) = here.collect("POST", "invoices", "record-payment", body).rows
    assert (receipt["status"], receipt["unappliedAmount"]) == ("PAID", 20)
    assert receipt["customerId"] == one["customerId"]
    assert here.row("invoices", one["id"])["status"] == "PAID_IN_FULL"
    now = here.row("invoices", two["id"])
    assert (now["status"], now["dueAmount"]) == ("PARTIAL_PAYMENT", 20)
    shown = {"id": receipt["id"], "amount": 30, "status": "PAID", "date": "2026-06-01"}
    assert now["payments"] == [shown]
    with pytest.raises(Refused):
        here.collect("POST", "invoices", "record-payment", body)
    here.act("receivable_payments", receipt["id"], "void")
    now = here.row("invoices", two["id"])
    assert (now["status"], now["payments"][0]["status"]) == ("OPEN", "VOID")


def test_a_customer_is_charged_only_if_authorized_and_the_charge_is_paid_on_its_day() -> None:
    here = office()
    stranger = here.create("customers", {"name": "Stranger"})
    with pytest.raises(Refused):
        here.create(
            "receivable_payments", charge_body(here.new_invoice(customerId=stranger["id"]), 5)
        )
    invoice = here.new_invoice(25.0, customerId=chargeable(here)["id"])
    receipt = here.create("receivable_payments", charge_body(invoice, 50))
    assert receipt["status"] == "SCHEDULED"
    now = here.row("invoices", invoice["id"])
    assert (now["status"], now["scheduledAmount"], now["dueAmount"]) == ("SCHEDULED", 50, 0)
    here.later(DAY)
    assert here.row("receivable_payments", receipt["id"])["status"] == "PAID"
    now = here.row("invoices", invoice["id"])
    assert (now["status"], now["scheduledAmount"]) == ("PAID_IN_FULL", 0)
    assert [part["status"] for part in now["payments"]] == ["PAID"]


@pytest.mark.parametrize(
    ("option", "expected"),
    [("scheduled", "SCHEDULED"), ("unpaid", "UNPAID"), ("partly_paid", "PARTIALLY_PAID")],
)
def test_a_partly_scheduled_bill_has_the_status_of_the_option(option: str, expected: str) -> None:
    here = office(partly_scheduled=option)
    bill = here.new_bill(100.0)
    here.pay(bill, 40.0)
    assert here.row("bills", bill["id"])["paymentStatus"] == expected
    here.later(3 * DAY)
    assert here.row("bills", bill["id"])["paymentStatus"] == "PARTIALLY_PAID"
