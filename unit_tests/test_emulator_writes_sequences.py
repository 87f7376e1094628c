"""Whatever is written in whatever order: sums hold, references resolve, time does not go back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bill_emulator import writes
from bill_emulator.company.money import bill_status, credit_status, invoice_status
from bill_emulator.contract import LISTS
from bill_emulator.writes import WRITABLE, Refused
from bill_emulator.writes.shapes import REFERENCES
from bill_emulator.writes.values import leaves
from unit_tests.writing_fakes import DAY, NOW, Office, Row, bill_body, invoice_body, office

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACES = st.integers(0, 10_000)
AMOUNTS = st.integers(1, 50_000).map(lambda cents: cents / 100)
LISTED = sorted(WRITABLE)
MOVING = sorted(name for name, ways in WRITABLE.items() if "archive" in ways)


def cents(value: float) -> int:
    return round(value * 100)


class Writes(RuleBasedStateMachine):
    """Random writes into one small organization."""

    @initialize(touch=st.booleans())
    def open(self, touch: bool) -> None:  # noqa: FBT001 - drawn
        options: dict[str, Any] = {"payment_touches_bill": touch, "balance_touches_vendor": touch}
        self.here: Office = office(**options)
        self.seen: dict[str, Mapping[str, Any]] = {}

    def any_row(self, list_name: str, place: int) -> Row:
        rows = list(self.here.store.rows(list_name))
        return rows[-1 - place % min(len(rows), 12)]

    @rule(place=PLACES, amounts=st.lists(AMOUNTS, min_size=1, max_size=3))
    def make_bill(self, place: int, amounts: list[float]) -> None:
        self.here.create("bills", bill_body(self.any_row("vendors", place)["id"], *amounts))

    @rule(place=PLACES, prices=st.lists(AMOUNTS, min_size=1, max_size=3))
    def make_invoice(self, place: int, prices: list[float]) -> None:
        self.here.create("invoices", invoice_body(self.any_row("customers", place)["id"], *prices))

    @rule(place=PLACES, amount=AMOUNTS)
    def make_credit(self, place: int, amount: float) -> None:
        body = {
            "vendorId": self.any_row("bills", place)["vendorId"],
            "referenceNumber": "C",
            "creditDate": "2026-06-01",
            "vendorCreditLineItems": [{"amount": amount}],
        }
        self.here.create("vendor_credits", body)

    @rule(bill=PLACES, credit=PLACES, amount=AMOUNTS)
    def apply_credit(self, bill: int, credit: int, amount: float) -> None:
        body = {
            "vendorCredits": [
                {"id": self.any_row("vendor_credits", credit)["id"], "amount": amount}
            ]
        }
        with contextlib.suppress(Refused):
            self.here.patch("bills", self.any_row("bills", bill)["id"], body)

    @rule(place=PLACES, amount=st.none() | AMOUNTS)
    def pay(self, place: int, amount: float | None) -> None:
        bill = self.any_row("bills", place)
        with contextlib.suppress(Refused):
            self.here.pay(bill, bill["dueAmount"] if amount is None else amount, processDate=None)

    @rule(place=PLACES, action=st.sampled_from(["cancel", "void"]))
    def stop(self, place: int, action: str) -> None:
        payment = self.any_row("payments", place)
        with contextlib.suppress(Refused):
            body = {"type": "VOID_ONLY", "reason": "drawn"}
            self.here.act("payments", payment["id"], action, body)

    @rule(place=PLACES, amount=AMOUNTS, more=st.sampled_from([0.0, 5.25]))
    def receive(self, place: int, amount: float, more: float) -> None:
        invoice = self.any_row("invoices", place)
        body = {
            "paymentDate": "2026-06-02",
            "paymentType": "ACH",
            "amount": round(amount + more, 2),
            "invoices": [{"id": invoice["id"], "amount": amount}],
        }
        with contextlib.suppress(Refused):
            self.here.collect("POST", "invoices", "record-payment", body)

    @rule(place=PLACES)
    def void_receipt(self, place: int) -> None:
        receipt = self.any_row("receivable_payments", place)
        with contextlib.suppress(Refused):
            self.here.act("receivable_payments", receipt["id"], "void")

    @rule(place=PLACES, amount=AMOUNTS, replace=st.booleans())
    def change_lines(self, place: int, amount: float, *, replace: bool) -> None:
        bill = self.any_row("bills", place)
        change = self.here.put if replace else self.here.patch
        with contextlib.suppress(Refused):
            change("bills", bill["id"], bill_body(bill["vendorId"], amount))

    @rule(list_name=st.sampled_from(MOVING), place=PLACES, back=st.booleans())
    def archive_or_restore(self, list_name: str, place: int, *, back: bool) -> None:
        if back and "restore" not in WRITABLE[list_name]:
            return
        row_id = self.any_row(list_name, place)["id"]
        (self.here.restore if back else self.here.archive)(list_name, row_id)

    @rule(place=PLACES, credit=st.integers(0, 30_000))
    def credit_invoice(self, place: int, credit: int) -> None:
        with contextlib.suppress(Refused):
            invoice = self.any_row("invoices", place)
            self.here.patch("invoices", invoice["id"], {"creditAmount": credit / 100})

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
        """Check a row that has changed by itself."""
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
        """Check what is true of the lists as a whole."""
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
    max_examples=40,
    stateful_step_count=30,
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
