"""The readers: what they ask of BILL, and single cases.

test_readers_properties.py has what must hold for every list.
"""

import logging
from dataclasses import replace
from itertools import count, pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from source_billcom.api.query import UPDATED
from source_billcom.api.transport import Response
from source_billcom.errors import ConnectorError
from source_billcom.lists.readers import RangeReader
from unit_tests.fakes import Call, FakeBill, bill_error, page, row
from unit_tests.lists.reader_bench import (
    BILLS,
    SECOND,
    SORTED,
    client_of,
    ids_of,
    list_with,
    range_reader,
    read_interleaved,
    rows_of,
    whole_reader,
    whole_reader_of,
)
from unit_tests.lists.small_list import PATH, START, Behavior, SmallList

if TYPE_CHECKING:
    from source_billcom.lists.batch import Reader


class TestRows:
    def test_a_second_with_more_rows_than_can_be_excluded_is_read(self) -> None:
        bills = list_with(Behavior(), [30, 450, 30], same_birth=True)

        read = ids_of(range_reader(bills))

        assert sorted(read) == sorted(bills.entries)
        assert len(bills.calls) < 40

    def test_a_whole_list_in_order_costs_one_call_more_than_its_pages(self) -> None:
        bills = list_with(Behavior(), [1] * 1_000)

        assert len(ids_of(whole_reader(bills))) == 1_000
        assert len(bills.calls) <= 13

    @pytest.mark.parametrize("absent_last", [True, False])
    def test_a_row_without_the_time_it_is_sorted_by_is_not_lost(self, *, absent_last: bool) -> None:
        bills = list_with(Behavior(absent_last=absent_last), [1] * 250)
        bills.entries["r000x0"].created = None

        read = ids_of(whole_reader(bills))

        assert sorted(read) == sorted(bills.entries)

    def test_rows_that_a_filter_never_matches_are_read_in_a_whole_list(self) -> None:
        bills = list_with(Behavior(), [1] * 250)
        for entry in list(bills.entries.values())[100:]:
            entry.updated = None
        by_updated = replace(SORTED, sort="updatedTime:asc")
        reader = RangeReader(client_of(bills), by_updated, UPDATED, start=START)

        assert len(ids_of(reader)) == 100  # a filter never matches the others
        assert len(ids_of(whole_reader(bills))) == 250


class TestAListReadInParts:
    def test_a_long_list_is_split_in_halves_that_meet(self) -> None:
        bills = list_with(Behavior(cap=10), [2] * 300)
        readers: list[Reader] = [range_reader(bills)]

        read = read_interleaved(readers, Random(1))

        assert len(readers) > 3
        assert sorted(found["id"] for found in read) == sorted(bills.entries)

    def test_a_list_whose_order_is_ignored_is_not_split(self) -> None:
        bills = list_with(Behavior(cap=5, ignores=frozenset({"sort"})), [2] * 50)
        readers: list[Reader] = [whole_reader(bills)]

        read = read_interleaved(readers, Random(1))

        assert len(readers) == 1
        assert sorted(found["id"] for found in read) == sorted(bills.entries)


