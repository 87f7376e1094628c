"""The generated company: shape, references, times and names. test_money.py tests amounts."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bill_emulator.company import generate
from bill_emulator.contract import LISTS
from bill_emulator.ids import Ids
from unit_tests.bill_emulator.company.generated import AS_OF, company

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-11-22T17:30:12.000+00:00"
START = "2024-11-22"
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    return company().lists[name]


# ---------------------------------------------------------------------------------------- shape

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str,),
    "date-time": (str,),
}
PATTERNS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+00:00"),
}


def scalar_fits(value: Any, kind: str) -> bool:
    if type(value) not in TYPES[kind] or value == "":
        return False
    pattern = PATTERNS.get(kind)
    return pattern is None or pattern.fullmatch(value) is not None


def misfits(value: Any, contract: Any, path: str, seen: Counter[str]) -> Iterator[str]:
    """Yield where a value differs from the contract, and count its fields."""
    seen[path] += 1
    if isinstance(contract, str):
        if not scalar_fits(value, contract):
            yield f"{path}: {value!r} is no {contract}"
    elif isinstance(contract, list):
        if not isinstance(value, list) or (not value and not path.endswith(".voidInfo")):
            yield f"{path}: {value!r}"
        else:
            for item in value:
                yield from misfits(item, contract[0], f"{path}[]", seen)
    elif not isinstance(value, dict) or not value:
        yield f"{path}: {value!r}"
    else:
        for key, inner in value.items():
            if key not in contract:
                yield f"{path}.{key}: not in the contract"
            else:
                yield from misfits(inner, contract[key], f"{path}.{key}", seen)


def fields_of(contract: Any, path: str) -> Iterator[str]:
    if isinstance(contract, list):
        yield from fields_of(contract[0], f"{path}[]")
    elif isinstance(contract, str):
        yield path
    else:
        for key, inner in contract.items():
            yield from fields_of(inner, f"{path}.{key}")


@pytest.mark.parametrize("scale", [0.05, 1.0])
@pytest.mark.parametrize("name", LISTS)
def test_every_row_has_only_the_contracts_fields_in_their_types(name: str, scale: float) -> None:
    seen: Counter[str] = Counter()
    found = company(1, scale).lists[name]
    problems = [
        problem for row in found for problem in misfits(row, LISTS[name].fields, name, seen)
    ]
    assert problems == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", LISTS)
def test_every_field_of_the_contract_is_populated_somewhere(name: str, seed: int) -> None:
    seen: Counter[str] = Counter()
    for row in company(seed).lists[name]:
        list(misfits(row, LISTS[name].fields, name, seen))
    assert [field for field in fields_of(LISTS[name].fields, name) if not seen[field]] == []


@pytest.mark.parametrize(
    "field",
    [
        "bills.purchaseOrderNumber", "bills.exchangeRate", "bills.approvers", "bills.description",
        "bills.classifications", "payments.billId", "payments.disbursementInfo",
        "payments.transactionNumber", "payments.cardFundingPurpose", "vendors.rppsId",
        "vendors.paymentNetworkId", "vendor_credits.usage", "invoices.payments",
        "invoices.salesTaxItemId", "customers.fax", "customers.shippingAddress",
        "receivable_payments.convenienceFeeAmount", "credit_memos.usage", "items.percentage",
        "chart_of_accounts.parentId", "departments.shortName", "employees.parentId",
        "roles.description", "bank_accounts.chartOfAccountId", "recurring_bills.description",
    ],
)  # fmt: skip
def test_sparse_fields_are_absent_from_some_rows_and_there_in_others(field: str) -> None:
    name, key = field.split(".")
    assert {key in row for row in rows(name)} == {True, False}


def test_the_lists_are_the_contracts_in_its_order() -> None:
    assert list(company().lists) == list(LISTS)


@pytest.mark.parametrize(
    "name", [name for name, contract in LISTS.items() if "archived" in contract.fields]
)
@pytest.mark.parametrize("scale", [0.05, 1.0])
def test_every_list_has_archived_rows_but_few(name: str, scale: float) -> None:
    found = company(1, scale).lists[name]
    archived = sum(row["archived"] for row in found)
    assert 0 < archived <= max(1, len(found) // 4)


# ------------------------------------------------------------------------------------ determinism

PROGRAM = """
import json, sys
from datetime import datetime
from bill_emulator.company import generate
company = generate(7, 0.1, datetime.fromisoformat(sys.argv[1]))
sys.stdout.write(company.organization_id + json.dumps(company.lists))
"""


def digest(hash_seed: str) -> str:
    result = subprocess.run(  # noqa: S603 our own interpreter and program
        [sys.executable, "-c", PROGRAM, AS_OF.isoformat()],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
    )
    return hashlib.sha256(result.stdout).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    assert digest("1") == digest("2")


def test_another_seed_gives_another_company() -> None:
    assert company(1, 0.05).lists["vendors"] != company(2, 0.05).lists["vendors"]


def test_sizes_follow_the_scale() -> None:
    small, large = company(1, 0.05), company(3, 2.0)
    assert min(len(found) for found in small.lists.values()) >= 3
    sizes = {name: len(found) for name, found in company().lists.items()}
    assert 1_900 <= sizes["bills"] <= 2_100
    assert 1_150 <= sizes["invoices"] <= 1_250
    assert 1_400 <= sizes["payments"] <= 2_000
    for name in ("bills", "payments", "vendors", "invoices", "items"):
        assert 1.8 <= len(large.lists[name]) / sizes[name] <= 2.2


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_an_impossible_scale_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        generate(1, scale, AS_OF)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        generate(1, 0.05, AS_OF.replace(tzinfo=None))


# ------------------------------------------------------------------------------------ ids and times


@pytest.mark.parametrize("name", LISTS)
def test_ids_look_like_bills_and_count_up_with_creation(name: str) -> None:
    ids = [row["id"] for row in rows(name)]
    pattern = re.compile(LISTS[name].id_prefix + r"02[A-Z]{11}[0-9a-z]{4}")
    assert [one for one in ids if not pattern.fullmatch(one)] == []
    assert [one[-4:] for one in ids] == sorted(one[-4:] for one in ids)


def test_ids_are_unique_and_differ_from_those_of_later_rows() -> None:
    ids = {row["id"] for found in company().lists.values() for row in found}
    assert len(ids) == sum(len(found) for found in company().lists.values())
    later = Ids(1)
    assert not ids & {later.next("00n") for _ in range(5_000)}


@pytest.mark.parametrize("name", LISTS)
def test_times_are_in_order_and_within_the_two_years(name: str) -> None:
    created = [row["createdTime"] for row in rows(name)]
    assert created == sorted(created)
    assert created[0] >= START
    assert all(row["createdTime"] <= row["updatedTime"] <= NOW for row in rows(name))


@pytest.mark.parametrize("name", ["bills", "payments", "invoices", "vendors", "items"])
@pytest.mark.parametrize("time", ["createdTime", "updatedTime"])
def test_groups_of_rows_share_a_second(name: str, time: str) -> None:
    sizes = Counter(row[time] for row in rows(name))
    assert max(sizes.values()) >= 5
    assert len(sizes) > len(rows(name)) // 8  # and most do not


def test_updates_are_spread_over_the_two_years() -> None:
    months = {row["updatedTime"][:7] for row in rows("bills")}
    assert len(months) >= 23


# --------------------------------------------------------------------------------------- references

TARGETS = {
    "vendorId": "vendors", "customerId": "customers", "billId": "bills", "paymentId": "payments",
    "invoiceId": "invoices", "chartOfAccountId": "chart_of_accounts",
    "expenseChartOfAccountId": "chart_of_accounts", "payFromChartOfAccountId": "chart_of_accounts",
    "payToChartOfAccountId": "chart_of_accounts", "applyToChartOfAccountId": "chart_of_accounts",
    "applyToBankAccountId": "bank_accounts", "payToBankAccountId": "bank_accounts",
    "bankAccountId": "bank_accounts", "accountingClassId": "accounting_classes",
    "departmentId": "departments", "employeeId": "employees", "jobId": "jobs",
    "locationId": "locations", "itemId": "items", "salesTaxItemId": "items", "userId": "users",
    "createdBy": "users", "requestedBy": "users",
}  # fmt: skip
# A credit is applied to bills and by payments made after it.
MAY_BE_LATER = {"vendor_credits.billId", "vendor_credits.paymentId", "credit_memos.invoiceId"}


def references(value: Any, name: str) -> Iterator[tuple[str, str, str]]:
    """Return field, target list and id of each reference in a row."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, name)
    elif isinstance(value, dict):
        if value.get("type") == "BANK_ACCOUNT" and name != "receivable_payments":
            yield "fundingAccount", "bank_accounts", value["id"]
        for key, inner in value.items():
            if key in TARGETS or key == "parentId":
                yield key, TARGETS.get(key, name), inner
            elif key == "vendorCredits":
                for credit in inner:
                    yield key, "vendor_credits", credit["id"]
            elif key == "receivablesAccount":
                yield key, "bank_accounts", inner["id"]
            else:
                yield from references(inner, name)


