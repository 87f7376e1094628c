"""How money reaches a vendor: by what means, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.writes.days import business_days_after

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]


@dataclass(frozen=True)
class Means:
    """A means of disbursement: where a payment shows its dates, and the business days it takes.

    The days are [INFER]: BILL's help pages give ranges.
    """

    field: str
    days: int
    shows_sent_date: bool = True


MEANS: Mapping[str, Means] = MappingProxyType(
    {
        "ACH": Means("achDisbursement", 2),
        "CHECK": Means("checkDisbursement", 5),
        "RPPS": Means("rppsDisbursement", 2),
        "INTERNATIONAL_E_PAYMENT": Means("internationalDisbursement", 4),
        "VIRTUAL_CARD": Means("vcardDisbursement", 1, shows_sent_date=False),
        "WALLET": Means("walletDisbursement", 1, shows_sent_date=False),
    }
)
OTHER = MEANS["CHECK"]
"""A vendor BILL cannot pay electronically gets a check [DOC D:ap-payments]."""


def kind_for(vendor: Row) -> str:
    """Give the disbursementType of a payment to this vendor."""
    kind = vendor.get("paymentInformation", {}).get("payByType", "CHECK")
    return kind if kind in MEANS else "CHECK"


def information(kind: str, processed: str, *, voidable: bool) -> Row:
    """Give the disbursementInfo of a payment processed on a day."""
    means = MEANS.get(kind, OTHER)
    day = date.fromisoformat(processed)
    dates = {"arrivesByDate": business_days_after(day, means.days).isoformat()}
    if means.shows_sent_date:
        dates = {"sentDate": business_days_after(day, 1).isoformat(), **dates}
    return {"isVoidable": voidable, means.field: dates}
