"""BILL's error bodies: the action each leads to and the sentence it leaves with the user."""

import orjson
import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.error_handling import (
    CREDENTIAL_SENTENCES,
    ErrorResolution,
    ResponseAction,
    classify,
    problems_in,
)
from source_billcom.errors import ConnectorError, RequestRejected, config_error
from unit_tests.fakes import bill_error, quick

WHAT = "reading bills"
ACTION_OF_CODE = {
    **dict.fromkeys(CREDENTIAL_SENTENCES, ResponseAction.FAIL),
    "BDC_1001": ResponseAction.RETRY,
    "BDC_1002": ResponseAction.RETRY,
    "BDC_1109": ResponseAction.RENEW,
    "BDC_1121": ResponseAction.FAIL,
    "BDC_1144": ResponseAction.WAIT_HOUR,
    "BDC_1145": ResponseAction.FAIL,
    "BDC_1322": ResponseAction.WAIT_TURN,
    "BDC_1361": ResponseAction.FAIL,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["code", "message", "severity", "results"]), inner)
    ),
    max_leaves=8,
)
STATUSES = st.integers(100, 599)


def verdict_on(code: str | None, status: int = 400, message: str = "words") -> ErrorResolution:
    """Judge an error of BILL's in its usual form."""
    return classify(status, bill_error(code, status, message).body, WHAT)


class TestCodes:
    @quick
    @given(st.sampled_from(sorted(ACTION_OF_CODE)), STATUSES)
    def test_a_known_code_decides_whatever_the_status(self, code: str, status: int) -> None:
        resolution = verdict_on(code, status)

        assert resolution.action is ACTION_OF_CODE[code]
        assert resolution.code == code
        assert str(resolution.error) == str(verdict_on(code, 400).error)

    @pytest.mark.parametrize("code", sorted(CREDENTIAL_SENTENCES))
    def test_each_credential_fault_has_its_own_sentence_and_is_the_users_to_mend(
        self, code: str
    ) -> None:
        error = verdict_on(code).error

        assert error.failure_type is FailureType.config_error
        assert str(error) == CREDENTIAL_SENTENCES[code]
        assert str(error).endswith(".")
        assert len(set(CREDENTIAL_SENTENCES.values())) == len(CREDENTIAL_SENTENCES)

    @pytest.mark.parametrize("code", ["BDC_1144", "BDC_1322", "BDC_1001", "BDC_1002"])
    def test_limits_and_outages_are_left_to_a_later_sync(self, code: str) -> None:
        assert verdict_on(code).error.failure_type is FailureType.transient_error

    def test_the_first_known_code_of_several_decides(self) -> None:
        body = orjson.dumps([{"code": "BDC_9999"}, {"code": "BDC_1322"}, {"code": "BDC_1101"}])

        assert classify(400, body, WHAT).action is ResponseAction.WAIT_TURN

    @pytest.mark.parametrize(
        "body",
        [
            b'[{"code":"BDC_1109","message":"Session is invalid"}]',
            b'{"code":"BDC_1109","message":"Session is invalid"}',
            b'  [null, 3, {"code":"BDC_1109"}]\n',
        ],
    )
    def test_a_code_is_found_in_an_array_and_in_a_lone_object(self, body: bytes) -> None:
        assert classify(200, body, WHAT).action is ResponseAction.RENEW

    def test_a_stream_the_user_may_not_read_is_named_with_what_to_do(self) -> None:
        for resolution in (verdict_on("BDC_1145", 400), verdict_on("BDC_4711", 403)):
            assert resolution.action is ResponseAction.FAIL
            assert WHAT in str(resolution.error)
            assert "permission" in str(resolution.error)
            assert "deselect" in str(resolution.error)

    @pytest.mark.parametrize("status", [401, 403])
    def test_an_untrusted_session_is_no_matter_of_permissions_but_of_a_second_factor(
        self, status: int
    ) -> None:
        error = verdict_on("BDC_1361", status, "Untrusted session").error

        assert error.failure_type is FailureType.config_error
        assert WHAT in str(error)
        assert "second factor" in str(error)
        assert "sync token" in str(error)
        assert "permission" not in str(error)

    def test_the_same_code_of_an_expired_session_renews_it(self) -> None:
        assert verdict_on("BDC_1361", 403, "Session expired").action is ResponseAction.RENEW


