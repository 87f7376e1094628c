"""Ranges of time: joined, cut, described, and kept with what is being read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_tool.ranges import (
    EARLIEST,
    EVERYTHING,
    CoveredRanges,
    Range,
    Ranges,
    as_json,
    describe,
    from_json,
    joined,
    latest_start,
    without,
)


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def ranges(*pairs: tuple[int, int | None]) -> Ranges:
    return tuple(Range(day(start), day(end) if end else None) for start, end in pairs)


@pytest.mark.parametrize(
    ("given_ranges", "expected"),
    [
        ([], []),
        ([(5, 7), (1, 3)], [(1, 3), (5, 7)]),
        ([(1, 3), (3, 5)], [(1, 5)]),
        ([(1, 9), (3, 5)], [(1, 9)]),
        ([(1, 3), (2, None)], [(1, None)]),
        ([(1, None), (5, 9)], [(1, None)]),
        ([(1, 3), (5, None)], [(1, 3), (5, None)]),
    ],
)
def test_ranges_that_overlap_or_touch_are_joined(
    given_ranges: list[tuple[int, int | None]], expected: list[tuple[int, int | None]]
) -> None:
    assert joined(ranges(*given_ranges)) == ranges(*expected)


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ((4, 6), [(2, 4), (6, 8)]),
        ((1, 4), [(4, 8)]),
        ((6, 9), [(2, 6)]),
        ((1, 9), []),
        ((8, 9), [(2, 8)]),
        ((1, 2), [(2, 8)]),
    ],
)
def test_a_range_is_taken_out_of_another(
    removed: tuple[int, int], expected: list[tuple[int, int | None]]
) -> None:
    (out,) = ranges(removed)
    assert without(ranges((2, 8)), out) == ranges(*expected)


@given(
    st.lists(st.tuples(st.integers(1, 27), st.integers(1, 4)), max_size=6),
    st.tuples(st.integers(1, 27), st.integers(1, 4)),
)
def test_what_is_left_holds_the_days_that_were_not_taken_out(
    pairs: list[tuple[int, int]], out: tuple[int, int]
) -> None:
    given_ranges = joined(ranges(*((start, start + days) for start, days in pairs)))
    (removed,) = ranges((out[0], out[0] + out[1]))
    left = without(given_ranges, removed)

    for number in range(1, 32):
        was_in, is_out, is_left = (
            any(each.start <= day(number) < (each.end or day(31)) for each in some)
            for some in (given_ranges, [removed], left)
        )
        assert is_left == (was_in and not is_out)


@pytest.mark.parametrize(
    ("given_ranges", "text"),
    [
        ((), "nothing"),
        ((EVERYTHING,), "all"),
        ((Range(EARLIEST, day(3)), Range(day(2))), "all"),
        (ranges((2, None)), "since 2026-01-02"),
        (ranges((2, 5), (9, None)), "2026-01-02 to 2026-01-04, since 2026-01-09"),
    ],
)
def test_ranges_are_described(given_ranges: Ranges, text: str) -> None:
    assert describe(given_ranges) == text


def test_ranges_survive_json() -> None:
    some = ranges((2, 5), (9, None))

    assert from_json(as_json(some)) == some


def test_the_latest_start_is_that_of_the_range_without_an_end() -> None:
    assert latest_start(ranges((2, 5), (9, None))) == day(9)
    assert latest_start(ranges((2, 5))) is None


def test_a_range_is_covered_once_it_was_read_completely() -> None:
    covered = CoveredRanges({})
    covered.begin("bills", ranges((9, None)), is_new=True)
    again = CoveredRanges(covered.as_json())

    assert (again.of("bills"), again.reading("bills")) == ((), ranges((9, None)))

    again.complete("bills", again.reading("bills"))
    again.begin("bills", ranges((2, 9)), is_new=False)
    assert (again.of("bills"), again.reading("bills")) == (ranges((9, None)), ranges((2, 9)))

    again.complete("bills", ranges((2, 9)))
    assert (again.of("bills"), again.reading("bills")) == (ranges((2, None)), ())


def test_a_new_table_covers_nothing_although_an_earlier_one_did() -> None:
    covered = CoveredRanges({"bills": {"read": as_json([EVERYTHING]), "reading": []}})

    covered.begin("bills", ranges((9, None)), is_new=True)

    assert covered.of("bills") == ()