@pytest.mark.parametrize("scale", [0.05, 1.0])
@pytest.mark.parametrize("name", LISTS)
def test_references_resolve_to_rows_that_were_there(name: str, scale: float) -> None:
    lists = company(1, scale).lists
    created = {row["id"]: row["createdTime"] for found in lists.values() for row in found}
    prefixes = {target: contract.id_prefix for target, contract in LISTS.items()}
    for row in lists[name]:
        for key, target, identifier in references(row, name):
            assert identifier.startswith(prefixes[target]), (key, row)
            assert identifier in created, (key, row)
            later = f"{name}.{key}" in MAY_BE_LATER
            assert created[identifier] <= row["updatedTime" if later else "createdTime"], (key, row)


@pytest.mark.parametrize(
    "name", [name for name, contract in LISTS.items() if "parentId" in contract.fields]
)
def test_hierarchies_have_no_cycles(name: str) -> None:
    parent = {row["id"]: row.get("parentId") for row in rows(name)}
    for start, first in parent.items():
        passed = {start}
        above = first
        while above is not None:
            assert above not in passed
            passed.add(above)
            above = parent[above]


def test_children_of_an_archived_account_are_archived_with_it() -> None:
    accounts = {row["id"]: row for row in rows("chart_of_accounts")}
    pairs = [(row, accounts[row["parentId"]]) for row in accounts.values() if "parentId" in row]
    below = [child for child, above in pairs if above["archived"]]
    assert below
    assert all(child["archived"] for child in below)
