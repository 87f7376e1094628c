"""Plans payments: which bills are paid, when, together with which others, and the outcome.

Statuses follow from dates. Each bill has a day on which this company pays it. If the payment is
made after as_of, the bill is unpaid. If it is made before as_of and processed after it, the bill
is scheduled.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bill_emulator.company import money
from bill_emulator.company.timeline import DAY, business_day, weekday

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.bills import Bill
    from bill_emulator.company.context import Context, Row
    from bill_emulator.company.timeline import Timeline
    from bill_emulator.company.vendors import Supplier

MOST_COMBINED = 35
"""The most bills in a payment to a vendor that combines them [DOC D:ap-bulk-payments]."""
WEDNESDAY = 2
MONTH = 30


@dataclass
class Share:
    """The part of a payment for one bill. `cash` is in cents; credits are extra."""

    bill: Bill
    cash: int
    credits: list[Row] = field(default_factory=list)  # as in the payment
    usages: list[Row] = field(default_factory=list)  # as in the credits


@dataclass
class Payment:
    """A planned payment. `outcome` is scheduled, approving, paid, cancelled or void."""

    supplier: Supplier
    created: int
    process_day: int
    shares: list[Share]
    outcome: str
    reissued: bool = False

    @property
    def counted(self) -> bool:
        """Return whether the payment succeeds, now or later."""
        return self.outcome not in ("cancelled", "void")

    def takes(self, bill: Bill) -> bool:
        """Return whether a bill can be added. No bill is in a payment twice."""
        has_room = self.counted and len(self.shares) < MOST_COMBINED
        return has_room and all(share.bill is not bill for share in self.shares)


class Settlement:
    """Plans the payments of a company."""

    def __init__(self, context: Context) -> None:
        self._rng = context.chance("settlement")
        self._timeline = context.timeline
        self._runs = _payment_runs(self._rng, context.timeline)
        self._combining: dict[tuple[str, int, int], Payment] = {}
        self._payments: list[Payment] = []
        self._past = 0
        self._future = 0

    def settle(self, bills: list[Bill]) -> list[Payment]:
        """Plan the payments of all bills, in order of creation."""
        for index, bill in enumerate(bills):
            if bill.ready is not None:
                self._settle(bill, index)
        return sorted(self._payments, key=lambda payment: payment.created)

    def _settle(self, bill: Bill, index: int) -> None:
        day = self._intended_day(bill)
        if index % 31 == 8:  # disputed for months
            day = bill.due_day + self._rng.randrange(MONTH, 8 * MONTH)
        if index % 23 == 5:
            part = bill.amount * self._rng.randint(40, 70) // 100
            part = money.whole(part, bill.supplier.unit)
            paid = self._pay(bill, day, part)
            if paid and bill.open and self._rng.random() < 0.95:
                self._pay(bill, paid.process_day + MONTH, bill.open)
            return
        self._pay(bill, day, bill.amount)

    def _intended_day(self, bill: Bill) -> int:
        """Choose the day on which the company pays the bill, around its due date."""
        rng = self._rng
        habit = rng.random()
        if habit < 0.12:
            return bill.created // DAY + 3
        if habit < 0.75:
            return bill.due_day - rng.randrange(6)
        return bill.due_day + rng.randrange(1, 24)

    def _pay(self, bill: Bill, day: int, cents: int) -> Payment | None:
        """Plan a payment of part of a bill, and another one if it fails."""
        ready = bill.ready
        if ready is None:
            return None
        created, process_day = self._when(bill, ready, day)
        if created >= self._timeline.end:
            return None
        payment = self._payment(bill, created, process_day)
        self._add_share(payment, bill, cents)
        if not payment.counted and self._rng.random() < 0.9:
            again = self._payment(bill, *self._retry(payment), retry=True)
            if again.created < self._timeline.end:
                payment.reissued = payment.outcome == "void"
                self._add_share(again, bill, cents)
                self._payments.append(again)
        return payment

    def _retry(self, payment: Payment) -> tuple[int, int]:
        """Return the moment at which a voided or cancelled payment is made again."""
        failed = max(payment.created, payment.process_day * DAY)
        created = self._timeline.after(self._rng, failed + 8 * DAY, 5)
        return created, business_day(created // DAY + 2)

    def _when(self, bill: Bill, ready: int, day: int) -> tuple[int, int]:
        """Return the moment at which a payment is made, and the day on which it is processed.

        Most payments are made in weekly runs, up to two weeks before the due date. Vendors whose
        payments are combined are paid in every other run, on the next day.
        """
        rng = self._rng
        combines = bill.supplier.combines
        ahead = 1 if combines else rng.randint(1, 9)
        position = bisect_left(self._runs, (day - ahead) * DAY) - 1
        if combines:
            position -= position % 2
        run = self._runs[position] if position >= 0 else 0
        if run > max(ready, bill.created) and (combines or rng.random() < 0.6):
            next_day = run // DAY + 1
            return run, business_day(next_day if combines else max(next_day, day))
        created = self._timeline.after(rng, max(ready, (day - ahead) * DAY), 2)
        return created, business_day(max(created // DAY + 1, day))

    def _payment(
        self, bill: Bill, created: int, process_day: int, *, retry: bool = False
    ) -> Payment:
        """Return the payment for a bill: a combined one, or a new one."""
        supplier = bill.supplier
        key = (supplier.row["id"], created, process_day)
        if supplier.combines and not retry:
            known = self._combining.get(key)
            if known and known.takes(bill):
                return known
        outcome = self._outcome(process_day, retry=retry)
        payment = Payment(supplier, created, process_day, [], outcome)
        if not retry:
            self._combining[key] = payment
            self._payments.append(payment)
        return payment

    def _outcome(self, process_day: int, *, retry: bool) -> str:
        """Return the outcome of a payment. Rare outcomes are spread evenly, so that all occur."""
        if process_day <= self._timeline.today:
            self._past += 1
            if retry:
                return "paid"
            if self._past % 43 == 7:
                return "void"
            return "cancelled" if self._past % 47 == 11 else "paid"
        self._future += 1
        return "approving" if self._future % 7 == 3 else "scheduled"

    def _add_share(self, payment: Payment, bill: Bill, cents: int) -> None:
        """Add part of a bill to a payment. The vendor's credits are used first."""
        share = Share(bill, cents)
        payment.shares.append(share)
        if not payment.counted:
            bill.last = max(bill.last, payment.created)
            return
        if cents == bill.open:
            self._use_credits(payment, share)
        if payment.outcome == "paid":
            bill.paid += share.cash
        else:
            bill.scheduled += share.cash
        bill.last = max(bill.last, payment.created)

    def _use_credits(self, payment: Payment, share: Share) -> None:
        """Apply the vendor's existing credits, to at most half of the bill."""
        allowed = money.whole(share.cash // 2, payment.supplier.unit)
        for credit in payment.supplier.open_credits:
            cents = min(credit.left, allowed)
            if cents <= 0 or credit.created > payment.created:
                continue
            usage = credit.use(share.bill, cents, payment.created)
            share.usages.append(usage)
            share.credits.append({"id": credit.row["id"], "amount": usage["amount"]})
            share.cash -= cents
            allowed -= cents


def _payment_runs(rng: Random, timeline: Timeline) -> list[int]:
    """Choose the moments of the weekly payment runs. Each pays many vendors in one second."""
    first = timeline.start // DAY
    first += (WEDNESDAY - weekday(first)) % 7
    return [
        day * DAY + rng.randrange(16 * 3600, 21 * 3600)
        for day in range(first, timeline.today + 1, 7)
    ]


def credit_open_bills(context: Context, bills: list[Bill]) -> None:
    """Apply some credits to open bills directly, without a payment."""
    rng = context.chance("credits without payment")
    for bill in bills:
        if bill.ready is None or bill.open != bill.amount:
            continue
        for credit in bill.supplier.open_credits:
            moment = max(bill.last, credit.created)
            cents = min(credit.left, money.whole(bill.amount // 2, bill.supplier.unit))
            if cents > 0 and not bill.paid and moment < context.timeline.end:
                moment = context.timeline.after(rng, moment, 10)
                credit.use(bill, cents, moment)
                bill.last = moment
