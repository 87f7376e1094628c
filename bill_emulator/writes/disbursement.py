"""How a payment reaches its vendor: the payment method, and the days of its steps.

Payments take the same steps as in the generated company (`bill_emulator/company/disbursement.py`):
FUNDING_STARTED on the day of processing, PROCESSED, SENT, then DELIVERED or CLEARED. The names are
documented [DOC D:single-status-payment-values]. The number of days in each step is invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.company.disbursement import ACTED_ON_AFTER, FAILED, TRANSIT, UNSETTLED
from bill_emulator.writes.business_days import business_day_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.writes.write_plan import Row

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "ACH": "achDisbursement",
        "CHECK": "checkDisbursement",
        "RPPS": "rppsDisbursement",
        "INTERNATIONAL_E_PAYMENT": "internationalDisbursement",
        "VIRTUAL_CARD": "vcardDisbursement",
        "WALLET": "walletDisbursement",
    }
)
"""The field in which a payment by each method has its dates."""
UNSENT = frozenset({"VIRTUAL_CARD", "WALLET"})
"""Payment methods without a sentDate."""
VOIDABLE = frozenset({"CHECK", "VIRTUAL_CARD"})
"""Payment methods whose payments can be voided after they were sent [INFER]."""


def kind_for(vendor: Row) -> str:
    """Return the disbursementType of a payment to this vendor.

    BILL sends a check if it cannot pay electronically [DOC D:ap-payments].
    """
    kind = vendor.get("paymentInformation", {}).get("payByType", "CHECK")
    return kind if kind in FIELDS else "CHECK"


def is_in_flight(payment: Row) -> bool:
    """Return whether BILL has processed the payment and the vendor has not received it."""
    return payment.get("status") == "PAID" and payment.get("singleStatus") in UNSETTLED


def has_failed(payment: Row) -> bool:
    """Return whether the disbursement failed and the payment is not void yet."""
    return payment.get("status") == "PAID" and payment.get("singleStatus") in FAILED


def next_day(payment: Row) -> str | None:
    """Return the day of the payment's next step, or None if there is none."""
    if payment.get("status") == "SCHEDULED":
        return str(payment["processDate"])
    sent, arrives, cleared = _days(payment)
    processed = date.fromisoformat(payment["processDate"])
    days = {
        "FUNDING_STARTED": processed + timedelta(days=1),
        "PROCESSED": max(sent, processed + timedelta(days=2)),
        "SENT": arrives,
        "DISBURSEMENT_ON_HOLD": arrives,
        "DELIVERED": cleared,
        **dict.fromkeys(FAILED, arrives + timedelta(days=ACTED_ON_AFTER)),
    }
    day = days.get(payment.get("singleStatus", ""))
    return day.isoformat() if day is not None and payment.get("status") == "PAID" else None


def stepped(payment: Row) -> Row:
    """Return a processed payment after its next step."""
    step = payment["singleStatus"]
    if step == "FUNDING_STARTED":
        return {**payment, "singleStatus": "PROCESSED"}
    if step == "PROCESSED":
        sent = {"singleStatus": "SENT", "disbursementStatus": "IN_PROGRESS"}
        return {**payment, **sent, "disbursementInfo": _information(payment)}
    settling = TRANSIT[_kind(payment)][1]
    if step != "DELIVERED" and settling is not None:
        return {**payment, "singleStatus": "DELIVERED", "disbursementStatus": "IN_PROGRESS"}
    done = {**payment.get("disbursementInfo", {}), "isVoidable": False}
    cleared = {"singleStatus": "CLEARED", "disbursementStatus": "DONE", "disbursementInfo": done}
    return {**payment, **cleared}


def _kind(payment: Row) -> str:
    kind = payment.get("disbursementType", "CHECK")
    return kind if kind in TRANSIT else "CHECK"


def _days(payment: Row) -> tuple[date, date, date]:
    """Return the days on which a payment is sent, arrives and clears."""
    transit, settling = TRANSIT[_kind(payment)]
    sent = business_day_from(date.fromisoformat(payment["processDate"]) + timedelta(days=1))
    arrives = business_day_from(sent + timedelta(days=transit))
    return sent, arrives, business_day_from(arrives + timedelta(days=settling or 0))


def _information(payment: Row) -> dict[str, Any]:
    kind = _kind(payment)
    sent, arrives, _ = _days(payment)
    dates = {"arrivesByDate": arrives.isoformat()}
    if kind not in UNSENT:
        dates = {"sentDate": sent.isoformat(), **dates}
    return {"isVoidable": kind in VOIDABLE, FIELDS[kind]: dates}
