"""The configuration: what is accepted, what it becomes, and what the user is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.config import PRODUCTION, SANDBOX, ConnectorConfig
from source_billcom.errors import ConnectorError
from unit_tests.fakes import CONFIG, NOW, quick

REQUIRED = ["username", "password", "organization_id", "dev_key"]


def config_with(**changes: Any) -> ConnectorConfig:
    """Check the usual configuration with some values changed."""
    return ConnectorConfig.from_config({**CONFIG, **changes}, NOW)


def refusal_of(**changes: Any) -> ConnectorError:
    """Return the error for the usual configuration with these values changed."""
    with pytest.raises(ConnectorError) as caught:
        config_with(**changes)
    return caught.value


def assert_is_short_config_error(failure: ConnectorError) -> None:
    """Check that it is one short line, and that the platform shows it as a wrong configuration."""
    assert failure.failure_type is FailureType.config_error
    message = str(failure)
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 300


class TestRequiredFields:
    def test_the_required_fields_are_enough_and_the_rest_has_the_documented_defaults(self) -> None:
        required = {key: CONFIG[key] for key in REQUIRED}

        config = ConnectorConfig.from_config(required, NOW)

        assert config.base_url == PRODUCTION
        assert config.anchor == datetime(2025, 3, 10, 12, 20, 30, tzinfo=UTC)
        assert config.lookback == timedelta(minutes=10)

    @pytest.mark.parametrize("key", REQUIRED)
    @pytest.mark.parametrize("value", [None, "", "  ", "\t\n"])
    def test_a_required_field_without_content_is_refused_by_its_name(
        self, key: str, value: str | None
    ) -> None:
        failure = refusal_of(**{key: value})

        assert_is_short_config_error(failure)
        assert f"({key})" in str(failure)
        assert "Fill it in" in str(failure)

    @pytest.mark.parametrize("key", REQUIRED)
    @pytest.mark.parametrize("value", [12345678, 1.5, True, ["secret-value"], {"a": "secret"}])
    def test_a_required_field_that_is_not_text_is_refused_without_showing_it(
        self, key: str, value: object
    ) -> None:
        failure = refusal_of(**{key: value})

        assert_is_short_config_error(failure)
        assert key in str(failure)
        assert str(value) not in str(failure)

    def test_white_space_around_identifiers_is_removed_but_not_around_the_password(self) -> None:
        config = config_with(
            username="\u00a0ann ",
            password=" p w ",
            organization_id="\ufeff008\n",
            dev_key="\t01key\u200b",
        )

        assert config.username == "ann"
        assert config.password == " p w "
        assert config.organization_id == "008"
        assert config.dev_key == "01key"

    @pytest.mark.parametrize(
        "key", ["01AB\nCD", "01AB CD", "01AB\u00e4", "01AB\x00", "01AB\u200bCD"]
    )
    def test_a_developer_key_that_no_header_can_carry_is_refused_without_showing_it(
        self, key: str
    ) -> None:
        failure = refusal_of(dev_key=key)

        assert_is_short_config_error(failure)
        assert "dev_key" in str(failure)
        assert "01AB" not in str(failure)

    @quick
    @given(st.text(min_size=3).map("p".__add__))
    def test_a_password_of_any_characters_is_kept_as_it_is(self, password: str) -> None:
        assert config_with(password=password).password == password

    def test_repr_does_not_show_secrets(self) -> None:
        shown = repr(config_with(password="hush-password", dev_key="hush-key"))

        assert "hush" not in shown

    @pytest.mark.parametrize("key", ["base_url", "anchor_date", "lookback_window"])
    @pytest.mark.parametrize("value", ["", "   ", None])
    def test_a_cleared_optional_field_counts_as_absent(self, key: str, value: str | None) -> None:
        without = ConnectorConfig.from_config({k: v for k, v in CONFIG.items() if k != key}, NOW)

        assert config_with(**{key: value}) == without

    @pytest.mark.parametrize("key", ["base_url", "anchor_date", "lookback_window"])
    def test_an_optional_field_that_is_not_text_is_refused_by_its_name(self, key: str) -> None:
        failure = refusal_of(**{key: 20250101})

        assert_is_short_config_error(failure)
        assert key in str(failure)

    @pytest.mark.parametrize("key", ["password", "dev_key"])
    @pytest.mark.parametrize("value", ["P", "pa"])
    def test_a_secret_of_a_letter_or_two_is_refused_in_words_that_are_not_masked(
        self, key: str, value: str
    ) -> None:
        failure = refusal_of(**{key: value})

        assert_is_short_config_error(failure)
        assert f"({key}) is too short to be complete" in str(failure)

    @pytest.mark.parametrize("key", ["anchor_date", "lookback_window"])
    @pytest.mark.parametrize("secret", ["password", "dev_key"])
    def test_a_secret_pasted_into_the_wrong_field_is_not_quoted(
        self, key: str, secret: str
    ) -> None:
        failure = refusal_of(**{key: f"my {CONFIG[secret]}"})

        assert CONFIG[secret] not in str(failure)
        assert "'my ****'" in str(failure)


class TestBaseUrl:
    @quick
    @given(
        root=st.sampled_from(
            [PRODUCTION, SANDBOX, "http://127.0.0.1:8900/connect", "https://[::1]:8443/a/b/connect"]
        ),
        version=st.sampled_from(["", "/v3"]),
        slashes=st.integers(0, 3),
        space=st.sampled_from(["", " ", "\n"]),
    )
    def test_slashes_and_v3_at_the_end_change_nothing(
        self, root: str, version: str, slashes: int, space: str
    ) -> None:
        text = f"{space}{root}{version}{'/' * slashes}{space}"

        assert config_with(base_url=text).base_url == root

    @pytest.mark.parametrize("end", ["//v3", "//v3//"])
    def test_a_double_slash_before_v3_changes_nothing_either(self, end: str) -> None:
        assert config_with(base_url=PRODUCTION + end).base_url == PRODUCTION

    @pytest.mark.parametrize(
        "kept", ["https://h/connect/v3x", "https://h/v3connect", "https://h/connect/v30"]
    )
    def test_only_a_whole_last_segment_v3_is_taken_off(self, kept: str) -> None:
        assert config_with(base_url=kept).base_url == kept

    @pytest.mark.parametrize(
        "text",
        [
            "gateway.prod.bill.com/connect",
            "ftp://gateway.prod.bill.com/connect",
            "https://",
            "https:///connect",
            "connect",
            "https://host:port/connect",
            "https://host:99999/connect",
            "https://host:0/connect",
            "https://[::1/connect",
        ],
    )
    def test_what_is_not_a_web_address_is_refused_and_both_of_bills_are_named(
        self, text: str
    ) -> None:
        failure = refusal_of(base_url=text)

        assert_is_short_config_error(failure)
        assert PRODUCTION in str(failure)
        assert SANDBOX in str(failure)

    @pytest.mark.parametrize(
        "text",
        [
            "https://ann:hush@gateway.prod.bill.com/connect",
            "https://ann@gateway.prod.bill.com/connect",
            "https://gateway.prod.bill.com/connect?key=hush",
            "https://gateway.prod.bill.com/connect#hush",
        ],
    )
    def test_an_address_with_more_than_host_and_path_is_refused_without_quoting_it(
        self, text: str
    ) -> None:
        failure = refusal_of(base_url=text)

        assert_is_short_config_error(failure)
        assert "hush" not in str(failure)

    @pytest.mark.parametrize(
        "text", ["https://gateway prod.bill.com/connect", "https://h/con nect"]
    )
    def test_an_address_with_a_space_inside_is_refused(self, text: str) -> None:
        refusal_of(base_url=text)

    @quick
    @given(st.text(max_size=40) | st.text(max_size=20).map(lambda text: f"https://{text}"))
    def test_any_text_gives_a_configuration_or_one_error(self, text: str) -> None:
        try:
            config = config_with(base_url=text)
        except ConnectorError as failure:
            assert_is_short_config_error(failure)
        else:
            assert config.base_url.startswith(("https://", "http://"))

    @pytest.mark.parametrize(
        ("text", "is_bills"),
        [
            (PRODUCTION, True),
            (SANDBOX, True),
            ("https://GATEWAY.prod.bill.com/connect/v3/", True),
            ("https://gateway.prod.bill.com.evil.example/connect", False),
            ("http://127.0.0.1:8900/connect", False),
        ],
    )
    def test_bills_own_hosts_are_recognised(self, text: str, *, is_bills: bool) -> None:
        assert config_with(base_url=text).is_bill_host is is_bills


class TestAnchorDate:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2025-01-31", datetime(2025, 1, 31, tzinfo=UTC)),
            (" 2025-01-31 ", datetime(2025, 1, 31, tzinfo=UTC)),
            ("2025-01-31T10:20:30Z", datetime(2025, 1, 31, 10, 20, 30, tzinfo=UTC)),
            ("2025-01-31 10:20", datetime(2025, 1, 31, 10, 20, tzinfo=UTC)),
            ("2025-01-31T10:20:30+02:00", datetime(2025, 1, 31, 8, 20, 30, tzinfo=UTC)),
            ("2025-01-31T10:20:30-0530", datetime(2025, 1, 31, 15, 50, 30, tzinfo=UTC)),
            ("2025-01-31T10:20:30.5Z", datetime(2025, 1, 31, 10, 20, 30, 500_000, tzinfo=UTC)),
        ],
    )
    def test_iso_dates_and_date_times_are_read_as_utc(self, text: str, moment: datetime) -> None:
        anchor = config_with(anchor_date=text).anchor

        assert anchor == moment
        assert anchor.utcoffset() == timedelta(0)

    @pytest.mark.parametrize("text", ["2026-03-11", "2026-03-10T12:20:31Z", "9999-12-31"])
    def test_a_date_in_the_future_is_refused(self, text: str) -> None:
        failure = refusal_of(anchor_date=text)

        assert_is_short_config_error(failure)
        assert "future" in str(failure)
        assert text in str(failure)

    def test_the_moment_of_the_sync_itself_is_not_in_the_future(self) -> None:
        assert config_with(anchor_date=NOW.isoformat()).anchor == NOW

    @pytest.mark.parametrize(
        "text",
        [
            "yesterday",
            "31.01.2025",
            "2025-02-30",
            "2025-1-5",
            "20250131",
            "2025-W05",
            "2025-01-31T",
        ],
    )
    def test_anything_else_is_refused_with_an_example(self, text: str) -> None:
        failure = refusal_of(anchor_date=text)

        assert_is_short_config_error(failure)
        assert "2025-01-31" in str(failure)

    @quick
    @given(st.text(max_size=60))
    def test_any_text_gives_a_past_moment_or_one_error(self, text: str) -> None:
        try:
            anchor = config_with(anchor_date=text).anchor
        except ConnectorError as failure:
            assert_is_short_config_error(failure)
        else:
            assert anchor <= NOW

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
    def test_a_date_that_is_outside_the_calendar_in_utc_is_refused(self, text: str) -> None:
        assert_is_short_config_error(refusal_of(anchor_date=text))

    @pytest.mark.parametrize(
        ("now", "anchor"),
        [
            (datetime(2024, 2, 29, 8, tzinfo=UTC), datetime(2023, 2, 28, 8, tzinfo=UTC)),
            (datetime(2024, 12, 1, 8, tzinfo=UTC), datetime(2023, 12, 1, 8, tzinfo=UTC)),
        ],
    )
    def test_the_default_is_a_calendar_year_before_even_where_a_leap_day_lies_between(
        self, now: datetime, anchor: datetime
    ) -> None:
        assert ConnectorConfig.from_config(CONFIG, now).anchor == anchor


class TestLookbackWindow:
    @pytest.mark.parametrize(
        ("text", "length"),
        [
            ("PT10M", timedelta(minutes=10)),
            ("PT1H30M", timedelta(hours=1, minutes=30)),
            ("PT45S", timedelta(seconds=45)),
            ("P1D", timedelta(days=1)),
            ("P2W", timedelta(weeks=2)),
            ("P1DT12H", timedelta(days=1, hours=12)),
            ("PT0S", timedelta(0)),
            (" PT5M ", timedelta(minutes=5)),
        ],
    )
    def test_iso_durations_are_read(self, text: str, length: timedelta) -> None:
        assert config_with(lookback_window=text).lookback == length

    @pytest.mark.parametrize(
        "text", ["10", "10 minutes", "PT", "P", "P1H", "PT1D", "-PT5M", "PT1.5H", "P1DT"]
    )
    def test_anything_else_is_refused_with_an_example(self, text: str) -> None:
        failure = refusal_of(lookback_window=text)

        assert_is_short_config_error(failure)
        assert "PT10M" in str(failure)

    @pytest.mark.parametrize("text", ["PT\u0661M", "P99999999999D", "P11Y"])
    def test_durations_that_are_too_long_or_unreadable_are_refused(self, text: str) -> None:
        assert_is_short_config_error(refusal_of(lookback_window=text))

    @pytest.mark.parametrize(
        ("text", "days"), [("P1Y2W", 379), ("P1M1W", 37), ("P1W2D", 9), ("P3W", 21)]
    )
    def test_years_months_and_weeks_may_be_mixed(self, text: str, days: int) -> None:
        assert config_with(lookback_window=text).lookback == timedelta(days=days)

    @quick
    @given(days=st.integers(0, 400), hours=st.integers(0, 99), minutes=st.integers(0, 99))
    def test_days_hours_and_minutes_add_up(self, days: int, hours: int, minutes: int) -> None:
        lookback = config_with(lookback_window=f"P{days}DT{hours}H{minutes}M").lookback

        assert lookback == timedelta(days=days, hours=hours, minutes=minutes)
