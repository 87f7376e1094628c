"""The generated company is plausible: who enters documents, what is overdue, what failed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from unit_tests.bill_emulator.company.test_money import CASES, TODAY, cents, lists

if TYPE_CHECKING:
    from collections.abc import Iterator


@CASES
def test_documents_are_entered_by_those_who_do_so(seed: int, scale: float) -> None:
    data = lists(seed, scale)
    role = {user["id"]: user["role"]["type"] for user in data["users"]}
    for row in data["bills"] + data["invoices"] + data["bank_accounts"]:
        assert role[row["createdBy"]] in {"ADMINISTRATOR", "ACCOUNTANT", "CLERK"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_customers_owe_is_not_old(seed: int) -> None:
    owed: dict[str, int] = defaultdict(int)
    for invoice in lists(seed, 1.0)["invoices"]:
        if not invoice["archived"]:
            late = date.fromisoformat(TODAY) - date.fromisoformat(invoice["dueDate"])
            age = "old" if late.days > 90 else "late" if late.days > 60 else "recent"
            owed[age] += cents(invoice["dueAmount"])
    assert owed["recent"] > 0.85 * sum(owed.values())
    assert owed["old"] < 0.02 * sum(owed.values())


def amounts_of(value: Any) -> Iterator[float]:
    """Yield the amounts in the document's own currency, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from amounts_of(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if (key.lower().endswith("amount") and key != "fundingAmount") or key == "price":
                yield inner
            else:
                yield from amounts_of(inner)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_yen_have_no_cents(seed: int) -> None:
    data = lists(seed, 1.0)
    parties = {row["id"] for row in data["vendors"] if row["billCurrency"] == "JPY"}
    parties |= {row["id"] for row in data["customers"] if row["invoiceCurrency"] == "JPY"}
    found = [
        row
        for rows in data.values()
        for row in rows
        if row.get("vendorId", row.get("customerId")) in parties
    ]
    assert len(found) > 10
    for row in found:
        assert [amount for amount in amounts_of(row) if amount != int(amount)] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_failed_payment_is_recent_and_its_bills_are_not_paid(seed: int) -> None:
    data = lists(seed, 1.0)
    bills = {bill["id"]: bill for bill in data["bills"]}
    failed = [row for row in data["payments"] if "FAILED_" in row.get("singleStatus", "")]
    failed = [row for row in failed if row["status"] != "VOID"]
    assert failed
    for payment in failed:
        age = date.fromisoformat(TODAY) - date.fromisoformat(payment["processDate"])
        assert age.days < 40
        for part in payment["billPayments"]:
            assert bills[part["billId"]]["paymentStatus"] != "PAID"
