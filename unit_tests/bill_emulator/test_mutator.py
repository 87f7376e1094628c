"""After any number of changes by the mutator, the company still follows BILL's rules."""

from __future__ import annotations

import inspect
from collections import Counter
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from bill_emulator.clock import Clock
from bill_emulator.company import Company, generate
from bill_emulator.contract import LISTS
from bill_emulator.ids import Ids
from bill_emulator.mutator import Mutator, Plan
from bill_emulator.options import Options
from bill_emulator.store import Store
from bill_emulator.writes import WRITABLE
from bill_emulator.writes.request_fields import SHAPES
from unit_tests.bill_emulator.company import test_company as shapes
from unit_tests.bill_emulator.company import test_money as money
from unit_tests.bill_emulator.company.generated import AS_OF

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGES = 500
Row = dict[str, Any]


def opened() -> Store:
    company = deepcopy(generated())
    return Store(company, Clock(frozen_at=AS_OF), Ids(5), Options())


@cache
def generated() -> Company:
    return generate(1, 0.2, AS_OF)


@cache
def mutated(seed: int) -> tuple[Company, tuple[str, ...]]:
    """Return the company after the changes, and the changes."""
    store = opened()
    done = Mutator().change(store, Plan(rate=0, seed=seed), CHANGES)
    rows = {name: list(store.rows(name)) for name in LISTS}
    return Company(store.organization_id, rows), tuple(done)


CHECKS = [
    check
    for name, check in vars(money).items()
    if name.startswith("test_")
    and {"seed", "scale"} <= set(inspect.signature(check).parameters)
    and name not in {"test_balances_are_what_is_due", "test_only_active_records_are_not_archived"}
]
SEEDS = pytest.mark.parametrize("seed", [3, 4, 5])


@SEEDS
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_amounts_statuses_and_dates_agree(
    check: Callable[[int, float], None], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money, "lists", lambda seed, _scale: mutated(seed)[0].lists)
    check(seed, 1.0)


@SEEDS
def test_balances_and_records_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money, "lists", lambda seed, _scale: mutated(seed)[0].lists)
    money.test_balances_are_what_is_due(seed, 1.0, "vendors", "bills", "vendorId")
    money.test_balances_are_what_is_due(seed, 1.0, "customers", "invoices", "customerId")
    for name in ("bills", "invoices"):
        for row in mutated(seed)[0].lists[name]:
            assert (row["recordStatus"] == "ACTIVE") != row["archived"]


@SEEDS
@pytest.mark.parametrize("name", LISTS)
def test_rows_are_the_contracts_and_references_resolve(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "company", lambda *_: mutated(seed)[0])
    shapes.test_every_row_has_only_the_contracts_fields_in_their_types(name, 1.0)
    shapes.test_references_resolve_to_rows_that_were_there(name, 1.0)
    if "parentId" in LISTS[name].fields:
        shapes.test_hierarchies_have_no_cycles(name)
    if name == "chart_of_accounts":
        shapes.test_children_of_an_archived_account_are_archived_with_it()


@SEEDS
def test_ids_and_numbers_are_each_rows_own(seed: int) -> None:
    lists = mutated(seed)[0].lists
    ids = Counter(row["id"] for rows in lists.values() for row in rows)
    for name, shape in SHAPES.items():
        if shape.lines is not None:
            ids.update(line["id"] for row in lists[name] for line in row[shape.lines.field])
    ids.update(part["id"] for row in lists["payments"] for part in row["billPayments"])
    assert [one for one, times in ids.items() if times > 1] == []
    keys: Counter[Any] = Counter(row["invoiceNumber"] for row in lists["invoices"])
    keys.update((bill["vendorId"], bill["invoice"]["invoiceNumber"]) for bill in lists["bills"])
    keys.update(("v", row["name"]) for row in lists["vendors"])
    keys.update(("u", row["email"]) for row in lists["users"])
    assert [key for key, times in keys.items() if times > 1] == []


@SEEDS
def test_recurring_bills_are_their_vendors(seed: int) -> None:
    lists = mutated(seed)[0].lists
    active = {row["vendorId"] for row in lists["recurring_bills"] if not row["archived"]}
    assert {row["id"] for row in lists["vendors"] if row["recurringPayments"]} == active


def test_every_kind_of_change_happens_to_most_lists() -> None:
    done = Counter(tuple(line.split()[:2]) for line in mutated(3)[1])
    assert sum(done.values()) == CHANGES
    assert {name for kind, name in done if kind == "create"} == set(WRITABLE)
    assert len({name for kind, name in done if kind == "archive"}) >= len(LISTS) - 5


def test_the_same_seed_makes_the_same_changes() -> None:
    again = Mutator().change(opened(), Plan(rate=0, seed=3), CHANGES)
    assert tuple(again) == mutated(3)[1]