class TestWords:
    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("Session is invalid. Please log in.", "BDC_1109"),
            ("SESSION  is\ninvalid", "BDC_1109"),
            ("Max number of allowed requests per hour reached", "BDC_1144"),
            ("Max number of concurrent requests per organization reached", "BDC_1322"),
        ],
    )
    @pytest.mark.parametrize("status", [400, 401, 403, 422, 429])
    def test_limits_and_dead_sessions_are_known_by_their_words_where_there_is_no_code(
        self, words: str, code: str, status: int
    ) -> None:
        resolution = verdict_on(None, status, words)

        assert (resolution.action, resolution.code) == (ACTION_OF_CODE[code], code)

    def test_a_code_says_more_than_the_words_beside_it(self) -> None:
        assert verdict_on("BDC_1145", 403, "Session is invalid").action is ResponseAction.FAIL

    @pytest.mark.parametrize("words", ["Session", "The sessionId is invalid", "requests per hour"])
    def test_other_words_are_no_code(self, words: str) -> None:
        assert verdict_on(None, 400, words).action is ResponseAction.FAIL


class TestStatuses:
    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
    @pytest.mark.parametrize("body", [b"", b"<html>", b'[{"code":"BDC_9999","message":"m"}]'])
    def test_passing_statuses_without_a_known_code_are_retried(
        self, status: int, body: bytes
    ) -> None:
        resolution = classify(status, body, WHAT)

        assert resolution.action is ResponseAction.RETRY
        assert resolution.error.failure_type is FailureType.transient_error

    @pytest.mark.parametrize("body", [b"", b"<html>", b'[{"message":"Unauthorized"}]'])
    def test_401_without_a_code_renews_the_session(self, body: bytes) -> None:
        assert classify(401, body, WHAT).action is ResponseAction.RENEW

    @pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
    def test_a_redirect_is_refused_as_a_wrong_base_url(self, status: int) -> None:
        resolution = classify(status, b"", WHAT)

        assert resolution.action is ResponseAction.FAIL
        assert resolution.error.failure_type is FailureType.config_error
        assert "Base URL" in str(resolution.error)

    @pytest.mark.parametrize("status", [400, 409, 418, 422])
    def test_an_unknown_refusal_quotes_bill_and_can_be_told_from_other_failures(
        self, status: int
    ) -> None:
        error = verdict_on("BDC_7777", status, "Sort is not supported").error

        assert isinstance(error, RequestRejected)
        assert error.failure_type is FailureType.system_error
        assert f"BDC_7777, HTTP {status}: Sort is not supported" in str(error)

    def test_a_validation_failure_without_a_code_still_tells_bills_words(self) -> None:
        error = verdict_on(None, 400, "max must be less than or equal to 100").error

        assert "max must be less than or equal to 100" in str(error)

    @pytest.mark.parametrize("body", [b"", b"<html>", b'[{"code":"BDC_9999","message":"m"}]'])
    def test_404_says_where_the_api_is(self, body: bytes) -> None:
        resolution = classify(404, body, WHAT)

        assert resolution.action is ResponseAction.FAIL
        assert "/connect" in str(resolution.error)

    def test_403_without_a_word_of_bills_points_at_what_stands_between(self) -> None:
        error = classify(403, b"<html>Forbidden</html>", WHAT).error

        assert "proxy" in str(error)


