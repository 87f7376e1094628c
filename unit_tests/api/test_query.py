"""What a list is asked: path, sort order, filters, and times in BILL's filter grammar."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.query import ListQuery, time_condition
from source_billcom.times import parse_time
from unit_tests.fakes import quick

BILLS = ListQuery("bills", "/v3/bills")
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the strategy adds the zones
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)


class TestListQuery:
    def test_the_whole_list_needs_no_parameters(self) -> None:
        assert BILLS.params() == {}

    def test_conditions_are_added_and_joined_by_commas(self) -> None:
        query = BILLS.where("a:eq:b").where("c:eq:d", "e:eq:f")

        assert query.params() == {"filters": "a:eq:b,c:eq:d,e:eq:f"}

    def test_a_new_sort_order_replaces_the_old_one(self) -> None:
        query = BILLS.ascending("createdTime").descending("updatedTime")

        assert query.params() == {"sort": "updatedTime:desc"}

    def test_the_query_it_was_made_from_stays_as_it_was(self) -> None:
        BILLS.where("a:eq:b").ascending("createdTime")

        assert BILLS.params() == {}

    def test_extra_parameters_are_not_part_of_sort_and_filters(self) -> None:
        query = ListQuery("bills", "/v3/bills", "a:asc", extra=(("billApprovals", "true"),))

        assert query.params() == {"sort": "a:asc"}

    def test_it_says_what_is_being_done_in_the_users_words(self) -> None:
        assert BILLS.activity == "reading bills"


class TestTimeCondition:
    def test_it_has_the_field_the_operator_and_the_time_in_quotes(self) -> None:
        moment = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=2)))

        assert time_condition("updatedTime", "gte", moment) == (
            'updatedTime:gte:"2026-03-01T06:00:00.000Z"'
        )

    @quick
    @given(TIMES)
    def test_its_time_reads_back_to_the_millisecond_and_is_never_later(
        self, moment: datetime
    ) -> None:
        read = parse_time(_time_in(time_condition("updatedTime", "gte", moment)))

        assert read is not None
        assert timedelta(0) <= moment - read < timedelta(milliseconds=1)

    @quick
    @given(TIMES, TIMES)
    def test_conditions_sort_as_their_times_do(self, one: datetime, other: datetime) -> None:
        earlier, later = sorted([one, other])

        assert time_condition("t", "gte", earlier) <= time_condition("t", "gte", later)

    @quick
    @given(TIMES)
    def test_its_time_has_no_plus_sign_which_a_url_would_turn_into_a_space(
        self, moment: datetime
    ) -> None:
        text = _time_in(time_condition("updatedTime", "lte", moment))

        assert "+" not in text
        assert text.endswith("Z")


def _time_in(condition: str) -> str:
    return condition.split(":", 2)[2].strip('"')
