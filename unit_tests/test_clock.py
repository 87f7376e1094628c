"""The time: BILL's, as its Date headers show it, and the hours that BILL counts calls in."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.clock import Clock, ServerClock, next_full_hour
from unit_tests.fakes import NOW, FakeClock, quick

# HTTP dates have no fraction of a second
ALMOST_A_SECOND = timedelta(milliseconds=999)


class Bench:
    """BILL's clock, after responses with these dates."""

    def __init__(self, *dates: str | None) -> None:
        self.clock = FakeClock()
        self.bills = ServerClock(self.clock)
        for date in dates:
            self.bills.note(date)


def http_date(moment: datetime) -> str:
    """Write a time as a Date header does."""
    return format_datetime(moment, usegmt=True)


class TestServerClock:
    @pytest.mark.parametrize(
        "ahead",
        [timedelta(0), timedelta(seconds=90), timedelta(seconds=-90), timedelta(hours=-23)],
    )
    def test_it_shows_the_date_of_the_last_response_to_the_end_of_its_second(
        self, ahead: timedelta
    ) -> None:
        bench = Bench(http_date(NOW + ahead))
        bench.clock.advance(minutes=5)

        assert bench.bills.now() == NOW + ahead + ALMOST_A_SECOND + timedelta(minutes=5)

    def test_before_the_first_response_it_shows_this_machines_time(self) -> None:
        assert Bench().bills.now() == NOW

    @pytest.mark.parametrize(
        "date",
        [
            None,
            "",
            "soon",
            "2026-03-10T12:20:30Z",
            "Tue, 10 Mar 2026 25:00:00 GMT",
            "Tue, 10 Mar 2026 12:00:00 -0000",
            "Tue, 10 Mar 99999999999999999999 12:00:00 GMT",
            "Tue, 10 Mar 2026 12:00:00 +99999999999999",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 9999 23:59:59 -1200",
        ],
    )
    def test_where_no_date_can_be_read_it_shows_this_machines_time(self, date: str | None) -> None:
        bench = Bench(date)
        bench.clock.advance(minutes=5)

        assert bench.bills.now() == NOW + timedelta(minutes=5)

    def test_a_response_without_a_date_changes_nothing(self) -> None:
        bench = Bench(http_date(NOW + timedelta(seconds=90)), None)

        assert bench.bills.now() == NOW + timedelta(seconds=90) + ALMOST_A_SECOND

    def test_a_date_of_days_ago_is_ignored_because_it_would_hide_rows(self) -> None:
        assert Bench(http_date(NOW - timedelta(days=40))).bills.now() == NOW

    def test_a_date_days_ahead_is_believed(self) -> None:
        bench = Bench(http_date(NOW + timedelta(days=40)))

        assert bench.bills.now() == NOW + timedelta(days=40) + ALMOST_A_SECOND

    @quick
    @given(st.text(max_size=40) | st.datetimes().map(lambda t: http_date(t.replace(tzinfo=UTC))))
    def test_any_header_is_taken_without_an_exception(self, date: str) -> None:
        bench = Bench(date)
        bench.clock.advance(days=1)

        shown = bench.bills.now()

        assert shown >= bench.clock.now() - timedelta(days=1)
        assert shown.year < 3_000


class TestNextFullHour:
    @pytest.mark.parametrize(
        ("moment", "hour"),
        [
            (
                datetime(2026, 3, 10, 12, 20, 30, 5, tzinfo=UTC),
                datetime(2026, 3, 10, 13, tzinfo=UTC),
            ),
            (datetime(2026, 3, 10, 12, tzinfo=UTC), datetime(2026, 3, 10, 13, tzinfo=UTC)),
            (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_it_is_the_first_after_the_moment(self, moment: datetime, hour: datetime) -> None:
        assert next_full_hour(moment) == hour


class TestClock:
    def test_it_shows_an_aware_time_in_utc_and_goes_on(self) -> None:
        clock = Clock()
        now, started = clock.now(), clock.monotonic()

        clock.sleep(0)

        assert now.utcoffset() == timedelta(0)
        assert clock.now() >= now
        assert clock.monotonic() >= started