class TestForeignAnswers:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>Maintenance</html>",
            b'{"results":[{"id":"00n',
            b'{"message":"OK"}',
            b"{}",
            b"[]",
            b"null",
            b"7",
        ],
    )
    def test_a_200_that_is_not_bills_is_retried_and_then_an_error(self, body: bytes) -> None:
        resolution = classify(200, body, WHAT)

        assert resolution.action is ResponseAction.RETRY
        assert resolution.is_doubtful
        assert resolution.code is None
        assert "not one of BILL's" in str(resolution.error)

    def test_a_200_with_an_error_of_bills_that_has_no_code_is_a_refusal(self) -> None:
        body = b'[{"timestamp":"2026-01-01T00:00:00Z","severity":"ERROR","message":"Bad sort"}]'

        assert isinstance(classify(200, body, WHAT).error, RequestRejected)

    @pytest.mark.parametrize("status", [400, 405, 410, 451])
    def test_a_client_error_that_is_not_bills_fails_at_once(self, status: int) -> None:
        resolution = classify(status, b"<html>nginx</html>", WHAT)

        assert resolution.action is ResponseAction.FAIL
        assert resolution.error.failure_type is FailureType.config_error


class TestAnyShape:
    @quick
    @given(STATUSES, st.binary(max_size=200))
    def test_no_bytes_break_the_judge(self, status: int, body: bytes) -> None:
        assert str(classify(status, body, WHAT).error)

    @quick
    @given(STATUSES, JSON)
    def test_no_json_breaks_the_judge(self, status: int, body: object) -> None:
        resolution = classify(status, orjson.dumps(body), WHAT)

        assert (
            WHAT in str(resolution.error) or str(resolution.error) in CREDENTIAL_SENTENCES.values()
        )
        assert str(resolution.error).endswith(".")

    def test_json_too_deep_to_parse_does_not_break_the_judge(self) -> None:
        assert classify(200, b"[" * 100_000, WHAT).action is ResponseAction.RETRY

    def test_bodies_of_any_length_leave_a_message_a_log_can_hold(self) -> None:
        resolution = verdict_on("BDC_7777", 400, "x" * 1_000_000)

        assert len(str(resolution.error)) < 600
        assert len(resolution.error.internal_message or "") < 1_000

    def test_a_code_of_any_length_leaves_a_message_a_log_can_hold(self) -> None:
        assert len(str(verdict_on("x" * 1_000_000, 400).error)) < 600

    def test_words_of_bills_on_several_lines_become_one_sentence(self) -> None:
        assert "\n" not in str(verdict_on("BDC_7777", 400, "first\nsecond\r\nthird").error)

    def test_entries_that_say_nothing_are_no_problems(self) -> None:
        assert problems_in(b'[{}, {"code": null}, {"code": "", "message": ""}, "text", 4]') == []


class TestAirbyteMessage:
    def test_the_trace_carries_the_sentence_and_its_cause_but_no_stack(self) -> None:
        try:
            raise config_error("One sentence.", "HTTP 400, BDC_1101: words")
        except ConnectorError as failure:
            message = failure.as_airbyte_message()

        assert message.trace is not None
        assert message.trace.error is not None
        assert message.trace.error.message == "One sentence."
        assert message.trace.error.internal_message == "HTTP 400, BDC_1101: words"
        assert message.trace.error.failure_type is FailureType.config_error
        assert message.trace.error.stack_trace is None

    def test_secrets_that_bill_repeats_are_masked(self) -> None:
        update_secrets(["hush-hush-key"])
        try:
            message = config_error("Not hush-hush-key.", "got hush-hush-key").as_airbyte_message()
        finally:
            update_secrets([])

        assert "hush" not in str(message)

    @pytest.mark.parametrize("quoted", ["x" * 187 + " {}", "with other blanks {}", "{}"])
    def test_secrets_are_masked_before_bills_words_are_cut(self, quoted: str) -> None:
        secret = "hush  hush\tkey"
        update_secrets([secret])
        try:
            error = verdict_on("BDC_7777", 400, quoted.format(secret)).error
        finally:
            update_secrets([])

        assert "hush" not in f"{error} {error.internal_message}"

    def test_its_text_is_the_sentence(self) -> None:
        assert (
            str(ConnectorError.transient("Later."))
            == repr(ConnectorError.transient("Later."))
            == "Later."
        )
