"""The fields by which each list can be filtered and sorted."""

from __future__ import annotations

import pytest

from bill_emulator.contract import LISTS
from bill_emulator.lists.rules import RULES, can_sort, filter_operators
from bill_emulator.options import Options, changed
from testing.streams import INCREMENTAL

DOCUMENTED = Options()
LENIENT = changed(Options(), {"rules": "lenient"})


def test_every_list_has_rules() -> None:
    assert set(RULES) == set(LISTS)


@pytest.mark.parametrize("name", INCREMENTAL)
def test_incremental_lists_filter_and_sort_on_updated_time(name: str) -> None:
    assert filter_operators(LISTS[name], "updatedTime", DOCUMENTED) == {"gt", "gte", "lt", "lte"}
    assert can_sort(LISTS[name], "updatedTime", DOCUMENTED)


@pytest.mark.parametrize("name", ["recurring_bills", "recurring_invoices"])
@pytest.mark.parametrize("options", [DOCUMENTED, LENIENT])
def test_recurring_lists_cannot_be_filtered_by_time(name: str, options: Options) -> None:
    for time in ("createdTime", "updatedTime"):
        assert not filter_operators(LISTS[name], time, options)
        assert not can_sort(LISTS[name], time, options)
    assert can_sort(LISTS[name], "archived", options)


def test_recurring_invoices_can_follow_the_other_lists_without_documentation() -> None:
    options = changed(LENIENT, {"recurring_invoices_rules": "as_others"})
    assert can_sort(LISTS["recurring_invoices"], "updatedTime", options)


@pytest.mark.parametrize("name", ["departments", "roles", "items"])
def test_lists_without_documentation_filter_by_time_only_by_option(name: str) -> None:
    assert not filter_operators(LISTS[name], "updatedTime", DOCUMENTED)
    assert filter_operators(LISTS[name], "updatedTime", LENIENT)
    named = changed(DOCUMENTED, {"time_filter_lists": name})
    assert filter_operators(LISTS[name], "updatedTime", named)


def test_documented_lists_stay_strict_in_lenient_mode() -> None:
    assert not filter_operators(LISTS["vendors"], "email", LENIENT)
    assert not can_sort(LISTS["vendors"], "accountType", LENIENT)


def test_payments_are_neither_filtered_by_bill_nor_sorted_by_status() -> None:
    assert not filter_operators(LISTS["payments"], "billId", DOCUMENTED)
    assert not can_sort(LISTS["payments"], "status", DOCUMENTED)


@pytest.mark.parametrize("name", list(LISTS))
def test_rules_name_fields_of_the_contract(name: str) -> None:
    without_a_field = {"paymentStatus"}  # documented on vendors and customers, in no row
    named = {*RULES[name].filters, *RULES[name].sorts} - without_a_field
    assert [field for field in named if LISTS[name].field_type(field) is None] == []
