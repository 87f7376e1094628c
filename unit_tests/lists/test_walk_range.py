"""What a keyset walk has still to read, and how it is split."""

from datetime import datetime, timedelta

import pytest

from source_billcom.lists.batch import Bound
from source_billcom.lists.walk_range import WalkRange
from unit_tests.fakes import in_threads
from unit_tests.lists.reader_bench import SECOND
from unit_tests.lists.small_list import START

END = START + 1_000 * SECOND


def at(seconds: float) -> datetime:
    """Return the time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def advanced(*pages: tuple[float, float], end: Bound | None = None) -> WalkRange:
    """Return the range of a walk with a proven order that has read some pages."""
    walk_range = WalkRange(Bound(END) if end is None else end)
    for first, newest in pages:
        walk_range.advance([at(first), at(newest)], has_next_page=True, is_order_proven=True)
    return walk_range


class TestAdvance:
    def test_it_covers_what_it_has_read(self) -> None:
        advance = WalkRange(Bound(END)).advance(
            [at(0), at(10)], has_next_page=True, is_order_proven=True
        )

        assert (advance.covered, advance.is_last_page) == (at(10), False)

    def test_a_page_beyond_the_end_is_the_last_and_covers_up_to_the_end(self) -> None:
        advance = WalkRange(Bound(at(5))).advance(
            [at(0), at(10)], has_next_page=True, is_order_proven=True
        )

        assert (advance.covered, advance.is_last_page) == (at(5), True)

    def test_a_page_without_a_next_one_is_the_last(self) -> None:
        advance = WalkRange(None).advance([at(0)], has_next_page=False, is_order_proven=True)

        assert (advance.covered, advance.is_last_page) == (at(0), True)


class TestPagesLeft:
    def test_it_is_estimated_from_the_time_that_the_last_page_spanned(self) -> None:
        assert advanced((0, 10), (10, 20)).pages_left(END) == 98.0

    def test_without_an_end_the_horizon_is_the_end(self) -> None:
        walk_range = WalkRange(None)
        for times in ([at(0), at(10)], [at(10), at(20)]):
            walk_range.advance(times, has_next_page=True, is_order_proven=True)

        assert walk_range.pages_left(at(120)) == 10.0

    @pytest.mark.parametrize("pages", [[], [(0, 10)]])
    def test_nothing_is_known_before_the_second_page(
        self, pages: list[tuple[float, float]]
    ) -> None:
        assert advanced(*pages).pages_left(END) == 0.0

    def test_nothing_can_be_split_while_the_order_is_not_proven(self) -> None:
        walk_range = WalkRange(Bound(END))
        for times in ([at(0), at(10)], [at(10), at(20)]):
            walk_range.advance(times, has_next_page=True, is_order_proven=False)

        assert (walk_range.pages_left(END), walk_range.split(END)) == (0.0, None)

    def test_nothing_is_left_once_it_is_closed(self) -> None:
        walk_range = advanced((0, 10), (10, 20))

        walk_range.close()

        assert (walk_range.pages_left(END), walk_range.split(END)) == (0.0, None)


class TestSplit:
    def test_the_later_half_goes_to_another_walk_and_the_two_meet(self) -> None:
        walk_range = advanced((0, 10), (10, 20))

        assert walk_range.split(END) == (at(510), Bound(END))
        assert walk_range.end == Bound(at(510), is_included=False)
        assert walk_range.was_split

    def test_the_middle_is_a_whole_second(self) -> None:
        walk_range = advanced((0, 10.5), (10.5, 21))

        part = walk_range.split(END)

        assert part is not None
        assert part[0] == at(510)

    def test_what_is_left_may_be_split_again(self) -> None:
        walk_range = advanced((0, 10), (10, 20))
        walk_range.split(END)

        assert walk_range.split(END) == (at(265), Bound(at(510), is_included=False))

    def test_less_than_three_pages_are_not_split(self) -> None:
        walk_range = advanced((0, 10), (10, 20), end=Bound(at(49)))

        assert walk_range.split(END) is None
        assert not walk_range.was_split

    def test_a_range_of_few_seconds_is_not_split_within_one(self) -> None:
        walk_range = advanced((0, 0.1), (0.1, 0.2), end=Bound(at(1.9)))

        assert walk_range.split(END) is None

    def test_each_part_is_given_away_once_however_many_threads_ask(self) -> None:
        walk_range = advanced((0, 10), (10, 20))

        parts = [part for part in in_threads(6, lambda _: walk_range.split(END)) if part]

        starts = sorted(part[0] for part in parts)  # type: ignore[index]
        ends = sorted(part[1].moment for part in parts)  # type: ignore[index]
        assert walk_range.end is not None
        assert [walk_range.end.moment, *ends[:-1]] == starts
        assert ends[-1] == END
