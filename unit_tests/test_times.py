"""Times as BILL writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.times import end_of_moment, floor_to_second, format_time, parse_time
from unit_tests.fakes import quick

MOMENT = datetime(2026, 3, 10, 12, 20, 30, 123_000, tzinfo=UTC)


class TestParseTime:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-03-10T12:20:30.123+00:00", MOMENT),
            ("2026-03-10T12:20:30.123Z", MOMENT),
            ("2026-03-10T14:20:30.123+0200", MOMENT),
            ("2026-03-10T12:20:30.123", MOMENT),
            ("2026-03-10", datetime(2026, 3, 10, tzinfo=UTC)),
        ],
    )
    def test_iso_8601_is_read_as_utc(self, text: str, moment: datetime) -> None:
        parsed = parse_time(text)

        assert parsed == moment
        assert parsed is not None
        assert parsed.utcoffset() == timedelta(0)

    @pytest.mark.parametrize("text", ["", "yesterday", "31.01.2025", "0001-01-01T00:00:00+14:00"])
    def test_anything_else_is_none(self, text: str) -> None:
        assert parse_time(text) is None

    @quick
    @given(st.text(max_size=40))
    def test_no_text_breaks_it(self, text: str) -> None:
        parsed = parse_time(text)

        assert parsed is None or parsed.utcoffset() == timedelta(0)

    @quick
    @given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
    def test_a_time_without_an_offset_is_utc(self, naive: datetime) -> None:
        assert parse_time(naive.isoformat()) == naive.replace(tzinfo=UTC)


class TestFormatTime:
    def test_it_is_in_milliseconds_with_a_z(self) -> None:
        assert format_time(MOMENT) == "2026-03-10T12:20:30.123Z"

    def test_another_offset_becomes_utc(self) -> None:
        moment = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))

        assert format_time(moment) == "2026-03-10T12:20:30.123Z"

    def test_a_lower_bound_only_moves_down(self) -> None:
        assert format_time(MOMENT + timedelta(microseconds=999)) == "2026-03-10T12:20:30.123Z"


class TestPrecision:
    def test_the_fraction_of_a_second_is_cut_off(self) -> None:
        assert floor_to_second(MOMENT) == MOMENT.replace(microsecond=0)

    def test_a_time_with_milliseconds_stands_for_one_of_them(self) -> None:
        assert end_of_moment(MOMENT) == MOMENT + timedelta(milliseconds=1)

    def test_a_time_without_stands_for_a_second(self) -> None:
        moment = MOMENT.replace(microsecond=0)

        assert end_of_moment(moment) == moment + timedelta(seconds=1)
