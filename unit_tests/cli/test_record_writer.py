"""Records written a page at a time: the lines are the CDK's, in order with the other messages."""

import io
import json
import logging
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
)
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.cli.record_writer import RecordPageEntrypoint, record_lines, write_records
from source_billcom.source import SourceBillcom
from source_billcom.sync.messages import (
    RecordPage,
    record_message,
    state_message,
    status_message,
)
from unit_tests.fakes import CONFIG, parse_the_cdks_schema_once, quick

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# values as they are parsed from JSON: no lone surrogates, and no integers beyond 64 bits
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
ROWS = st.lists(st.dictionaries(KEYS, JSON, max_size=8), max_size=4)
LOGGER = logging.getLogger("airbyte.SourceBillcom")
NO_CATALOG = ConfiguredAirbyteCatalog(streams=[])
EMITTED_AT = 1_773_145_230_123


def lines_of_the_cdk(page: RecordPage) -> bytes:
    """Return the lines that the CDK prints for a page."""
    messages = [record_message(page.stream, row, EMITTED_AT) for row in page.rows]
    lines = [f"{AirbyteEntrypoint.airbyte_message_to_string(each)}\n" for each in messages]
    return "".join(lines).encode()


class TestLines:
    @quick
    @given(st.text(st.characters(exclude_categories=["Cs"])), ROWS)
    def test_they_are_byte_for_byte_those_of_the_cdk(
        self, stream: str, rows: list[dict[str, Any]]
    ) -> None:
        page = RecordPage(stream, rows)

        assert record_lines(page, EMITTED_AT) == lines_of_the_cdk(page)

    @pytest.mark.parametrize(
        "row",
        [
            {},
            {"id": None},
            {"id": "1", "a": None, "b": {"c": None, "d": [None, {"e": None}]}},
            {"id": "1", "name": 'Österreich \N{PILE OF POO} \u2028\x00\\ "quoted"'},
            {"": 1, "amount": 0.1, "small": 5e-324, "large": 1.7976931348623157e308, "zero": -0.0},
            {"most": 2**64 - 1, "least": -(2**63), "whole": 1.0, "yes": True},
            {"odd": math.inf, "none": math.nan},
        ],
    )
    def test_so_are_those_of_unusual_rows(self, row: dict[str, Any]) -> None:
        page = RecordPage("bills", [row, {"id": "2"}])

        assert record_lines(page, EMITTED_AT) == lines_of_the_cdk(page)

    def test_a_page_without_rows_has_no_line(self) -> None:
        assert record_lines(RecordPage("bills", []), EMITTED_AT) == b""

    def test_the_row_itself_keeps_its_nulls(self) -> None:
        row = {"id": "1", "a": None}

        record_lines(RecordPage("bills", [row]), EMITTED_AT)

        assert row == {"id": "1", "a": None}


@contextmanager
def launched() -> Iterator[io.BytesIO]:
    """Replace stdout by a file, with the CDK's buffer in front of it as in `launch`."""
    written = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "__stdout__", io.TextIOWrapper(written, "utf-8"))
        patch.setattr(sys, "stdout", PRINT_BUFFER)
        yield written
        PRINT_BUFFER.flush()


