"""Filters and sorts: their syntax, errors and results."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_emulator.contract import LISTS
from bill_emulator.errors import BillError
from bill_emulator.lists.paging import Position, Query, read_page
from bill_emulator.lists.query import (
    Condition,
    SortField,
    Value,
    parse_filters,
    parse_sort,
    predicate,
)
from bill_emulator.options import Options, changed
from unit_tests.bill_emulator.small_bill import bills, small_bill, time_of

BILLS = LISTS["bills"]
VENDORS = LISTS["vendors"]
OPTIONS = Options()


def refused(filters: str, list_name: str = "bills", **options: Any) -> BillError:
    with pytest.raises(BillError) as raised:
        parse_filters(filters, LISTS[list_name], changed(OPTIONS, options))
    assert raised.value.status == 400
    return raised.value


@pytest.mark.parametrize("value", ['"2026-12-30T00:00:00.000Z"', "2026-12-30T00:00:00.000Z"])
def test_a_time_may_be_quoted_or_bare(value: str) -> None:
    (condition,) = parse_filters(f"createdTime:gt:{value}", BILLS, OPTIONS)
    assert condition == Condition("createdTime", "gt", ("2026-12-30T00:00:00.000+00:00",))


def test_conditions_are_joined_by_commas_outside_quotes() -> None:
    text = 'vendorId:in:"0091,0092",archived:eq:false,invoice.invoiceNumber:eq:"N,1"'
    assert parse_filters(text, BILLS, OPTIONS) == (
        Condition("vendorId", "in", ("0091", "0092")),
        Condition("archived", "eq", (False,)),
        Condition("invoice.invoiceNumber", "eq", ("N,1",)),
    )


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-02T03:04:05.678+02:00", "2026-01-02T01:04:05.678+00:00"),
        ("2026-01-02T03:04:05.678-08", "2026-01-02T11:04:05.678+00:00"),
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678+00:00"),
        ("2026-01-02T03:04:05.678", "2026-01-02T03:04:05.678+00:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000+00:00"),
        ("2026-01-02T03:04", "2026-01-02T03:04:00.000+00:00"),
        ("2026-01-02", "2026-01-02T00:00:00.000+00:00"),
    ],
)
def test_the_documented_time_formats_are_taken(text: str, utc: str) -> None:
    (condition,) = parse_filters(f'updatedTime:gte:"{text}"', BILLS, OPTIONS)
    assert condition.values == (utc,)


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05Z", "2026-13-02", "yesterday", "2026-01-02T03:04:05.678 00:00"]
)
def test_other_times_are_refused(text: str) -> None:
    refused(f'updatedTime:gte:"{text}"')


def test_lenient_mode_accepts_any_iso_time() -> None:
    options = changed(OPTIONS, {"time_formats": "lenient"})
    (condition,) = parse_filters('updatedTime:gte:"2026-01-02T03:04:05Z"', BILLS, options)
    assert condition.values == ("2026-01-02T03:04:05.000+00:00",)


def test_the_zone_of_a_time_without_zone_is_an_option() -> None:
    options = changed(OPTIONS, {"naive_time_offset_hours": -8})
    (condition,) = parse_filters('updatedTime:gte:"2026-01-02"', BILLS, options)
    assert condition.values == ("2026-01-02T08:00:00.000+00:00",)


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ("email:eq:x", "BDC_1130"),
        ("updatedTime:eq:2026-01-01", "BDC_1131"),
        ("archived:neq:true", "BDC_1131"),
        ("archived:eq:yes", "BDC_1129"),
        ("approvalStatus:eq:PENDING", "BDC_1129"),
        ("archived", "BDC_1129"),
        ("archived:eq:true,", "BDC_1129"),
        ('vendorId:eq:"0091', "BDC_1129"),
        ('vendorId:eq:"00"91"', "BDC_1129"),
        ("vendorId:eq:", "BDC_1129"),
    ],
)
def test_invalid_filters_are_refused(filters: str, code: str) -> None:
    assert refused(filters).problems[0].code == code
    assert refused(filters, query_error_code="none").problems[0].code is None


def test_bare_times_are_refused_by_option() -> None:
    refused("updatedTime:gte:2026-01-01", unquoted_times="refused")


def test_an_alias_of_a_documented_field_works() -> None:
    (condition,) = parse_filters("bankAccountId:eq:bac1", LISTS["bank_accounts"], OPTIONS)
    assert condition.field == "id"


def test_sort_takes_several_fields_and_the_direction_is_optional() -> None:
    assert parse_sort("archived,updatedTime:desc", BILLS, OPTIONS) == (
        SortField("archived"),
        SortField("updatedTime", descending=True),
    )
    options = changed(OPTIONS, {"default_direction": "desc"})
    assert parse_sort("archived", BILLS, options)[0].descending


@pytest.mark.parametrize("sort", ["amount:asc", "updatedTime:up", "updatedTime:", "nothing"])
def test_an_unknown_sort_is_refused(sort: str) -> None:
    with pytest.raises(BillError):
        parse_sort(sort, BILLS, OPTIONS)


ROW = {"name": "Happy Ltd", "archived": False, "address": {"country": "US"}, "n": 2.0}


@pytest.mark.parametrize(
    ("field", "operator", "values", "holds"),
    [
        ("name", "eq", ("Happy Ltd",), True),
        ("name", "ne", ("Happy Ltd",), False),
        ("name", "sw", ("Hap",), True),
        ("name", "sw", ("hap",), False),
        ("name", "in", ("a", "Happy Ltd"), True),
        ("name", "nin", ("a", "b"), True),
        ("address.country", "eq", ("US",), True),
        ("n", "gt", (1.0,), True),
        ("n", "gte", (2.0,), True),
        ("n", "lt", (2.0,), False),
        ("n", "lte", (2.0,), True),
        ("phone", "eq", ("1",), False),
        ("phone", "ne", ("1",), True),
    ],
)
def test_each_operator(field: str, operator: str, values: tuple[Any, ...], holds: object) -> None:
    assert predicate(Condition(field, operator, values), OPTIONS)(ROW) is holds


def test_absent_fields_and_case_are_options() -> None:
    strict = changed(OPTIONS, {"absent_matches_ne": "false"})
    assert not predicate(Condition("phone", "ne", ("1",)), strict)(ROW)
    folded = changed(OPTIONS, {"text_case": "insensitive"})
    assert predicate(Condition("name", "sw", ("hap",)), folded)(ROW)


def test_an_array_matches_when_any_element_does() -> None:
    row = {"lines": [{"amount": 1.0}, {"amount": 2.0}]}
    assert predicate(Condition("lines.amount", "eq", (2.0,)), OPTIONS)(row)
    assert not predicate(Condition("lines.amount", "ne", (2.0,)), OPTIONS)(row)


@given(st.text(alphabet='abcdefg:,"0129-TZ. {}', max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for parse in (parse_filters, parse_sort):
        try:
            parse(text, BILLS, OPTIONS)
        except BillError as error:
            assert error.status == 400  # noqa: PT017 either way is right


TIME_CONDITIONS = st.lists(
    st.builds(
        Condition,
        st.sampled_from(["createdTime", "updatedTime"]),
        st.sampled_from(["gt", "gte", "lt", "lte"]),
        st.integers(4_900, 10_050).map(lambda seconds: (time_of(seconds),)),
    ),
    max_size=3,
)
SORTS = st.sampled_from(
    [
        (SortField("updatedTime"),),
        (SortField("updatedTime", descending=True),),
        (SortField("createdTime"),),
        (SortField("archived"),),
        (SortField("dueDate", descending=True), SortField("updatedTime")),
    ]
)
ROWS = bills(120)
BILL = small_bill({"bills": ROWS})


@given(TIME_CONDITIONS, SORTS, st.sampled_from([None, False, True]), st.integers(1, 50))
def test_a_first_page_equals_brute_force(
    times: list[Condition], sort: tuple[SortField, ...], archived: Value | None, size: int
) -> None:
    conditions = list(times)
    if archived is not None:
        conditions.append(Condition("archived", "eq", (archived,)))
    tests = [predicate(condition, OPTIONS) for condition in conditions]
    expected = sorted(
        (row for row in ROWS if all(test(row) for test in tests)),
        key=lambda row: row["id"],
        reverse=sort[0].descending,
    )
    for field in reversed(sort):
        expected.sort(key=lambda row: row[field.field], reverse=field.descending)
    query = Query("bills", tuple(conditions), sort)
    page = read_page(BILL.store, query, Position(), size, random.Random(1))
    assert list(page.rows) == expected[:size]
    assert (page.following is not None) == (len(expected) > size)
    assert page.preceding is None
