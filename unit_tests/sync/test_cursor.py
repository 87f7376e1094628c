"""The state of an incremental stream: the newest updatedTime that was emitted, never "now"."""

from datetime import UTC, datetime, timedelta

import pytest
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.errors import ConnectorError
from source_billcom.sync.cursor import EARLIEST_TIME, UpdatedTimeCursor
from source_billcom.times import format_time
from unit_tests.fakes import NOW, quick

SAVED = datetime(2026, 3, 1, 8, tzinfo=UTC)
ANCHOR = datetime(2025, 1, 1, tzinfo=UTC)
LOOKBACK = timedelta(minutes=10)
MOMENTS = st.integers(0, 10**9).map(lambda ms: SAVED + timedelta(milliseconds=ms))


def day(number: int) -> datetime:
    """Return a time some days after the saved state."""
    return SAVED + timedelta(days=number)


def cursor_of(state: object = None, *, begun: bool = False) -> UpdatedTimeCursor:
    """Return a cursor of bills with a saved updatedTime; with `begun` its sync has begun."""
    cursor = UpdatedTimeCursor("bills", {} if state is None else {"updatedTime": state})
    if begun:
        cursor.begin_sync(ANCHOR, LOOKBACK, NOW + timedelta(days=30))
    return cursor


class TestRangeToRead:
    def test_without_a_state_it_is_from_the_anchor_to_the_start_of_the_sync(self) -> None:
        interval = cursor_of().begin_sync(ANCHOR, LOOKBACK, NOW)

        assert (interval.start, interval.end) == (ANCHOR, NOW)

    def test_a_full_refresh_starts_before_bill_existed(self) -> None:
        interval = cursor_of().begin_sync(ANCHOR, LOOKBACK, NOW, full_refresh=True)

        assert interval.start == EARLIEST_TIME

    def test_with_a_state_it_starts_the_lookback_before_it(self) -> None:
        interval = cursor_of(format_time(SAVED)).begin_sync(ANCHOR, LOOKBACK, NOW)

        assert (interval.start, interval.end) == (SAVED - LOOKBACK, NOW)

    def test_a_state_before_the_anchor_is_used(self) -> None:
        cursor = cursor_of("2020-01-01T00:00:00Z")

        assert cursor.begin_sync(ANCHOR, timedelta(0), NOW).start.year == 2020

    def test_a_state_a_little_ahead_of_this_machines_clock_is_the_end(self) -> None:
        ahead = NOW + timedelta(hours=2)

        interval = cursor_of(format_time(ahead)).begin_sync(ANCHOR, LOOKBACK, NOW)

        assert interval.end == ahead

    def test_a_state_in_the_future_is_refused_with_what_to_do(self) -> None:
        cursor = cursor_of("2030-01-01T00:00:00Z")

        with pytest.raises(ConnectorError, match=r"bills .* in the future\. Clear") as caught:
            cursor.begin_sync(ANCHOR, LOOKBACK, NOW)

        assert caught.value.failure_type is FailureType.config_error

    def test_a_lookback_longer_than_the_calendar_reads_everything(self) -> None:
        cursor = cursor_of(format_time(SAVED))

        assert cursor.begin_sync(ANCHOR, timedelta(days=365 * 3_000), NOW).start <= EARLIEST_TIME


