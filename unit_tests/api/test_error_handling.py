"""What each response means: the action it leads to, and what the user is told."""

import orjson
import pytest
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.error_handling import (
    ErrorResolution,
    Phase,
    ResponseAction,
    SuspectedCause,
    classify,
    classify_transport_error,
    problems_in,
)
from source_billcom.api.error_messages import CREDENTIAL_MESSAGES
from source_billcom.errors import (
    AmbiguousRejection,
    RequestRejected,
    TransportError,
    UnreadableCertificates,
)
from source_billcom.masking import SecretMask
from unit_tests.fakes import bill_error, quick

WHAT = "reading bills"
FIRST_CONTACT = Phase(WHAT)
ESTABLISHED = Phase(WHAT, is_established=True)
SIGN_IN = Phase("signing in", is_sign_in=True)
SIGN_IN_AGAIN = Phase("signing in", is_established=True, is_sign_in=True)
PHASES = (FIRST_CONTACT, ESTABLISHED, SIGN_IN, SIGN_IN_AGAIN)
NO_MASK = SecretMask()
ACTION_OF_CODE = {
    **dict.fromkeys(CREDENTIAL_MESSAGES, ResponseAction.FAIL),
    "BDC_1001": ResponseAction.RETRY,
    "BDC_1002": ResponseAction.RETRY,
    "BDC_1109": ResponseAction.RENEW_SESSION,
    "BDC_1121": ResponseAction.FAIL,
    "BDC_1144": ResponseAction.WAIT_FOR_HOUR,
    "BDC_1145": ResponseAction.FAIL,
    "BDC_1322": ResponseAction.WAIT_FOR_SLOT,
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


def resolution_of(
    code: str | None, status: int = 400, message: str = "words", phase: Phase = FIRST_CONTACT
) -> ErrorResolution:
    """Classify an error of BILL's in its usual form."""
    return classify(status, bill_error(code, status, message).body, phase, NO_MASK)


class TestCodes:
    @quick
    @given(st.sampled_from(sorted(ACTION_OF_CODE)), STATUSES)
    def test_a_known_code_decides_whatever_the_status(self, code: str, status: int) -> None:
        resolution = resolution_of(code, status)

        assert resolution.action is ACTION_OF_CODE[code]
        assert resolution.code == code
        assert str(resolution.error) == str(resolution_of(code, 400).error)

    @pytest.mark.parametrize("code", sorted(CREDENTIAL_MESSAGES))
    def test_each_wrong_credential_has_its_own_message_and_is_a_config_error(
        self, code: str
    ) -> None:
        error = resolution_of(code).error

        assert error.failure_type is FailureType.config_error
        assert str(error) == CREDENTIAL_MESSAGES[code]
        assert str(error).endswith(".")
        assert len(set(CREDENTIAL_MESSAGES.values())) == len(CREDENTIAL_MESSAGES)

    @pytest.mark.parametrize("code", ["BDC_1144", "BDC_1322", "BDC_1001", "BDC_1002"])
    def test_limits_and_outages_are_left_to_a_later_sync(self, code: str) -> None:
        assert resolution_of(code).error.failure_type is FailureType.transient_error

    def test_the_first_known_code_of_several_decides(self) -> None:
        body = orjson.dumps([{"code": "BDC_9999"}, {"code": "BDC_1322"}, {"code": "BDC_1101"}])

        assert classify(400, body, FIRST_CONTACT, NO_MASK).action is ResponseAction.WAIT_FOR_SLOT

    @pytest.mark.parametrize(
        "body",
        [
            b'[{"code":"BDC_1109","message":"Session is invalid"}]',
            b'{"code":"BDC_1109","message":"Session is invalid"}',
            b'  [null, 3, {"code":"BDC_1109"}]\n',
        ],
    )
    def test_a_code_is_found_in_an_array_and_in_a_lone_object(self, body: bytes) -> None:
        assert classify(200, body, FIRST_CONTACT, NO_MASK).action is ResponseAction.RENEW_SESSION

    def test_a_stream_the_user_may_not_read_is_named_with_what_to_do(self) -> None:
        for resolution in (resolution_of("BDC_1145", 400), resolution_of("BDC_4711", 403)):
            assert resolution.action is ResponseAction.FAIL
            assert WHAT in str(resolution.error)
            assert "permission" in str(resolution.error)
            assert "deselect" in str(resolution.error)

    @pytest.mark.parametrize("status", [401, 403])
    def test_an_untrusted_session_is_about_a_second_factor_not_permissions(
        self, status: int
    ) -> None:
        error = resolution_of("BDC_1361", status, "Untrusted session").error

        assert error.failure_type is FailureType.config_error
        assert WHAT in str(error)
        assert "multi-factor authentication" in str(error)
        assert "sync token" in str(error)
        assert "permission" not in str(error)

    def test_the_same_code_of_an_expired_session_renews_it(self) -> None:
        assert (
            resolution_of("BDC_1361", 403, "Session expired").action is ResponseAction.RENEW_SESSION
        )


class TestTexts:
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
    def test_without_a_code_limits_and_invalid_sessions_are_known_by_their_text(
        self, words: str, code: str, status: int
    ) -> None:
        resolution = resolution_of(None, status, words)

        assert (resolution.action, resolution.code) == (ACTION_OF_CODE[code], code)

    def test_a_code_counts_more_than_the_text_beside_it(self) -> None:
        assert resolution_of("BDC_1145", 403, "Session is invalid").action is ResponseAction.FAIL

    @pytest.mark.parametrize("words", ["Session", "The sessionId is invalid", "requests per hour"])
    def test_other_texts_are_no_code(self, words: str) -> None:
        assert resolution_of(None, 400, words).action is ResponseAction.FAIL


class TestStatuses:
    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
    @pytest.mark.parametrize("body", [b"", b"<html>", b'[{"code":"BDC_9999","message":"m"}]'])
    def test_passing_statuses_without_a_known_code_are_retried(
        self, status: int, body: bytes
    ) -> None:
        resolution = classify(status, body, FIRST_CONTACT, NO_MASK)

        assert resolution.action is ResponseAction.RETRY
        assert resolution.error.failure_type is FailureType.transient_error

    @pytest.mark.parametrize("body", [b"", b"<html>", b'[{"message":"Unauthorized"}]'])
    def test_401_without_a_code_renews_the_session(self, body: bytes) -> None:
        assert classify(401, body, FIRST_CONTACT, NO_MASK).action is ResponseAction.RENEW_SESSION

    @pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
    def test_a_redirect_is_refused_as_a_wrong_base_url(self, status: int) -> None:
        resolution = classify(status, b"", FIRST_CONTACT, NO_MASK)

        assert resolution.action is ResponseAction.FAIL
        assert resolution.error.failure_type is FailureType.config_error
        assert "Base URL" in str(resolution.error)

    @pytest.mark.parametrize("status", [400, 409, 418, 422])
    def test_an_unknown_refusal_quotes_bill_and_has_a_class_of_its_own(self, status: int) -> None:
        error = resolution_of("BDC_7777", status, "Sort is not supported").error

        assert isinstance(error, RequestRejected)
        assert error.failure_type is FailureType.system_error
        assert f"BDC_7777, HTTP {status}: Sort is not supported" in str(error)

    def test_a_validation_failure_without_a_code_quotes_bill_too(self) -> None:
        error = resolution_of(None, 400, "max must be less than or equal to 100").error

        assert "max must be less than or equal to 100" in str(error)

    @pytest.mark.parametrize("body", [b"", b"<html>", b'[{"code":"BDC_9999","message":"m"}]'])
    def test_404_says_where_the_api_is(self, body: bytes) -> None:
        resolution = classify(404, body, FIRST_CONTACT, NO_MASK)

        assert resolution.action is ResponseAction.FAIL
        assert "/connect" in str(resolution.error)

    def test_403_that_is_not_bills_points_at_a_proxy(self) -> None:
        error = classify(403, b"<html>Forbidden</html>", FIRST_CONTACT, NO_MASK).error

        assert "proxy" in str(error)


class TestForeignResponses:
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
    def test_a_200_that_is_not_bills_is_retried_briefly(self, body: bytes) -> None:
        resolution = classify(200, body, FIRST_CONTACT, NO_MASK)

        assert resolution.action is ResponseAction.RETRY
        assert resolution.suspected_cause is SuspectedCause.ADDRESS
        assert resolution.code is None
        assert "did not come from BILL" in str(resolution.error)

    def test_a_200_with_an_error_of_bills_that_has_no_code_is_a_refusal(self) -> None:
        body = b'[{"timestamp":"2026-01-01T00:00:00Z","severity":"ERROR","message":"Bad sort"}]'

        assert isinstance(classify(200, body, FIRST_CONTACT, NO_MASK).error, RequestRejected)

    @pytest.mark.parametrize("status", [400, 405, 410, 451])
    def test_a_client_error_that_is_not_bills_fails_at_once(self, status: int) -> None:
        resolution = classify(status, b"<html>nginx</html>", FIRST_CONTACT, NO_MASK)

        assert resolution.action is ResponseAction.FAIL
        assert resolution.error.failure_type is FailureType.config_error


class TestAnyShape:
    @quick
    @given(STATUSES, st.binary(max_size=200))
    def test_no_bytes_break_it(self, status: int, body: bytes) -> None:
        assert str(classify(status, body, FIRST_CONTACT, NO_MASK).error)

    @quick
    @given(STATUSES, JSON)
    def test_no_json_breaks_it(self, status: int, body: object) -> None:
        resolution = classify(status, orjson.dumps(body), FIRST_CONTACT, NO_MASK)

        assert (
            WHAT in str(resolution.error) or str(resolution.error) in CREDENTIAL_MESSAGES.values()
        )
        assert str(resolution.error).endswith(".")

    def test_json_too_deep_to_parse_does_not_break_it(self) -> None:
        assert classify(200, b"[" * 100_000, FIRST_CONTACT, NO_MASK).action is ResponseAction.RETRY

    def test_a_message_is_short_whatever_the_length_of_the_body(self) -> None:
        resolution = resolution_of("BDC_7777", 400, "x" * 1_000_000)

        assert len(str(resolution.error)) < 600
        assert len(resolution.error.internal_message or "") < 1_000

    def test_a_message_is_short_whatever_the_length_of_the_code(self) -> None:
        assert len(str(resolution_of("x" * 1_000_000, 400).error)) < 600

    def test_several_lines_of_bills_become_one(self) -> None:
        assert "\n" not in str(resolution_of("BDC_7777", 400, "first\nsecond\r\nthird").error)

    def test_empty_entries_are_no_problems(self) -> None:
        assert (
            problems_in(b'[{}, {"code": null}, {"code": "", "message": ""}, "text", 4]', NO_MASK)
            == []
        )


class TestPhases:
    @pytest.mark.parametrize(
        ("phase", "status", "action", "suspected_cause", "words"),
        [
            (FIRST_CONTACT, 200, "RETRY", SuspectedCause.ADDRESS, "did not come from BILL"),
            (FIRST_CONTACT, 422, "FAIL", SuspectedCause.ADDRESS, "did not come from BILL"),
            (FIRST_CONTACT, 403, "FAIL", SuspectedCause.ADDRESS, "Something between this machine"),
            (FIRST_CONTACT, 404, "FAIL", SuspectedCause.NONE, "There is no BILL API at Base URL"),
            (SIGN_IN, 404, "FAIL", SuspectedCause.NONE, "There is no BILL API at Base URL"),
            (SIGN_IN_AGAIN, 404, "FAIL", SuspectedCause.NONE, "There is no BILL API at Base URL"),
            (ESTABLISHED, 200, "RETRY", SuspectedCause.NONE, "kept returning invalid responses"),
            (ESTABLISHED, 422, "RETRY", SuspectedCause.SESSION, "kept returning invalid responses"),
            (ESTABLISHED, 403, "RETRY", SuspectedCause.SESSION, "Something between this machine"),
            (ESTABLISHED, 404, "FAIL", SuspectedCause.NONE, "BILL has no such list"),
            (
                SIGN_IN_AGAIN,
                422,
                "RETRY",
                SuspectedCause.SESSION,
                "kept returning invalid responses",
            ),
        ],
    )
    def test_what_is_not_bills_is_a_wrong_address_at_first_and_may_pass_later(
        self, phase: Phase, status: int, action: str, suspected_cause: SuspectedCause, words: str
    ) -> None:
        resolution = classify(status, b"<html>", phase, NO_MASK)

        assert (resolution.action.name, resolution.suspected_cause) == (action, suspected_cause)
        assert words in str(resolution.error)

    def test_a_4xx_that_is_not_bills_may_be_about_the_form_of_the_request(self) -> None:
        assert isinstance(classify(422, b"<html>", ESTABLISHED, NO_MASK).error, AmbiguousRejection)

    @pytest.mark.parametrize("phase", [SIGN_IN, SIGN_IN_AGAIN])
    @pytest.mark.parametrize("code", [None, "BDC_1109", "BDC_1145", "BDC_1361", "BDC_4711"])
    def test_any_refusal_of_a_login_names_the_credentials(
        self, phase: Phase, code: str | None
    ) -> None:
        resolution = resolution_of(code, 400, "words", phase)

        assert resolution.action is ResponseAction.FAIL
        assert "BILL refused the sign-in. Check username, password" in str(resolution.error)

    def test_a_login_that_finds_no_slot_is_retried_like_a_fault(self) -> None:
        assert resolution_of("BDC_1322", 422, "words", SIGN_IN).action is ResponseAction.RETRY

    @quick
    @given(STATUSES, st.text(max_size=30), st.text(min_size=1, max_size=30))
    def test_of_a_login_nothing_is_quoted(self, status: int, code: str, text: str) -> None:
        quoted = f"<{text}>"
        body = orjson.dumps([{"code": f"{code} {quoted}", "message": quoted}])

        error = classify(status, body, SIGN_IN, NO_MASK).error

        assert error.internal_message == f"HTTP {status}, no code"
        assert quoted not in str(error)


class TestTransportErrors:
    @pytest.mark.parametrize("phase", PHASES)
    def test_an_untrusted_server_is_final(self, phase: Phase) -> None:
        error = TransportError("the server's TLS certificate could not be verified", final=True)

        resolution = classify_transport_error(error, phase, "bill.example", is_bill_host=False)

        assert resolution.action is ResponseAction.FAIL
        assert "could not be trusted" in str(resolution.error)

    @pytest.mark.parametrize("phase", PHASES)
    def test_an_unreadable_certificate_file_is_not_blamed_on_the_server(self, phase: Phase) -> None:
        error = UnreadableCertificates()

        resolution = classify_transport_error(error, phase, "bill.example", is_bill_host=False)

        assert resolution.action is ResponseAction.FAIL
        assert resolution.error.failure_type is FailureType.config_error
        assert "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read" in str(resolution.error)
        assert "Base URL" not in str(resolution.error)

    @pytest.mark.parametrize("unreachable", [True, False])
    @pytest.mark.parametrize("phase", PHASES)
    def test_the_internal_message_of_a_lost_response_is_its_reason(
        self, phase: Phase, *, unreachable: bool
    ) -> None:
        error = TransportError("connecting took too long", unreachable=unreachable)

        resolution = classify_transport_error(error, phase, "bill.example", is_bill_host=False)

        reason = "no complete response: connecting took too long"
        assert resolution.error.internal_message == reason

    @pytest.mark.parametrize("phase", PHASES)
    def test_a_response_that_does_not_arrive_is_retried(self, phase: Phase) -> None:
        error = TransportError("no response in time")

        resolution = classify_transport_error(error, phase, "bill.example", is_bill_host=False)

        assert (resolution.action, resolution.suspected_cause) == (
            ResponseAction.RETRY,
            SuspectedCause.NONE,
        )
        assert resolution.error.failure_type is FailureType.transient_error
        assert phase.what in str(resolution.error)

    def test_a_host_never_reached_is_a_wrong_base_url(self) -> None:
        error = TransportError("no connection", unreachable=True)

        resolution = classify_transport_error(error, SIGN_IN, "bill.example", is_bill_host=False)

        assert resolution.suspected_cause is SuspectedCause.ADDRESS
        assert resolution.error.failure_type is FailureType.config_error
        assert "Cannot reach bill.example. Check Base URL" in str(resolution.error)

    def test_bills_own_host_never_reached_is_the_networks_fault(self) -> None:
        error = TransportError("no connection", unreachable=True)

        resolution = classify_transport_error(
            error, SIGN_IN, "gateway.prod.bill.com", is_bill_host=True
        )

        assert resolution.error.failure_type is FailureType.transient_error
        assert "network" in str(resolution.error)

    def test_a_host_reached_before_may_come_back(self) -> None:
        error = TransportError("no connection", unreachable=True)

        resolution = classify_transport_error(
            error, ESTABLISHED, "bill.example", is_bill_host=False
        )

        assert resolution.suspected_cause is SuspectedCause.NONE
        assert "could not be reached while reading bills" in str(resolution.error)


class TestMasking:
    @pytest.mark.parametrize("quoted", ["x" * 187 + " {}", "with other white space {}", "{}"])
    def test_secrets_are_masked_before_a_quote_is_cut(self, quoted: str) -> None:
        secret = "hush  hush\tkey"
        body = bill_error("BDC_7777", 400, quoted.format(secret)).body

        error = classify(400, body, ESTABLISHED, SecretMask(secret)).error

        assert "hush" not in f"{error} {error.internal_message}"

    def test_a_secret_in_place_of_a_code_is_masked(self) -> None:
        body = bill_error("of hush-hush", 400).body

        assert "hush" not in str(classify(400, body, ESTABLISHED, SecretMask("hush-hush")).error)

    @pytest.mark.parametrize("phase", [SIGN_IN, ESTABLISHED])
    @pytest.mark.parametrize("secret", ["HUSH_1234", "BDC_87654321", "BDC_8765"])
    def test_a_secret_of_the_form_of_a_code_is_masked(self, phase: Phase, secret: str) -> None:
        body = bill_error(secret, 400).body

        error = classify(400, body, phase, SecretMask(secret)).error

        assert secret not in str(error)
        assert secret not in str(error.internal_message)

    def test_a_secret_that_is_part_of_a_code_does_not_hide_the_code(self) -> None:
        body = bill_error("BDC_1322", 422).body

        resolution = classify(422, body, ESTABLISHED, SecretMask("bdc"))

        assert resolution.action is ResponseAction.WAIT_FOR_SLOT
