"""The CDK's entrypoint, with RECORD lines written a page at a time.

A record's way through the CDK, a message object, a serializer and a buffer of text for each, costs
more than reading and parsing it. Everything but records goes that way still; a test holds the lines
written here against those the CDK writes.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStateStats,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
)

from source_billcom.source import SourceBillcom
from source_billcom.sync.messages import now_ms
from source_billcom.sync.scheduler import RecordPage


def launch(source: SourceBillcom, arguments: list[str]) -> None:
    """Run one command of `source` and print its messages."""
    entrypoint = RecordPageEntrypoint(source)
    parsed = entrypoint.parse_args(arguments)
    with PRINT_BUFFER:
        for message in entrypoint.run(parsed):
            print(f"{message}\n", end="")  # noqa: T201 - stdout is the protocol
            # the CDK's buffer keeps what comes within a tenth of a second of the last line until
            # there is a next one, and BILL may let that wait for minutes
            PRINT_BUFFER.flush()


class RecordPageEntrypoint(AirbyteEntrypoint):
    """Prints the records of a page at once, and everything else as the CDK does."""

    def __init__(self, source: SourceBillcom) -> None:
        super().__init__(source)
        self._pages = source

    def read(
        self,
        source_spec: ConnectorSpecification,
        config: Any,
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage],
    ) -> Iterator[AirbyteMessage]:
        """Print records, and yield the other messages, each STATE with its count of records."""
        self.set_up_secret_filter(config, source_spec.connectionSpecification)
        self.validate_connection(source_spec, config)
        counts: Counter[str] = Counter()
        for message in self._pages.read_in_pages(self.logger, config, catalog, state):
            if isinstance(message, RecordPage):
                write_lines(message)
                counts[message.stream] += len(message.rows)
                self._memory_monitor.check_memory_usage()
                continue
            if message.state and message.state.stream:
                name = message.state.stream.stream_descriptor.name
                message.state.sourceStats = AirbyteStateStats(
                    recordCount=float(counts.pop(name, 0))
                )
            yield message
        yield from self._emit_queued_messages(self.source)


def write_lines(page: RecordPage) -> None:
    """Write the RECORD lines of a page to stdout, whole, behind all that was printed before."""
    lines = record_lines(page, now_ms())
    if sys.stdout is not PRINT_BUFFER:  # as where a test reads along
        sys.stdout.write(lines.decode())
        return
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        stdout = sys.__stdout__
        if stdout is not None:
            stdout.buffer.write(lines)
            stdout.buffer.flush()


def record_lines(page: RecordPage, emitted_at: int) -> bytes:
    """Build the RECORD lines of a page as the CDK would; `emitted_at` in ms since 1970."""
    before = b'{"type":"RECORD","record":{"stream":%b,"data":' % orjson.dumps(page.stream)
    after = b',"emitted_at":%d}}\n' % emitted_at
    dumps = orjson.dumps
    lines: list[bytes] = []
    for row in page.rows:
        data = dumps(row)
        # the word may stand in a text as well; to look at each value costs more than to look twice
        lines += before, dumps(_without_nulls(row)) if b"null" in data else data, after
    return b"".join(lines)


def _without_nulls(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the nulls at the top of a row, as the CDK's serializer does."""
    return {name: value for name, value in row.items() if value is not None}
