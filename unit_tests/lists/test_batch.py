"""Bounds and ranges of time, and the point from which a list is read on."""

from datetime import timedelta

import pytest

from source_billcom.lists.batch import Bound, ResumePoint, TimeRange
from unit_tests.fakes import row
from unit_tests.lists.reader_bench import SECOND
from unit_tests.lists.small_list import START

LATER = START + SECOND


class TestBound:
    @pytest.mark.parametrize(
        ("bound", "before", "at", "after"),
        [(Bound(LATER), True, True, False), (Bound(LATER, is_included=False), True, False, False)],
    )
    def test_it_admits_times_up_to_it_and_itself_if_included(
        self, bound: Bound, *, before: bool, at: bool, after: bool
    ) -> None:
        times = (START, LATER, LATER + timedelta(milliseconds=1))

        assert tuple(map(bound.admits, times)) == (before, at, after)

    def test_its_condition_says_whether_it_is_included(self) -> None:
        text = '"2026-03-01T08:00:00.000Z"'

        assert Bound(START).condition("updatedTime") == f"updatedTime:lte:{text}"
        assert Bound(START, is_included=False).condition("createdTime") == f"createdTime:lt:{text}"


def test_the_filters_of_a_range_include_both_ends() -> None:
    assert TimeRange(START, LATER).as_filters() == (
        'updatedTime:gte:"2026-03-01T08:00:00.000Z"',
        'updatedTime:lte:"2026-03-01T08:00:01.000Z"',
    )


class TestResumePoint:
    def test_at_the_beginning_every_row_is_new(self) -> None:
        assert ResumePoint().is_new(row("1"), START)

    def test_after_a_page_the_rows_of_its_newest_time_are_known(self) -> None:
        rows, times = [row("1"), row("2"), row("3")], [START, LATER, LATER]

        point = ResumePoint().after(rows, times)

        assert point == ResumePoint(LATER, frozenset("23"))

    def test_a_known_row_at_the_resume_time_is_not_new(self) -> None:
        point = ResumePoint(LATER, frozenset("2"))

        assert not point.is_new(row("2"), LATER)
        assert point.is_new(row("3"), LATER)

    def test_a_known_row_with_a_later_time_has_changed_and_is_new(self) -> None:
        assert ResumePoint(START, frozenset("1")).is_new(row("1"), LATER)

    def test_a_page_that_stays_at_the_resume_time_adds_to_the_known_rows(self) -> None:
        point = ResumePoint(LATER, frozenset("1"))

        assert point.after([row("2")], [LATER]) == ResumePoint(LATER, frozenset("12"))

    def test_a_page_with_later_times_forgets_the_known_rows(self) -> None:
        point = ResumePoint(START, frozenset("1"))

        assert point.after([row("2")], [LATER]) == ResumePoint(LATER, frozenset("2"))
