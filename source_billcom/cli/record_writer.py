"""Runs the CDK's entrypoint, but writes the RECORD lines of a page at once.

The CDK builds a message object, serializes it and buffers its text for each record, which costs
more than to read and parse the record. All other messages still go through the CDK. A test compares
the lines written here with those of the CDK, byte for byte.
"""

import logging
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

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
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets

from source_billcom.masking import register_secrets
from source_billcom.sync.messages import RecordPage, now_ms

if TYPE_CHECKING:
    from airbyte_cdk.sources.source import Source


class PagedSource(Protocol):
    """A CDK source that also reads the records of a page together."""

    def read_in_pages(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage | RecordPage]:
        """Yield records in pages, and all other messages one by one."""


def launch(source: PagedSource, arguments: list[str]) -> None:
    """Run one command of `source` and print its messages."""
    entrypoint = RecordPageEntrypoint(source)
    parsed = entrypoint.parse_args(arguments)
    with PRINT_BUFFER:
        for message in entrypoint.run(parsed):
            print(f"{message}\n", end="")  # noqa: T201 - stdout is the protocol
            # The CDK's buffer keeps a line that comes within 0.1 s of the last one until the next
            # line, for which BILL may let the sync wait for minutes.
            PRINT_BUFFER.flush()


class RecordPageEntrypoint(AirbyteEntrypoint):
    """Writes the records of a page together, and all other messages as the CDK does."""

    def __init__(self, source: PagedSource) -> None:
        super().__init__(cast("Source", source))
        self._paged_source = source

    @staticmethod
    def set_up_secret_filter(config: Any, connection_specification: Mapping[str, Any]) -> None:
        """Have secrets masked in log lines, except those that may be words of the lines."""
        register_secrets(get_secrets(connection_specification, config))

    def read(
        self,
        source_spec: ConnectorSpecification,
        config: Any,
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage],
    ) -> Iterator[AirbyteMessage]:
        """Write records, and yield other messages, each STATE with its record count."""
        self.set_up_secret_filter(config, source_spec.connectionSpecification)
        self.validate_connection(source_spec, config)
        counts: Counter[str] = Counter()
        for message in self._paged_source.read_in_pages(self.logger, config, catalog, state):
            if isinstance(message, RecordPage):
                write_records(message)
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


def write_records(page: RecordPage) -> None:
    """Write the RECORD lines of a page to stdout after everything that was printed before."""
    lines = record_lines(page, now_ms())
    if sys.stdout is not PRINT_BUFFER:  # a test that captures stdout
        sys.stdout.write(lines.decode())
        return
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        stdout = sys.__stdout__
        if stdout is not None:
            stdout.buffer.write(lines)
            stdout.buffer.flush()


def record_lines(page: RecordPage, emitted_at: int) -> bytes:
    """Return the RECORD lines of a page; `emitted_at` is in milliseconds since 1970."""
    before = b'{"type":"RECORD","record":{"stream":%b,"data":' % orjson.dumps(page.stream)
    after = b',"emitted_at":%d}}\n' % emitted_at
    dumps = orjson.dumps
    lines: list[bytes] = []
    for row in page.rows:
        data = dumps(row)
        # Few rows contain "null" (perhaps in a text). To serialize those twice is cheaper than to
        # look at each value of every row.
        lines += before, dumps(_without_nulls(row)) if b"null" in data else data, after
    return b"".join(lines)


def _without_nulls(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the null fields of a row, as the CDK's serializer does; nested nulls stay."""
    return {name: value for name, value in row.items() if value is not None}
