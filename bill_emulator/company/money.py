"""Amounts, and the equations between them in all generated rows.

The generator counts money in integer cents. Rows have JSON numbers, rounded to cents. BILL
documents few relations between its amount fields. These are the equations of this company:

Bills, in the vendor's currency
    amount = sum of billLineItems.amount                                            [DOC PM]
    line amount = price x quantity where both are given                   [DOC CL:bills API]
    paidAmount = sum of cleared payments + creditAmount             [DOC CL:2025-06-20-bills]
    creditAmount = sum of the vendor credits' usage of the bill                      [INFER]
    scheduledAmount = sum of payments that are SCHEDULED or APPROVING                [INFER]
    amount = paidAmount + scheduledAmount + dueAmount                              [UNKNOWN]
    amount = fundingAmount (US dollars) x exchangeRate, if not in US dollars       [UNKNOWN]
Payments
    amount = sum of billPayments.amount; credits are extra, in vendorCredits       [UNKNOWN]
Vendor credits and credit memos
    appliedAmount = sum of usage.amount <= amount                                    [INFER]
Invoices, in the customer's currency
    totalAmount = sum of price x quantity + salesTaxTotal                            [INFER]
    totalAmount = PAID payments + scheduledAmount + creditAmount + dueAmount       [UNKNOWN]
Received payments
    amount = sum of invoicePayments.amount + unappliedAmount                         [INFER]
Balances
    vendor.balance = sum of dueAmount over its bills that are not archived           [INFER]
    customer.balance = the same over its invoices                                    [INFER]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def dollars(cents: int) -> float:
    """Return cents as the JSON number in a row."""
    return cents / 100


def unit(per_dollar: float | None) -> int:
    """Return the smallest unit of a currency, in hundredths. Yen have no cents."""
    return 100 if per_dollar is not None and per_dollar > 100 else 1


def whole(cents: int, least: int) -> int:
    """Return an amount rounded down to the smallest unit of its currency."""
    return cents // least * least


def share(cents: int, percent: float) -> int:
    """Return a percentage of an amount, rounded half up to a cent."""
    return int(cents * percent / 100 + 0.5)


def funding(cents: int, exchange_rate: float) -> int:
    """Return the value of a foreign amount in US dollars (in cents).

    `exchange_rate` is units of the foreign currency per dollar. BILL may use the
    inverse [UNKNOWN].
    """
    return int(cents / exchange_rate + 0.5)


def price_between(rng: Random, low: int, high: int) -> int:
    """Choose a price in cents. Most are small, and many are round."""
    cents = int(low * (high / low) ** (rng.random() ** 1.6))
    if rng.random() < 0.4:
        return max(cents // 500 * 500, 100)
    return cents


def drifting(rng: Random, per_dollar: float) -> float:
    """Return an exchange rate near `per_dollar`, with six decimals."""
    return round(per_dollar * (1 + rng.uniform(-0.04, 0.04)), 6)


PARTLY_SCHEDULED = {
    "scheduled": ("SCHEDULED", "SCHEDULED"),
    "unpaid": ("UNPAID", "OPEN"),
    "partly_paid": ("PARTIALLY_PAID", "PARTIAL_PAYMENT"),
}
"""The status of a bill and of an invoice that is partly scheduled and not paid at all [UNKNOWN].

The keys are the values of the option `partly_scheduled`; the first is the default. Bookkeeping says
that such a bill is not partly paid, because a scheduled payment can still be canceled.
"""


def bill_status(
    amount: int,
    paid: int,
    scheduled: int,
    *,
    in_flight: bool,
    partly_scheduled: str = "scheduled",
) -> str:
    """Return the paymentStatus of a bill.

    Args:
        amount: the amount of the bill, in cents.
        paid: cleared payments and credits, in cents.
        scheduled: payments that are not processed yet, in cents.
        in_flight: a processed payment has not reached the vendor (IN_PROCESS) [INFER].
        partly_scheduled: see `PARTLY_SCHEDULED`.

    """
    due = amount - paid - scheduled
    if due == 0:
        if scheduled:
            return "SCHEDULED"
        return "IN_PROCESS" if in_flight else "PAID"
    if paid:
        return "PARTIALLY_PAID"
    return PARTLY_SCHEDULED[partly_scheduled][0] if scheduled else "UNPAID"


def invoice_status(
    total: int, settled: int, scheduled: int, *, partly_scheduled: str = "scheduled"
) -> str:
    """Return the status of an invoice. `settled` is payments and credits, in cents."""
    if settled + scheduled >= total:
        return "SCHEDULED" if scheduled else "PAID_IN_FULL"
    if settled:
        return "PARTIAL_PAYMENT"
    return PARTLY_SCHEDULED[partly_scheduled][1] if scheduled else "OPEN"


def credit_status(amount: int, applied: int) -> str:
    """Return the status of a vendor credit or credit memo."""
    if applied == 0:
        return "NOT_APPLIED"
    return "FULLY_APPLIED" if applied == amount else "PARTIALLY_APPLIED"
