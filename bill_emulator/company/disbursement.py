"""The progress of a payment at as_of: singleStatus, disbursementStatus, disbursementInfo.

The meaning of each singleStatus is documented [DOC D:single-status-payment-values]. The days in
each status are invented, and the disbursementStatus that goes with it is [INFER].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.company import money
from bill_emulator.company.timeline import DAY, business_day, date_text

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Row
    from bill_emulator.company.payment_planning import Payment
    from bill_emulator.company.timeline import Timeline

IN_FLIGHT = ("FUNDING_STARTED", "PROCESSED", "SENT", "DISBURSEMENT_ON_HOLD")
"""Processed, but not received by the vendor yet: the bill is IN_PROCESS [INFER]."""
FAILED = ("DISBURSEMENT_FAILED_ACTION_NEEDED", "DISBURSEMENT_FAILED_VENDOR_BANK_REJECTED")
"""Processed, but the vendor will never receive it: somebody must void it."""
UNSETTLED = (*IN_FLIGHT, *FAILED)
"""Paid by the company, not received by the vendor: the bill is IN_PROCESS, not PAID [INFER]."""
ACTED_ON_AFTER = 21
"""Days until somebody voids a failed payment, and in most cases pays again."""

# Days from processing to arrival, and from arrival to clearing (None: clears on arrival).
TRANSIT: dict[str, tuple[int, int | None]] = {
    "ACH": (3, None),
    "CHECK": (6, 18),
    "RPPS": (2, None),
    "WALLET": (1, None),
    "INTERNATIONAL_E_PAYMENT": (5, None),
    "VIRTUAL_CARD": (1, 9),
}
ESCHEATED_AFTER = 640
EXPIRING_AFTER, EXPIRED_AFTER = 80, 180


@dataclass(frozen=True)
class Progress:
    """The progress of a payment, and since when."""

    single_status: str | None
    disbursement_status: str | None
    info: Row | None
    changed: int


def batch_moment(day: int) -> int:
    """Return the second of a day in which the statuses of all its payments change."""
    return day * DAY + 10 * 3600 + day * 7919 % 7200


def progress(rng: Random, payment: Payment, method: str, timeline: Timeline, turn: int) -> Progress:
    """Return the progress of a payment. `turn` counts payments, for rare outcomes."""
    if payment.outcome in ("scheduled", "approving"):
        return Progress("SCHEDULED", None, None, payment.created)
    if payment.outcome == "cancelled":
        return Progress("CANCELED", None, None, timeline.after(rng, payment.created, 1))
    transit, settling = TRANSIT[method]
    sent = business_day(payment.process_day + 1)
    arrives = business_day(sent + transit)
    info = _info(rng, payment, method, sent, arrives)
    if payment.outcome == "void":
        moment = max(batch_moment(payment.process_day), payment.created)
        info["isVoidable"] = False
        single = "FUNDING_FAILED_VOIDED" if turn % 5 == 4 else "VOIDED"
        return Progress(single, "FAILED", info, timeline.after(rng, moment + DAY, 5))
    settled = arrives if settling is None else business_day(arrives + rng.randint(2, settling))
    single, status, day = _stage(payment, method, (sent, arrives, settled), timeline.today, turn)
    by_method = method in ("CHECK", "VIRTUAL_CARD") and status != "DONE"
    info["isVoidable"] = by_method or single in FAILED
    changed = min(max(batch_moment(day), payment.created), timeline.end)
    before_sending = single in ("FUNDING_STARTED", "PROCESSED")
    return Progress(single, status, None if before_sending else info, changed)


def _stage(
    payment: Payment, method: str, days: tuple[int, int, int], today: int, turn: int
) -> tuple[str, str | None, int]:
    """Return singleStatus, disbursementStatus and the day of the last change."""
    sent, arrives, settled = days
    age = today - payment.process_day
    if age == 0:
        return "FUNDING_STARTED", None, today
    if today < sent or age == 1:
        return "PROCESSED", None, payment.process_day
    if today < arrives:
        held = turn % 4 == 1
        return "DISBURSEMENT_ON_HOLD" if held else "SENT", "HOLD" if held else "IN_PROGRESS", sent
    # Payments that failed earlier are void.
    if turn % 11 == 6 and today - arrives < ACTED_ON_AFTER:
        rejected = method == "ACH" and turn % 2 == 0
        return FAILED[rejected], "FAILED", arrives
    if method == "CHECK" and turn % 9 == 4:
        if age > ESCHEATED_AFTER:
            return "FUNDS_ESCHEATED", "FAILED", payment.process_day + ESCHEATED_AFTER
        if EXPIRING_AFTER < age < EXPIRED_AFTER:
            return "EXPIRING", "IN_PROGRESS", payment.process_day + EXPIRING_AFTER
    if today < settled:
        return "DELIVERED", "IN_PROGRESS", arrives
    return "CLEARED", "DONE", settled


def _info(rng: Random, payment: Payment, method: str, sent: int, arrives: int) -> Row:
    """Return the disbursementInfo of a payment that was sent."""
    dates: Row = {"sentDate": date_text(sent), "arrivesByDate": date_text(arrives)}
    if method == "CHECK":
        return {"checkDisbursement": {**dates, "checkNumber": rng.randrange(10**8, 10**9)}}
    if method == "RPPS":
        numbers = {"traceNumber": rng.randrange(1_000, 10**6), "batchNumber": sent % 10_000}
        return {"rppsDisbursement": {**dates, **numbers}}
    if method == "INTERNATIONAL_E_PAYMENT":
        amount = sum(share.cash for share in payment.shares)
        information = payment.supplier.row["paymentInformation"]
        kind = "LOCAL" if information["payBySubType"] == "LOCAL" else "IACH"
        return {
            "internationalDisbursement": {
                **dates,
                "amount": money.dollars(amount),
                "disbursementSubType": kind,
            }
        }
    if method == "VIRTUAL_CARD":
        return {
            "vcardDisbursement": {
                "arrivesByDate": dates["arrivesByDate"],
                "validUntil": date_text(arrives + 90),
                "last4CardNumber": f"{rng.randrange(10**4):04}",
            }
        }
    if method == "WALLET":
        return {"walletDisbursement": {"arrivesByDate": dates["arrivesByDate"]}}
    return {"achDisbursement": dates}
