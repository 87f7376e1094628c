"""The store, its indexes, ids, the clock and what changes rows in the background."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_emulator.clock import Clock, canonical
from bill_emulator.ids import Ids
from bill_emulator.mutator import Mutator, Plan
from bill_emulator.row_copies import BulkPlan, load_bulk
from bill_emulator.time_index import TimeIndex
from unit_tests.bill_emulator.small_bill import NOW, bills, small_bill, time_of

KEYS = st.tuples(st.sampled_from("abcd"), st.integers(0, 30).map(str))


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "load"]), KEYS)))
def test_an_index_equals_a_sorted_set(steps: list[tuple[str, tuple[str, str]]]) -> None:
    index, model = TimeIndex(), set()
    for step, key in steps:
        if step == "remove" and key in model:
            index.remove(key)
            model.discard(key)
        elif step != "remove" and key not in model:
            model.add(key)
            if step == "add":
                index.add(key)
            else:
                index.load([key])
        if len(model) % 3 == 0:
            assert index.keys() == sorted(model)
    assert index.keys() == sorted(model)


def test_insert_stamps_both_times_and_replace_the_updated_one() -> None:
    bill = small_bill()
    bill.store.insert("vendors", {"id": "0091", "name": "a"})
    created = canonical(NOW)
    assert bill.store.get("vendors", "0091") == {
        "id": "0091",
        "name": "a",
        "createdTime": created,
        "updatedTime": created,
    }
    bill.clock.advance(5)
    row = bill.store.row("vendors", "0091")
    bill.store.replace("vendors", {**row, "name": "b"})
    assert bill.store.row("vendors", "0091")["updatedTime"] == time_of(-5)
    assert bill.store.row("vendors", "0091")["createdTime"] == created
    bill.clock.advance(5)
    bill.store.replace("vendors", {**row, "updatedTime": time_of(-5), "name": "c"}, touch=False)
    assert bill.store.row("vendors", "0091")["updatedTime"] == time_of(-5)
    assert bill.store.index("vendors", "updatedTime").keys() == [(time_of(-5), "0091")]


def test_insert_refuses_an_existing_row_and_replace_a_missing_one() -> None:
    bill = small_bill({"bills": bills(1)})
    (row,) = bill.store.rows("bills")
    with pytest.raises(ValueError, match="already"):
        bill.store.insert("bills", row)
    with pytest.raises(KeyError):
        bill.store.replace("bills", {**row, "id": "00nother"})


def test_times_are_stamped_to_the_second_or_the_millisecond() -> None:
    clock = Clock(frozen_at=NOW)
    clock.advance(0.25)
    assert clock.stamp() == "2026-06-01T12:00:00.000+00:00"
    clock.precision = "millisecond"
    assert clock.stamp() == "2026-06-01T12:00:00.250+00:00"


def test_ids_look_like_bills_and_count_up() -> None:
    ids = Ids(1)
    made = [ids.next("00n") for _ in range(50)]
    assert all(re.fullmatch(r"00n02[A-Z]{11}[0-9a-z]{4}", one) for one in made)
    assert [one[-4:] for one in made] == sorted(one[-4:] for one in made)
    again = Ids(1)
    assert made == [again.next("00n") for _ in range(50)]


@pytest.mark.parametrize("spread", ["even", "bursty", "ties"])
def test_bulk_rows_are_copies_with_spread_times(spread: str) -> None:
    bill = small_bill({"bills": bills(3)})
    plan = BulkPlan("bills", rows=1000, spread=spread, per_second=100, replace=True)
    assert load_bulk(bill.store, plan) == 1000
    keys = bill.store.index("bills", "updatedTime").keys()
    assert keys == sorted(keys)
    if spread == "ties":
        assert len({time for time, _ in keys}) == 10


def test_the_mutator_changes_what_it_says() -> None:
    bill = small_bill({"bills": bills(20)})
    bill.clock.advance(100)
    mutator = Mutator()
    done = mutator.change(bill.store, Plan(rate=0, lists=("bills",)), 50)
    assert len(done) == 50
    assert mutator.done.total() == 50
    assert bill.store.count("bills") == 20 + mutator.done["create"]
    moved = {line.split()[2] for line in done}
    stamped = {row["id"] for row in bill.store.rows("bills") if row["updatedTime"] == time_of(-100)}
    assert moved == stamped


def test_indexes_follow_random_changes() -> None:
    bill = small_bill({"bills": bills(30)})
    chance = random.Random(3)
    mutator = Mutator()
    for _ in range(30):
        bill.clock.advance(chance.random() * 3)
        mutator.change(bill.store, Plan(rate=0, lists=("bills",)), 5)
        for time in ("createdTime", "updatedTime"):
            expected = sorted((row[time], row["id"]) for row in bill.store.rows("bills"))
            assert bill.store.index("bills", time).keys() == expected
