"""The messages about BILL's responses: each names what was done, advises, and has its type."""

from collections.abc import Callable
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from source_billcom.api import error_messages
from source_billcom.config import PRODUCTION
from source_billcom.errors import AmbiguousRejection, ConnectorError, RequestRejected

WHAT = "reading bills"
INTERNAL = "HTTP 400, BDC_4711: BILL's own words"
CONFIG, TRANSIENT = FailureType.config_error, FailureType.transient_error
MESSAGES: dict[Callable[..., ConnectorError], FailureType] = {
    error_messages.session_refused: CONFIG,
    error_messages.not_permitted: CONFIG,
    error_messages.mfa_required: CONFIG,
    error_messages.no_such_list: CONFIG,
    error_messages.no_api_at_base_url: CONFIG,
    error_messages.foreign_response: CONFIG,
    error_messages.access_refused: CONFIG,
    error_messages.redirected: CONFIG,
    error_messages.session_ended: TRANSIENT,
    error_messages.hourly_limit_reached: TRANSIENT,
    error_messages.slots_busy: TRANSIENT,
    error_messages.service_failing: TRANSIENT,
    error_messages.invalid_responses: TRANSIENT,
}


@pytest.mark.parametrize(("message", "failure_type"), MESSAGES.items())
def test_a_message_says_what_was_done_and_has_the_type_that_decides_about_a_retry(
    message: Callable[..., ConnectorError], failure_type: FailureType
) -> None:
    error = message(WHAT, INTERNAL)

    assert f" {WHAT}" in str(error)
    assert error.failure_type is failure_type


@pytest.mark.parametrize("message", MESSAGES)
def test_what_bill_said_is_for_support_alone(message: Callable[..., ConnectorError]) -> None:
    error = message(WHAT, INTERNAL)

    assert error.internal_message == INTERNAL
    assert "BDC_4711" not in str(error)


@pytest.mark.parametrize("code", error_messages.CREDENTIAL_MESSAGES)
def test_a_refused_credential_has_the_message_of_its_code(code: str) -> None:
    error = error_messages.credentials_refused(code, INTERNAL)

    assert str(error) == error_messages.CREDENTIAL_MESSAGES[code]
    assert (error.failure_type, error.internal_message) == (CONFIG, INTERNAL)


def test_two_codes_never_share_a_message() -> None:
    messages = error_messages.CREDENTIAL_MESSAGES.values()

    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize(("is_bill_host", "failure_type"), [(True, TRANSIENT), (False, CONFIG)])
def test_base_url_is_suspected_only_if_the_host_is_not_bills(
    *, is_bill_host: bool, failure_type: FailureType
) -> None:
    error = error_messages.unreachable("bill.example.com", "timeout", is_bill_host=is_bill_host)

    assert "bill.example.com" in str(error)
    assert error.failure_type is failure_type
    assert (PRODUCTION in str(error)) is not is_bill_host


def test_a_rejected_request_quotes_bill_and_can_be_sent_in_another_form() -> None:
    error = error_messages.request_rejected(WHAT, "BDC_4711", 400, "unknown sort", INTERNAL)

    assert isinstance(error, RequestRejected)
    assert "(BDC_4711, HTTP 400: unknown sort)" in str(error)


@pytest.mark.parametrize("is_rejection", [True, False])
def test_an_invalid_response_is_a_rejection_only_if_its_status_says_so(
    *, is_rejection: bool
) -> None:
    error = error_messages.invalid_responses(WHAT, INTERNAL, is_rejection=is_rejection)

    assert isinstance(error, AmbiguousRejection) is is_rejection
    assert (error.failure_type, error.internal_message) == (TRANSIENT, INTERNAL)


@pytest.mark.parametrize(
    ("error", "words", "failure_type"),
    [
        (error_messages.sign_in_refused(INTERNAL), "refused the sign-in", CONFIG),
        (error_messages.untrusted_server(WHAT, "self-signed"), "(self-signed)", CONFIG),
        (error_messages.unencrypted_public_host("bill.com"), "host bill.com", CONFIG),
        (error_messages.connection_lost(WHAT, "reset"), "(reset)", TRANSIENT),
        (error_messages.stopped(), "was stopped", TRANSIENT),
        (error_messages.still_signing_in(), "still signing in", TRANSIENT),
        (error_messages.unreadable_certificate_file(), "certificate file", CONFIG),
    ],
)
def test_the_other_messages_give_their_reason(
    error: Any, words: str, failure_type: FailureType
) -> None:
    assert words in str(error)
    assert error.failure_type is failure_type
