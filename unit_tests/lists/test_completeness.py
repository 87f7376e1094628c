"""When the walks of a list are enough to be sure that no row is missing."""

import pytest

from source_billcom.lists.completeness import Completeness
from source_billcom.lists.page_token_walk import PageTokenWalk
from unit_tests.fakes import row
from unit_tests.lists.test_page_token_walk import walk_of

MANY = 200
SORT = "createdTime:asc"


def walk(names: list[str], page_size: int = 10) -> PageTokenWalk:
    """Return a walk of rows without times, whose sort keys are all equal."""
    pages = [names[first : first + page_size] for first in range(0, len(names), page_size)]
    return walk_of(*[[row(name) for name in each] for each in pages])


def names(count: int) -> list[str]:
    """Return so many ids, which are in no order."""
    return [f"r{number * 7919 % 1000:03}" for number in range(count)]


def walks_until_certain(
    completeness: Completeness, *walks: PageTokenWalk, known_rows: int, new_in_first: bool = True
) -> int | None:
    """Add walks; return after how many it is certain, None if never."""
    for number, each in enumerate(walks, start=1):
        has_new_rows = new_in_first and number == 1
        completeness.add(each, known_rows=known_rows, has_new_rows=has_new_rows)
        if completeness.is_certain:
            return number
    return None


class TestRepeatedWalks:
    def test_many_rows_in_the_same_order_twice_are_certain(self) -> None:
        one = walk(names(MANY))

        assert walks_until_certain(Completeness(SORT, ()), one, one, known_rows=MANY) == 2

    def test_few_rows_must_repeat_more_often(self) -> None:
        """Four rows have 24 orders, 4.6 bits: it takes five repeats to make 20 bits."""
        one = walk(names(4), page_size=2)

        found = walks_until_certain(Completeness(SORT, ()), *[one] * 30, known_rows=MANY)

        assert found == 1 + 5

    def test_a_walk_that_differs_starts_the_count_again(self) -> None:
        one, other = walk(names(4), 2), walk(names(4)[::-1], 2)
        walks = [one, one, one, other, one, one, one, one, one, one]

        assert walks_until_certain(Completeness(SORT, ()), *walks, known_rows=MANY) == 10

    def test_a_walk_that_broke_off_starts_it_again_too(self) -> None:
        completeness, one = Completeness(SORT, ()), walk(names(MANY))
        completeness.add(one, known_rows=MANY, has_new_rows=True)

        completeness.add_broken_walk()
        completeness.add(one, known_rows=MANY, has_new_rows=False)

        assert not completeness.is_certain

    def test_a_row_that_comes_twice_in_a_walk_shows_that_rows_move(self) -> None:
        one = walk([*names(MANY), names(1)[0]])

        found = walks_until_certain(Completeness(SORT, ()), one, one, known_rows=9 * MANY)

        assert found is None


class TestKnownRows:
    def test_one_that_no_walk_returned_shows_that_walks_miss_rows(self) -> None:
        completeness, one = Completeness(SORT, {"elsewhere"}), walk(names(MANY))

        found = walks_until_certain(completeness, one, one, known_rows=9 * MANY)

        assert found is None
        assert not completeness.has_every_known_row

    def test_rows_that_most_walks_return_are_certain_after_twenty_without_a_new_one(self) -> None:
        """Each walk returns each row; the chance is taken as one half, which is a bit per walk."""
        orders = [names(MANY)[turn:] + names(MANY)[:turn] for turn in range(40)]

        found = walks_until_certain(Completeness(SORT, ()), *map(walk, orders), known_rows=9_999)

        assert found == 20

    def test_not_before_a_walk_without_a_new_row(self) -> None:
        completeness = Completeness(SORT, ())
        for turn in range(40):
            order = names(MANY)[turn:] + names(MANY)[:turn]
            completeness.add(walk(order), known_rows=9_999, has_new_rows=True)

        assert not completeness.is_certain


class TestWalksWithoutNewRows:
    @pytest.mark.parametrize(("page_size", "walks"), [(100, 20), (20, 132)])
    def test_smaller_pages_need_more_of_them(self, page_size: int, walks: int) -> None:
        """A known row that no walk returns keeps the other answers away."""
        orders = [names(MANY)[turn:] + names(MANY)[:turn] for turn in range(MANY)]

        found = walks_until_certain(
            Completeness(SORT, {"elsewhere"}),
            *[walk(order, page_size) for order in orders],
            known_rows=MANY,
            new_in_first=False,
        )

        assert found == walks


class TestLeastWalks:
    def test_large_pages_are_walked_three_times_whatever_it_costs(self) -> None:
        completeness = Completeness(SORT, ())

        completeness.add(walk(names(MANY)), known_rows=MANY, has_new_rows=True)

        assert completeness.min_walks == 3

    def test_small_pages_more_often(self) -> None:
        completeness = Completeness(SORT, ())

        completeness.add(walk(names(9), 4), known_rows=9, has_new_rows=True)

        assert completeness.min_walks == 22


def test_nothing_is_certain_before_the_first_walk() -> None:
    assert not Completeness(SORT, ()).is_certain
