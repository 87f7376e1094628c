"""The messages of a sync, as they look when the CDK prints them."""

import json
import logging
from typing import Any

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage, AirbyteStreamStatus
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from source_billcom.errors import ConnectorError, config_error
from source_billcom.sync.messages import (
    estimate_message,
    failure_message,
    now_ms,
    record_message,
    state_message,
    status_message,
)

SECRET = "correct-horse-battery"


def printed(message: AirbyteMessage) -> Any:
    """Return a message as it is printed."""
    return json.loads(AirbyteEntrypoint.airbyte_message_to_string(message))


def error_of(failure: BaseException) -> Any:
    """Return the printed error of a stream that this failure ended."""
    message = printed(failure_message("bills", failure))
    assert (message["type"], message["trace"]["type"]) == ("TRACE", "ERROR")
    return message["trace"]["error"]


def test_a_record_has_its_stream_row_and_time() -> None:
    assert printed(record_message("bills", {"id": "1", "lines": []}, 1_773_145_230_123)) == {
        "type": "RECORD",
        "record": {
            "stream": "bills",
            "data": {"id": "1", "lines": []},
            "emitted_at": 1_773_145_230_123,
        },
    }


def test_a_state_is_of_one_stream() -> None:
    assert printed(state_message("bills", {"updatedTime": "2026-01-01"})) == {
        "type": "STATE",
        "state": {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": "bills"},
                "stream_state": {"updatedTime": "2026-01-01"},
            },
        },
    }


def test_a_state_message_does_not_change_with_the_cursor_it_was_made_of() -> None:
    state = {"updatedTime": "2026-01-01"}
    message = state_message("bills", state)

    state["updatedTime"] = "2026-02-02"

    assert printed(message)["state"]["stream"]["stream_state"] == {"updatedTime": "2026-01-01"}


def test_a_status_has_its_stream() -> None:
    trace = printed(status_message("bills", AirbyteStreamStatus.RUNNING))["trace"]

    assert trace["type"] == "STREAM_STATUS"
    assert trace["stream_status"]["stream_descriptor"] == {"name": "bills"}
    assert trace["stream_status"]["status"] == "RUNNING"


def test_an_estimate_counts_the_rows_of_its_stream() -> None:
    trace = printed(estimate_message("bills", 1_250))["trace"]

    assert trace["type"] == "ESTIMATE"
    assert trace["estimate"] == {"name": "bills", "type": "STREAM", "row_estimate": 1_250}


def test_now_is_in_milliseconds() -> None:
    assert len(str(now_ms())) == 13


class TestFailure:
    def test_one_of_the_connector_keeps_its_sentence_and_has_no_stack_trace(self) -> None:
        error = error_of(config_error("Reset the state.", "HTTP 400"))

        assert error == {
            "message": "Reset the state.",
            "internal_message": "HTTP 400",
            "failure_type": "config_error",
            "stream_descriptor": {"name": "bills"},
        }

    def test_any_other_is_an_unexpected_error_with_its_stack_trace(self) -> None:
        try:
            raise ZeroDivisionError("one by zero")
        except ZeroDivisionError as failure:
            error = error_of(failure)

        assert error["message"] == (
            "The connector hit an unexpected error while reading bills. Please report it, "
            "including the internal message and stack trace."
        )
        assert error["internal_message"] == "one by zero"
        assert "test_messages.py" in error["stack_trace"]
        assert error["failure_type"] == "system_error"
        assert error["stream_descriptor"] == {"name": "bills"}

    @pytest.mark.parametrize(
        "failure", [KeyError(f"with {SECRET}"), ConnectorError(f"with {SECRET}", f"for {SECRET}")]
    )
    def test_secrets_are_masked_in_all_its_texts(self, failure: BaseException) -> None:
        update_secrets([SECRET])

        assert SECRET not in json.dumps(error_of(failure))

    def test_it_is_logged_with_its_stream(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.ERROR)

        failure_message("bills", config_error("Reset the state."))

        assert caplog.messages == ["bills failed: Reset the state."]