class TestWhatIsAsked:
    def test_every_call_is_bounded_above_and_below_and_upward(self) -> None:
        bills = list_with(Behavior(), [1] * 250)

        rows_of(range_reader(bills))

        lower = []
        for call in bills.calls:
            first, second = call["filters"].split(",")
            lower.append(first.removeprefix("updatedTime:gte:"))
            assert second == 'updatedTime:lte:"2026-03-31T08:00:00.000Z"'
            assert (call["max"], call["sort"]) == ("100", "updatedTime:asc")
        assert lower[0] == '"2026-03-01T08:00:00.000Z"'
        assert all(one < other for one, other in pairwise(lower))

    def test_no_page_is_requested_before_the_one_before_it_is_used(self) -> None:
        bill = FakeBill().on(PATH, page([row("1", START)], "b"), page([row("2", START)]))
        batches = iter(whole_reader_of(bill, BILLS))

        next(batches)

        assert len(bill.calls_to(PATH)) == 1

    def test_a_query_without_sort_and_filters_stays_without(self) -> None:
        bill = FakeBill().on(PATH, page([row("1")], "b"), page([row("2")]))

        rows_of(whole_reader_of(bill, BILLS))

        first, second, *again = (dict(call.params) for call in bill.calls_to(PATH))
        assert (first, second) == ({"max": "100"}, {"max": "100", "page": "b"})
        assert all(set(call) <= {"max", "page"} for call in again)

    @pytest.mark.parametrize("deaths", [29, 30, 31])
    def test_after_30_walks_in_a_row_that_broke_off_the_list_is_given_up(self, deaths: int) -> None:
        dying = count()

        def reply(call: Call) -> Response:
            if call.params.get("page") is None:
                return page([row("1")], "b")
            return bill_error(None, 422) if next(dying) < deaths else page([row("2")])

        reader = whole_reader_of(FakeBill().on(PATH, reply), BILLS)

        if deaths > 30:
            with pytest.raises(ConnectorError, match="refused the request"):
                rows_of(reader)
        else:
            assert sorted(ids_of(reader)) == ["1", "2"]

    def test_if_the_sort_is_refused_the_list_is_read_unsorted(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bills = SmallList(Behavior(cap=10, refuses=frozenset({"createdTime:asc"})))
        numbers = [str(number) for number in range(10, 35)]
        for number in numbers:
            bills.put(number, START + int(number) * SECOND)

        with caplog.at_level(logging.WARNING):
            read = ids_of(whole_reader(bills))

        assert sorted(read) == numbers
        (warning,) = caplog.messages
        assert warning.startswith("BILL does not sort departments by createdTime (HTTP 400")
        assert "report" not in warning
        assert [call.get("sort") for call in bills.calls] == ["createdTime:asc", None, None, None]

    @pytest.mark.parametrize("refused", ["createdTime", "nothing"])
    def test_the_order_of_a_whole_list_is_proven_once_its_filter_is_accepted(
        self, refused: str
    ) -> None:
        bills = list_with(Behavior(cap=20, refuses=frozenset({refused})), [1] * 90)

        read = ids_of(whole_reader(bills))

        assert len(read) == len(set(read)) == 90
        downward = [n for n, call in enumerate(bills.calls) if "desc" in call.get("sort", "")]
        assert downward == ([2] if refused == "nothing" else [])

    @pytest.mark.parametrize("cap", [5, 20])
    def test_an_ignored_sort_loses_no_row_if_the_filter_is_accepted(self, cap: int) -> None:
        bills = list_with(Behavior(cap=cap, ignores=frozenset({"sort"})), [1] * 90)

        read = ids_of(whole_reader(bills))

        assert sorted(read) == sorted(bills.entries)

    def test_if_the_filter_is_refused_the_whole_list_is_read_and_filtered(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bills = list_with(Behavior(refuses=frozenset({"updatedTime"})), [1] * 300)
        start = START + 200 * SECOND

        with caplog.at_level(logging.WARNING):
            read = ids_of(range_reader(bills, start, START + 250 * SECOND))

        assert set(read) == {
            e.id
            for e in bills.entries.values()
            if start <= (e.updated or start) <= START + 250 * SECOND
        }
        assert len(read) == len(set(read)) == 51
        (warning,) = caplog.messages
        assert warning.startswith("BILL does not filter or sort bills by updatedTime (HTTP 400")
        assert "report" not in warning

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_a_list_that_is_refused_in_every_form_is_an_error(self, *, is_whole: bool) -> None:
        bill = FakeBill().on(PATH, bill_error("BDC_1171", 400))
        reader: Reader = whole_reader_of(bill, SORTED)
        if not is_whole:
            reader = RangeReader(client_of(bill), BILLS, UPDATED, start=START)

        with pytest.raises(ConnectorError, match="refused the request"):
            rows_of(reader)

        # by time if that is asked for, then in order of creation, then unsorted
        assert len(bill.calls_to(PATH)) == (2 if is_whole else 3)

    def test_disorder_is_logged_once_and_batches_cover_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bills = list_with(Behavior(cap=5, ignores=frozenset({"sort"})), [4, 3, 6, 2])

        with caplog.at_level(logging.WARNING):
            batches = list(range_reader(bills))

        assert [batch.covered for batch in batches] == [None] * len(batches)
        (warning,) = caplog.messages
        assert "did not return bills in the requested order" in warning

    def test_rows_that_were_not_asked_for_are_left_out(self) -> None:
        bills = list_with(Behavior(cap=5, ignores=frozenset({"gte", "lte", "lt"})), [2] * 20)

        read = ids_of(range_reader(bills, START + 5 * SECOND, START + 9 * SECOND))

        assert len(read) == 10
        assert {name.partition("x")[2] for name in read} == {"5", "6", "7", "8", "9"}
