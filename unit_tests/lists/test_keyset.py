"""The keyset walk: which calls it makes, what a batch covers, and when it gives up."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from source_billcom.api.list_requests import ListRequests
from source_billcom.api.query import CREATED, UPDATED, ListQuery, Row
from source_billcom.lists.batch import Batch, Bound
from source_billcom.lists.keyset import KeysetWalk
from source_billcom.lists.order_check import OutOfOrder
from unit_tests.lists.reader_bench import BILLS, SECOND, client_of, list_with
from unit_tests.lists.small_list import START, Behavior, SmallList


def walk_of(
    bills: SmallList,
    field: str = UPDATED,
    end: Bound | None = None,
    asked: list[tuple[ListQuery, frozenset[str]]] | None = None,
) -> KeysetWalk:
    """Return a walk from the start; rows of equal times are noted in `asked` and not read."""

    def read_equal_times(query: ListQuery, seen: frozenset[str]) -> Iterator[list[Row]]:
        if asked is not None:
            asked.append((query, seen))
        yield from ()

    requests = ListRequests(client_of(bills))
    start = START if field == UPDATED else None
    return KeysetWalk(requests, BILLS, field, read_equal_times, start=start, end=end)


def ids(batches: list[Batch]) -> list[str]:
    """Return the ids in the order they came."""
    return [row["id"] for each in batches for row in each.rows]


def lower_bounds(bills: SmallList) -> list[str]:
    """Return the lower bound of each call that was not part of a proof."""
    calls = [call for call in bills.calls if call["sort"].endswith("asc")]
    return [call["filters"].split(",")[0] for call in calls if call.get("filters")]


class TestTheWalk:
    def test_each_page_begins_at_the_newest_time_of_the_one_before(self) -> None:
        bills = list_with(Behavior(cap=10), [1] * 40)

        batches = list(walk_of(bills).batches())

        assert sorted(ids(batches)) == sorted(bills.entries)
        bounds = lower_bounds(bills)
        assert bounds[:3] == [
            'updatedTime:gte:"2026-03-01T08:00:00.000Z"',
            'updatedTime:gte:"2026-03-01T08:00:09.000Z"',
            'updatedTime:gte:"2026-03-01T08:00:18.000Z"',
        ]
        assert all(earlier < later for earlier, later in pairwise(bounds))

    def test_it_never_uses_a_page_token(self) -> None:
        bills = list_with(Behavior(cap=10), [3] * 40)

        list(walk_of(bills).batches())

        assert all("page" not in call for call in bills.calls)

    def test_a_batch_covers_up_to_its_newest_time_and_says_it(self) -> None:
        bills = list_with(Behavior(cap=10), [1] * 15)

        first, second = walk_of(bills).batches()

        assert (first.covered, first.newest) == (START + 9 * SECOND, START + 9 * SECOND)
        assert (second.covered, second.newest) == (START + 14 * SECOND, START + 14 * SECOND)

    def test_rows_beyond_the_end_are_left_out(self) -> None:
        bills = list_with(Behavior(ignores=frozenset({"lte"})), [1] * 15)

        (batch,) = walk_of(bills, end=Bound(START + 4 * SECOND)).batches()

        assert len(batch.rows) == 5
        assert batch.covered == START + 4 * SECOND

    def test_a_row_that_changes_meanwhile_comes_again(self) -> None:
        bills = list_with(Behavior(cap=5), [1] * 12)

        def change() -> None:
            if len(bills.calls) == 3:
                bills.put("r000x0")

        bills.before_call = change

        assert ids(list(walk_of(bills).batches())).count("r000x0") == 2

    def test_a_list_without_rows_is_one_call(self) -> None:
        bills = SmallList()

        assert list(walk_of(bills).batches()) == []
        assert len(bills.calls) == 1


class TestASplitWalk:
    def test_it_ends_where_the_other_begins(self) -> None:
        bills = list_with(Behavior(cap=10), [1] * 100)
        walk = walk_of(bills, end=Bound(START + 99 * SECOND))
        batches = walk.batches()
        read = [next(batches), next(batches)]

        part = walk.range.split(START)
        read += batches

        assert part is not None
        assert ids(read) == sorted(ids(read), key=lambda name: int(name.partition("x")[2]))
        newest = max(bills.entries[name].updated or START for name in ids(read))
        assert newest == part[0] - SECOND

    def test_a_walk_that_is_over_cannot_be_split(self) -> None:
        bills = list_with(Behavior(cap=10), [1] * 100)
        walk = walk_of(bills, end=Bound(START + 1_000 * SECOND))

        list(walk.batches())

        assert walk.range.split(START) is None


class TestAPageOfOneTime:
    def test_the_rows_of_that_time_are_read_apart_and_the_walk_goes_on_behind_it(self) -> None:
        bills = list_with(Behavior(cap=5), [8, 1, 1])
        asked: list[tuple[ListQuery, frozenset[str]]] = []

        read = ids(list(walk_of(bills, asked=asked).batches()))

        ((query, seen),) = asked
        assert query.filters == (
            'updatedTime:gte:"2026-03-01T08:00:00.000Z"',
            'updatedTime:lt:"2026-03-01T08:00:01.000Z"',
        )
        assert seen == set(read[:5])
        assert [name.partition("x")[2] for name in read[5:]] == ["1", "2"]

    def test_an_end_within_that_second_bounds_it(self) -> None:
        bills = list_with(Behavior(cap=5), [8, 1])
        asked: list[tuple[ListQuery, frozenset[str]]] = []

        list(walk_of(bills, end=Bound(START), asked=asked).batches())

        ((query, _),) = asked
        assert query.filters[-1] == 'updatedTime:lte:"2026-03-01T08:00:00.000Z"'
        assert len(lower_bounds(bills)) == 1


class TestDisorder:
    def test_it_says_what_had_been_read_by_then(self) -> None:
        bills = list_with(Behavior(cap=5), [1] * 12)
        walk = walk_of(bills).batches()
        first = next(walk)
        bills.behavior = Behavior(cap=5, ignores=frozenset({"gte"}))

        with pytest.raises(OutOfOrder) as caught:
            list(walk)

        assert caught.value.resume.resume_from == START + 4 * SECOND
        assert caught.value.resume.seen == {first.rows[-1]["id"]}

    def test_a_filter_by_creation_that_no_longer_matches_known_rows_is_broken(self) -> None:
        bills = list_with(Behavior(cap=5), [1] * 12)
        walk = walk_of(bills, CREATED).batches()
        next(walk)
        bills.entries.clear()

        with pytest.raises(OutOfOrder):
            list(walk)

    def test_by_update_it_is_the_end_because_known_rows_may_have_changed(self) -> None:
        bills = list_with(Behavior(cap=5), [1] * 12)
        walk = walk_of(bills).batches()
        next(walk)
        bills.entries.clear()

        assert list(walk) == []