class TestWriting:
    def test_lines_are_in_order_with_what_is_printed_before_and_after(self) -> None:
        with launched() as stdout:
            for number in range(3):
                sys.stdout.write(f"log {number}\n")
                write_records(RecordPage("bills", [{"id": f"{number}a"}, {"id": f"{number}b"}]))
            sys.stdout.write("end\n")
            PRINT_BUFFER.flush()
            lines = stdout.getvalue().decode().splitlines()
        said = [line if line[0] != "{" else json.loads(line)["record"]["data"] for line in lines]
        assert said == [
            *("log 0", {"id": "0a"}, {"id": "0b"}),
            *("log 1", {"id": "1a"}, {"id": "1b"}),
            *("log 2", {"id": "2a"}, {"id": "2b"}),
            "end",
        ]

    def test_a_page_is_not_kept_in_a_buffer(self) -> None:
        with launched() as stdout:
            write_records(RecordPage("bills", [{"id": "1", "name": "Ö"}]))
            line = stdout.getvalue()

        assert orjson.loads(line)["record"]["data"] == {"id": "1", "name": "Ö"}

    def test_lines_go_to_the_stdout_that_a_test_captures(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = io.StringIO()
        monkeypatch.setattr(sys, "stdout", elsewhere)

        write_records(RecordPage("bills", [{"id": "1"}]))

        assert json.loads(elsewhere.getvalue())["record"]["stream"] == "bills"

    def test_emitted_at_is_now_in_milliseconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("source_billcom.cli.record_writer.now_ms", lambda: EMITTED_AT)

        with launched() as stdout:
            write_records(RecordPage("bills", [{"id": "1"}]))
            line = stdout.getvalue()

        assert orjson.loads(line)["record"]["emitted_at"] == EMITTED_AT


def scripted(*script: AirbyteMessage | RecordPage) -> SourceBillcom:
    """Return a source whose read yields these messages."""
    source = SourceBillcom(config=CONFIG)
    source.read_in_pages = lambda *_: iter(script)  # type: ignore[method-assign]
    return source


class TestCounts:
    @pytest.fixture(autouse=True)
    def quickly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Do not parse the CDK's schema for each test."""
        parse_the_cdks_schema_once(monkeypatch)

    def counts(self, *script: AirbyteMessage | RecordPage) -> list[tuple[str, float]]:
        """Return the stream and the record count of each state."""
        return [
            (message.state.stream.stream_descriptor.name, message.state.sourceStats.recordCount)
            for message in self.messages(*script)
            if message.state and message.state.stream and message.state.sourceStats
        ]

    def messages(self, *script: AirbyteMessage | RecordPage) -> list[AirbyteMessage]:
        """Return the messages of the entrypoint for those of the source."""
        source = scripted(*script)
        entrypoint = RecordPageEntrypoint(source)
        return list(entrypoint.read(source.spec(LOGGER), CONFIG, NO_CATALOG, []))

    def test_a_state_has_the_number_of_records_since_the_last_one_of_its_stream(self) -> None:
        bills, vendors = state_message("bills", {}), state_message("vendors", {})

        assert self.counts(
            RecordPage("bills", [{"id": "1"}, {"id": "2"}]),
            RecordPage("vendors", [{"id": "3"}]),
            RecordPage("bills", [{"id": "4"}]),
            bills,
            RecordPage("bills", [{"id": "5"}]),
            vendors,
            state_message("bills", {}),
            state_message("bills", {}),
        ) == [("bills", 3.0), ("vendors", 1.0), ("bills", 1.0), ("bills", 0.0)]

    def test_the_count_is_where_the_protocol_has_it(self) -> None:
        page = RecordPage("bills", [{"id": "1"}, {"id": "2"}])

        (state,) = self.messages(page, state_message("bills", {"updatedTime": "x"}))

        assert (
            '"sourceStats":{"recordCount":2.0}'
            in RecordPageEntrypoint.airbyte_message_to_string(state)
        )

    def test_other_messages_keep_their_order_and_records_are_printed(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        started = status_message("bills", AirbyteStreamStatus.STARTED)
        complete = status_message("bills", AirbyteStreamStatus.COMPLETE)

        assert self.messages(started, RecordPage("bills", [{"id": "1"}]), complete) == [
            started,
            complete,
        ]
        assert json.loads(capsys.readouterr().out)["record"]["data"] == {"id": "1"}

    def test_a_wrong_configuration_is_refused_before_a_record_is_read(self) -> None:
        source = scripted(RecordPage("bills", [{"id": "1"}]))
        entrypoint = RecordPageEntrypoint(source)

        with pytest.raises(Exception, match="7 is not of type"):
            list(entrypoint.read(source.spec(LOGGER), {**CONFIG, "anchor_date": 7}, NO_CATALOG, []))


class TestMasking:
    def test_log_lines_are_masked_except_for_a_secret_that_may_be_a_word_of_theirs(self) -> None:
        spec = {
            "properties": {
                name: {"type": "string", "airbyte_secret": True} for name in ("password", "dev_key")
            }
        }
        config = {"password": "reading", "dev_key": "01ABCDEFDEVELOPERKEY"}

        RecordPageEntrypoint.set_up_secret_filter(config, spec)

        assert filter_secrets("reading 01ABCDEFDEVELOPERKEY") == "reading ****"
