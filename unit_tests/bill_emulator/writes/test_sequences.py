"""After any sequence of writes, sums agree, references resolve and times increase."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bill_emulator import writes
from bill_emulator.company.money import bill_status, credit_status, invoice_status
from bill_emulator.contract import LISTS
from bill_emulator.writes import WRITABLE, Refused
from bill_emulator.writes.request_fields import REFERENCES
from bill_emulator.writes.values import leaves
from unit_tests.bill_emulator.office import (
    DAY,
    NOW,
    Office,
    Row,
    bill_body,
    invoice_body,
    office,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Wanted = Callable[[Row], bool]

PLACES = st.integers(0, 30)
PARTS = st.integers(1, 100)
AMOUNTS = st.integers(1, 50_000).map(lambda cents: cents / 100)
LISTED = sorted(WRITABLE)
MOVING = (
    "bills",
    "invoices",
    "bills",
    "invoices",
    "vendors",
    "chart_of_accounts",
    "users",
    "items",
)


def cents(value: float) -> int:
    return round(value * 100)


def share(amount: float, part: int) -> float:
    """Return a percentage of an amount, at least one cent."""
    return max(0.01, round(amount * part / 100, 2))


def is_open(invoice: Row) -> bool:
    return bool(invoice["dueAmount"] > 0 and not invoice["archived"])


def is_payable(bill: Row) -> bool:
    return is_open(bill) and bill["approvalStatus"] in {"UNASSIGNED", "APPROVED"}


def is_voidable(payment: Row) -> bool:
    information: Row = payment.get("disbursementInfo", {})
    return bool(payment["status"] == "PAID" and information.get("isVoidable", True))


class Writes(RuleBasedStateMachine):
    """Random writes to a small organization."""

    @initialize(touch=st.booleans())
    def open(self, touch: bool) -> None:  # noqa: FBT001 - drawn
        options: dict[str, Any] = {"payment_touches_bill": touch, "balance_touches_vendor": touch}
        self.here: Office = office(**options)
        self.seen: dict[str, Mapping[str, Any]] = {}

    def one(self, list_name: str, place: int, wanted: Wanted = lambda _row: True) -> Row | None:
        """Return one of the wanted rows, counted from the newest, or None."""
        rows = [row for row in self.here.store.rows(list_name) if wanted(row)]
        return rows[-1 - place % len(rows)] if rows else None

    @rule(place=PLACES, amounts=st.lists(AMOUNTS, min_size=1, max_size=3))
    def make_bill(self, place: int, amounts: list[float]) -> None:
        vendor = self.one("vendors", place)
        assert vendor is not None
        self.here.create("bills", bill_body(vendor["id"], *amounts))

    @rule(place=PLACES, prices=st.lists(AMOUNTS, min_size=1, max_size=3))
    def make_invoice(self, place: int, prices: list[float]) -> None:
        customer = self.one("customers", place)
        assert customer is not None
        self.here.create("invoices", invoice_body(customer["id"], *prices))

    @rule(place=PLACES, amount=AMOUNTS, part=PARTS)
    def credit_bill(self, place: int, amount: float, part: int) -> None:
        bill = self.one("bills", place, is_payable)
        if bill is None:
            return
        body = {
            "vendorId": bill["vendorId"],
            "referenceNumber": "C",
            "creditDate": "2026-06-01",
            "vendorCreditLineItems": [{"amount": amount}],
        }
        credit = self.here.create("vendor_credits", body)
        used = [{"id": credit["id"], "amount": share(min(amount, bill["dueAmount"]), part)}]
        if part % 2:
            self.here.patch("bills", bill["id"], {"vendorCredits": used})
        else:
            left = round(bill["dueAmount"] - used[0]["amount"], 2)
            more = {"processDate": None, "vendorCredits": used}
            with contextlib.suppress(Refused):
                self.here.pay(bill, share(left, part), **more)

    @rule(place=PLACES, amount=AMOUNTS, part=PARTS)
    def credit_invoice(self, place: int, amount: float, part: int) -> None:
        invoice = self.one("invoices", place, is_open)
        if invoice is None:
            return
        body = {
            "customerId": invoice["customerId"],
            "referenceNumber": "M",
            "creditDate": "2026-06-01",
            "creditMemoLineItems": [{"amount": amount}],
        }
        self.here.create("credit_memos", body)
        target = share(invoice["creditAmount"] + amount, part)
        with contextlib.suppress(Refused):
            self.here.patch("invoices", invoice["id"], {"creditAmount": target})

    @rule(place=PLACES, part=PARTS)
    def pay(self, place: int, part: int) -> None:
        bill = self.one("bills", place, is_payable)
        if bill is not None:
            self.here.pay(bill, share(bill["dueAmount"], part), processDate=None)

    @rule(place=PLACES)
    def cancel(self, place: int) -> None:
        payment = self.one("payments", place, lambda row: row.get("singleStatus") == "SCHEDULED")
        if payment is not None:
            self.here.act("payments", payment["id"], "cancel")

    @rule(place=PLACES)
    def void(self, place: int) -> None:
        payment = self.one("payments", place, is_voidable)
        if payment is not None:
            self.here.act(
                "payments", payment["id"], "void", {"type": "VOID_ONLY", "reason": "drawn"}
            )

    @rule(place=PLACES, part=PARTS, more=st.sampled_from([0.0, 5.25]))
    def receive(self, place: int, part: int, more: float) -> None:
        invoice = self.one(
            "invoices", place, lambda row: row["dueAmount"] > 0 and not row["archived"]
        )
        if invoice is None:
            return
        amount = share(invoice["dueAmount"], part)
        body = {
            "paymentDate": "2026-06-02",
            "paymentType": "ACH",
            "amount": round(amount + more, 2),
            "invoices": [{"id": invoice["id"], "amount": amount}],
        }
        self.here.collect("POST", "invoices", "record-payment", body)

    @rule(place=PLACES)
    def void_receipt(self, place: int) -> None:
        wanted = {"PAID", "SCHEDULED"}
        receipt = self.one("receivable_payments", place, lambda row: row["status"] in wanted)
        if receipt is not None:
            self.here.act("receivable_payments", receipt["id"], "void")

    @rule(place=PLACES, amount=AMOUNTS, replace=st.booleans())
    def change_lines(self, place: int, amount: float, *, replace: bool) -> None:
        bill = self.one("bills", place)
        assert bill is not None
        change = self.here.put if replace else self.here.patch
        with contextlib.suppress(Refused):
            change("bills", bill["id"], bill_body(bill["vendorId"], amount + bill["paidAmount"]))

    @rule(list_name=st.sampled_from(MOVING), place=PLACES)
    def archive_or_restore(self, list_name: str, place: int) -> None:
        row = self.one(list_name, place)
        assert row is not None
        change = self.here.restore if row["archived"] else self.here.archive
        assert change(list_name, row["id"])["archived"] is not row["archived"]

    @rule(seconds=st.sampled_from([0, 1, 60, DAY, 3 * DAY, 40 * DAY]))
    def wait(self, seconds: int) -> None:
        self.here.later(seconds)

    @invariant()
    def time_does_not_go_back(self) -> None:
        if not hasattr(self, "here"):
            return
        now = self.here.store.clock.stamp()
        for list_name in LISTED:
            for row in self.here.store.rows(list_name):
                old = self.seen.get(row["id"])
                if old is row:
                    continue
                assert row["createdTime"] <= row["updatedTime"] <= now
                if old is not None:
                    assert row["updatedTime"] >= old["updatedTime"]
                    assert row["createdTime"] == old["createdTime"]
                self.check(list_name, row)
                self.seen[row["id"]] = row

    def check(self, list_name: str, row: Row) -> None:
        """Check a single changed row."""
        assert set(row) <= set(LISTS[list_name].fields)
        assert all(value is not None for _, value in leaves(row))
        if "recordStatus" in row:
            assert row["archived"] is (row["recordStatus"] != "ACTIVE")
        for name, value in leaves(row):
            target = list_name if name == "parentId" else REFERENCES.get(name)
            if target is not None:
                assert self.here.store.get(target, value) is not None, (list_name, name)
        getattr(self, f"check_{list_name}", lambda _row: None)(row)

    def check_bills(self, bill: Row) -> None:
        amount, paid, scheduled, due, credit = (
            cents(bill[name])
            for name in ("amount", "paidAmount", "scheduledAmount", "dueAmount", "creditAmount")
        )
        assert amount == paid + scheduled + due
        assert min(paid - credit, scheduled, due, credit) >= 0
        assert amount == sum(cents(line["amount"]) for line in bill["billLineItems"])
        possible = {
            bill_status(amount, paid, scheduled, in_flight=flying) for flying in (True, False)
        }
        assert bill["paymentStatus"] in possible

    def check_invoices(self, invoice: Row) -> None:
        parts = invoice.get("payments", [])
        received = sum(cents(part["amount"]) for part in parts if part["status"] == "PAID")
        scheduled = sum(cents(part["amount"]) for part in parts if part["status"] == "SCHEDULED")
        assert scheduled == cents(invoice["scheduledAmount"])
        settled = received + cents(invoice["creditAmount"])
        assert cents(invoice["totalAmount"]) == settled + scheduled + cents(invoice["dueAmount"])
        assert invoice["status"] == invoice_status(
            cents(invoice["totalAmount"]), settled, scheduled
        )

    def check_vendor_credits(self, credit: Row) -> None:
        applied = sum(cents(part["amount"]) for part in credit.get("usage", ()))
        assert applied == cents(credit["appliedAmount"]) <= cents(credit["amount"])
        assert credit["status"] == credit_status(cents(credit["amount"]), applied)

    check_credit_memos = check_vendor_credits

    def check_payments(self, payment: Row) -> None:
        parts = payment["billPayments"]
        assert cents(payment["amount"]) == sum(cents(part["amount"]) for part in parts)

    def teardown(self) -> None:
        """Check the lists as a whole."""
        if not hasattr(self, "here"):
            return
        store = self.here.store
        self.check_balances("vendors", "bills", "vendorId")
        self.check_balances("customers", "invoices", "customerId")
        paid: dict[tuple[str, str], int] = {}
        for payment in store.rows("payments"):
            for part in payment["billPayments"]:
                key = (
                    part["billId"],
                    "SCHEDULED" if payment["status"] == "APPROVING" else payment["status"],
                )
                paid[key] = paid.get(key, 0) + cents(part["amount"])
        credited: dict[str, int] = {}
        for credit in store.rows("vendor_credits"):
            for use in credit.get("usage", ()):
                credited[use["billId"]] = credited.get(use["billId"], 0) + cents(use["amount"])
        for bill in store.rows("bills"):
            bill_id = bill["id"]
            cleared = paid.get((bill_id, "PAID"), 0) + paid.get((bill_id, "ESCHEATED"), 0)
            assert cents(bill["scheduledAmount"]) == paid.get((bill_id, "SCHEDULED"), 0)
            assert cents(bill["creditAmount"]) == credited.get(bill_id, 0)
            assert cents(bill["paidAmount"]) == cleared + credited.get(bill_id, 0)
        store.clock.advance(400 * DAY)
        writes.settle(store)
        assert not any(row["status"] == "SCHEDULED" for row in store.rows("payments"))
        assert not any(row["paymentStatus"] == "IN_PROCESS" for row in store.rows("bills"))

    def check_balances(self, parties: str, list_name: str, field: str) -> None:
        owed: dict[str, int] = {}
        for row in self.here.store.rows(list_name):
            if not row["archived"]:
                owed[row[field]] = owed.get(row[field], 0) + cents(row["dueAmount"])
        for party in self.here.store.rows(parties):
            assert cents(party["balance"]["amount"]) == owed.get(party["id"], 0)


TestWrites = Writes.TestCase
TestWrites.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_the_generated_company_keeps_the_same_equations() -> None:
    machine = Writes()
    machine.open(touch=True)
    assert machine.here.store.clock.now() == NOW
    machine.time_does_not_go_back()
    machine.teardown()
