"""The lines of the reader as values. They are written by the connector's own code."""

import orjson
import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, AirbyteStreamStatus

from source_billcom.cli.record_writer import record_lines
from source_billcom.errors import config_error
from source_billcom.sync.messages import (
    RecordPage,
    estimate_message,
    failure_message,
    state_message,
    status_message,
)
from sync_tool.messages import Estimate, Failure, Log, Row, StateOf, Status, parse

AWKWARD = {"id": "1", "name": '},"emitted_at":5}} "x" ünï\n', "amount": 0.1, "lines": [{"a": {}}]}


def parsed(message: AirbyteMessage) -> object:
    return parse(orjson.dumps(AirbyteMessageSerializer.dump(message)))


def test_a_row_is_taken_out_with_its_bytes_unchanged() -> None:
    lines = record_lines(RecordPage("bills", [AWKWARD, {"id": "2"}]), 1_700_000_000_000)

    rows = [parse(line) for line in lines.splitlines()]

    assert rows == [Row("bills", orjson.dumps(AWKWARD)), Row("bills", b'{"id":"2"}')]


def test_states_estimates_and_statuses_name_their_stream() -> None:
    assert parsed(state_message("bills", {"updatedTime": "x"})) == StateOf(
        "bills", {"updatedTime": "x"}
    )
    assert parsed(estimate_message("bills", 7)) == Estimate("bills", 7)
    status = status_message("bills", AirbyteStreamStatus.COMPLETE)
    assert parsed(status) == Status("bills", "COMPLETE")


def test_an_expected_error_is_its_sentence() -> None:
    failure = config_error("Do this.", "HTTP 403")

    assert parsed(failure_message("bills", failure)) == Failure("bills", "Do this.")
    assert parsed(failure.as_airbyte_message()) == Failure(None, "Do this.")


def test_an_unexpected_error_has_the_details_that_its_message_asks_to_report() -> None:
    found = parsed(failure_message("bills", RuntimeError("odd")))

    assert isinstance(found, Failure)
    assert "unexpected error while reading bills" in found.text
    assert "odd" in found.details


def test_a_log_line_has_its_level() -> None:
    line = b'{"type":"LOG","log":{"level":"INFO","message":"Waiting."}}'

    assert parse(line) == Log("INFO", "Waiting.")


def test_other_messages_are_dropped_and_other_lines_are_refused() -> None:
    assert parse(b'{"type":"SPEC","spec":{}}') is None
    with pytest.raises(ValueError, match="line 1 column 1"):
        parse(b"no message")