class TestFullRefresh:
    def test_it_does_not_resume_from_the_state_of_an_incremental_sync(self) -> None:
        cursor = cursor_of(format_time(SAVED))

        assert cursor.begin_sync(ANCHOR, LOOKBACK, NOW, full_refresh=True).start == EARLIEST_TIME

    def test_it_resumes_from_its_own_state_while_it_is_not_finished(self) -> None:
        first = cursor_of()
        first.begin_sync(ANCHOR, timedelta(0), NOW, full_refresh=True)
        first.advance(day(-5))
        saved = first.state

        second = UpdatedTimeCursor("bills", saved)
        interval = second.begin_sync(ANCHOR, timedelta(0), NOW, full_refresh=True)

        assert saved == {"updatedTime": format_time(day(-5)), "full_refresh": True}
        assert interval.start == day(-5)

    def test_an_incremental_sync_resumes_from_its_state_too(self) -> None:
        saved = {"updatedTime": format_time(SAVED), "full_refresh": True}

        interval = UpdatedTimeCursor("bills", saved).begin_sync(ANCHOR, timedelta(0), NOW)

        assert interval.start == SAVED

    def test_when_it_is_finished_its_state_is_like_any_other(self) -> None:
        cursor = cursor_of(format_time(SAVED))
        cursor.begin_sync(ANCHOR, timedelta(0), NOW, full_refresh=True)
        cursor.advance(day(1))
        cursor.finish()

        assert cursor.state == {"updatedTime": format_time(day(1))}


class TestSavedStates:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-01T08:00:00.000Z",
            "2026-03-01T08:00:00Z",
            "2026-03-01T08:00:00",
            "2026-03-01T08:00:00.000+00:00",
            "2026-03-01T08:00:00+0000",
            "2026-03-01T10:00:00.000000+02:00",
            "2026-03-01 08:00",
        ],
    )
    def test_any_iso_8601_form_is_read(self, text: str) -> None:
        assert cursor_of(text).begin_sync(ANCHOR, timedelta(0), NOW).start == SAVED

    def test_it_stays_as_it_was_written_until_newer_rows_are_covered(self) -> None:
        cursor = cursor_of("2026-03-01 08:00", begun=True)

        cursor.advance(SAVED)
        cursor.finish()

        assert cursor.state == {"updatedTime": "2026-03-01 08:00"}

    @pytest.mark.parametrize("value", ["yesterday", 1772352000, {"a": 1}, ["2026"], True])
    def test_anything_else_is_refused_with_what_to_do(self, value: object) -> None:
        with pytest.raises(ConnectorError, match=r"not a valid time\. Clear") as caught:
            cursor_of(value, begun=True)

        assert caught.value.failure_type is FailureType.config_error

    def test_a_time_outside_the_calendar_in_utc_is_refused_too(self) -> None:
        with pytest.raises(ConnectorError, match="not a valid time"):
            cursor_of("0001-01-01T00:00:00+14:00", begun=True)

    @pytest.mark.parametrize("state", [{}, {"updatedTime": ""}, {"updatedTime": None}, {"x": 1}])
    def test_one_without_a_time_is_no_state(self, state: dict[str, object]) -> None:
        cursor = UpdatedTimeCursor("bills", state)

        assert cursor.begin_sync(ANCHOR, LOOKBACK, NOW).start == ANCHOR
        assert cursor.state == {}

    @quick
    @given(MOMENTS)
    def test_a_state_is_read_back_exactly(self, moment: datetime) -> None:
        first = cursor_of(begun=True)
        first.advance(moment)

        again = UpdatedTimeCursor("bills", first.state)

        assert again.begin_sync(ANCHOR, timedelta(0), day(60)).start == moment
        assert again.state == first.state


class TestProgress:
    @quick
    @given(st.none() | MOMENTS, st.lists(st.none() | MOMENTS, max_size=10))
    def test_the_state_is_the_newest_covered_time_and_never_moves_back(
        self, saved: datetime | None, covered: list[datetime | None]
    ) -> None:
        cursor = cursor_of(format_time(saved) if saved else None, begun=True)
        known = [saved] if saved else []

        for moment in covered:
            cursor.advance(moment)
            known += [moment] if moment else []
            assert cursor.state == ({"updatedTime": format_time(max(known))} if known else {})

    def test_a_first_sync_without_rows_has_an_empty_state_and_not_now(self) -> None:
        cursor = cursor_of(begun=True)

        cursor.finish()

        assert cursor.state == {}

    def test_rows_of_the_lookback_do_not_move_the_state_back(self) -> None:
        cursor = cursor_of(format_time(SAVED), begun=True)

        cursor.advance(SAVED - timedelta(minutes=1))

        assert cursor.state == {"updatedTime": format_time(SAVED)}
