"""Values in requests: enumerations, blank text, schedules."""

from __future__ import annotations

from typing import Any

import pytest

from bill_emulator.writes import Refused
from unit_tests.bill_emulator.office import Row, office

VENDOR = {"name": "Nut & Bolt", "address": {"line1": "1 Way", "city": "Tulsa", "country": "US"}}
ACCOUNT = {
    "nameOnAccount": "N",
    "accountNumber": "1",
    "routingNumber": "011401533",
    "type": "CHECKING",
}


def paid(**information: Any) -> Row:
    return {**VENDOR, "paymentInformation": information}


def repeated(**schedule: Any) -> Row:
    first = {"period": "MONTHLY", "frequency": 1, "nextDueDate": "2026-07-01"}
    return {"recurringBillLineItems": [{"amount": 5}], "schedule": {**first, **schedule}}


REFUSED = [
    ("vendors", {**VENDOR, "name": ""}, "name: must not be blank"),
    ("vendors", {**VENDOR, "name": "  "}, "name: must not be blank"),
    ("vendors", {**VENDOR, "address": {}}, "address: must not be empty"),
    ("vendors", {**VENDOR, "address": {"line1": None}}, "address: must not be empty"),
    ("vendors", {**VENDOR, "billCurrency": "nope"}, "billCurrency: must be a currency"),
    ("vendors", {**VENDOR, "billCurrency": "usd"}, "billCurrency: must be a currency"),
    ("vendors", paid(payByType="NOPE"), "paymentInformation.payByType: must be one of ACH"),
    ("vendors", paid(payBySubType="NOPE"), "paymentInformation.payBySubType: must be one of"),
    ("vendors", paid(bankAccount={**ACCOUNT, "ownerType": "DOG"}), "ownerType: must be one of"),
    ("vendors", {**VENDOR, "additionalInfo": {"taxIdType": "X"}}, "taxIdType: must be one of"),
    ("customers", {"name": "C", "invoiceCurrency": "Euro"}, "invoiceCurrency: must be a"),
    ("customers", {"name": ""}, "name: must not be blank"),
    ("items", {"name": "I", "type": "NOPE"}, "type: must be one of"),
    ("chart_of_accounts", {"name": "A", "account": {"type": "NOPE"}}, "account.type: must be"),
    ("departments", {"name": " "}, "name: must not be blank"),
    ("recurring_bills", repeated(frequency=-1), "schedule.frequency: must be"),
    ("recurring_bills", repeated(frequency=0), "schedule.frequency: must be"),
    ("recurring_bills", repeated(frequency=1.5), "schedule.frequency: must be"),
    ("recurring_bills", repeated(daysInAdvance=-2), "schedule.daysInAdvance: must be"),
    ("recurring_bills", repeated(endDate="2026-06-30"), "schedule.endDate: must not be before"),
    ("recurring_bills", repeated(period="HOURLY"), "schedule.period: must be one of"),
]


@pytest.mark.parametrize(("list_name", "body", "message"), REFUSED)
def test_invalid_values_are_refused(list_name: str, body: Row, message: str) -> None:
    here = office()
    if list_name == "recurring_bills":
        body = {**body, "vendorId": here.first("vendors")["id"]}
    with pytest.raises(Refused) as refused:
        here.create(list_name, body)
    assert refused.value.status == 400
    assert message in refused.value.problems[0].message


def test_updates_follow_the_same_rules() -> None:
    here = office()
    vendor = here.create("vendors", VENDOR)
    for change in ({"name": " "}, {"billCurrency": "x"}, {"accountType": "DOG"}):
        with pytest.raises(Refused):
            here.patch("vendors", vendor["id"], change)
    assert here.row("vendors", vendor["id"]) == vendor


def test_every_value_of_an_enumeration_is_accepted() -> None:
    here = office()
    for kind in ("EXPENSE", "BANK", "NON_POSTING"):
        row = here.create("chart_of_accounts", {"name": kind, "account": {"type": kind}})
        assert row["account"]["type"] == kind
    for kind in ("ACH", "RPPS", "VIRTUAL_CARD", "WALLET"):
        row = here.create("vendors", paid(payByType=kind))
        assert row["paymentInformation"]["payByType"] == kind
    row = here.create("vendors", {**VENDOR, "billCurrency": "JPY"})
    assert row["billCurrency"] == "JPY"
