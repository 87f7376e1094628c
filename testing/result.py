"""What one run of the connector printed, as one frozen value."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from airbyte_cdk.models import AirbyteMessageSerializer

from testing.catalog import schema_of
from testing.rows import assert_fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testing.rows import Json


@dataclass(frozen=True)
class Result:
    """One run of a command that has ended.

    Attributes:
        exit_code: negative where a signal ended the process.
        seconds: from the start to the end, by the wall clock.
        messages: stdout, line by line.

    """

    exit_code: int
    stdout: str = field(repr=False)
    stderr: str
    seconds: float
    messages: tuple[Json, ...] = field(repr=False)

    @classmethod
    def of(
        cls, exit_code: int, lines: Sequence[str], stderr: str, seconds: float, *, debug: bool
    ) -> Self:
        """Build the result from the lines of stdout.

        Raises:
            AssertionError: a line is no Airbyte message, or a record does not fit its schema.

        """
        messages = tuple(_message(line, debug=debug) for line in lines)
        for message in messages:
            if message["type"] == "RECORD":
                record = message["record"]
                assert_fits([record["data"]], record["stream"], schema_of(record["stream"]))
        return cls(exit_code, "".join(lines), stderr, seconds, messages)

    def of_type(self, kind: str) -> list[Json]:
        """Return the messages of a type, such as RECORD, without their envelope."""
        field = {"CONNECTION_STATUS": "connectionStatus"}.get(kind, kind.lower())
        return [message[field] for message in self.messages if message["type"] == kind]

    @functools.cached_property
    def records(self) -> dict[str, list[Json]]:
        """The records' data by stream, in order."""
        found: dict[str, list[Json]] = {}
        for record in self.of_type("RECORD"):
            found.setdefault(record["stream"], []).append(record["data"])
        return found

    @property
    def states(self) -> list[Json]:
        """The state messages in order, each with stream, stream_state and record_count."""
        return [
            {
                "stream": state["stream"]["stream_descriptor"]["name"],
                "stream_state": state["stream"].get("stream_state"),
                "record_count": state.get("sourceStats", {}).get("recordCount"),
            }
            for state in self.of_type("STATE")
        ]

    @property
    def newest_states(self) -> dict[str, Json]:
        """The last state of each stream."""
        return {state["stream"]: state["stream_state"] for state in self.states}

    @property
    def state_file(self) -> list[Json]:
        """The last state message of each stream: the content of the next read's state file."""
        newest = {s["stream"]["stream_descriptor"]["name"]: s for s in self.of_type("STATE")}
        return list(newest.values())

    @property
    def statuses(self) -> dict[str, list[str]]:
        """The statuses of each stream in order: STARTED, RUNNING, COMPLETE or INCOMPLETE."""
        found: dict[str, list[str]] = {}
        for trace in self.of_type("TRACE"):
            if trace["type"] == "STREAM_STATUS":
                status = trace["stream_status"]
                name = status["stream_descriptor"]["name"]
                found.setdefault(name, []).append(status["status"])
        return found

    @property
    def errors(self) -> list[Json]:
        """The TRACE ERROR messages: message, internal_message, failure_type, stream_descriptor."""
        return [t["error"] for t in self.of_type("TRACE") if t["type"] == "ERROR"]

    @property
    def logs(self) -> list[str]:
        """The log lines, without their level."""
        return [log["message"] for log in self.of_type("LOG")]

    @property
    def warnings(self) -> list[str]:
        """The log lines of level WARN."""
        return [log["message"] for log in self.of_type("LOG") if log["level"] == "WARN"]

    @property
    def connection_status(self) -> Json:
        """What `check` found: status and message."""
        (status,) = self.of_type("CONNECTION_STATUS")
        return dict(status)

    @property
    def sentence(self) -> str:
        """The sentence that the user of a failed run reads.

        It is the message of `check`, or of the only TRACE ERROR of a read.
        """
        if self.of_type("CONNECTION_STATUS"):
            return str(self.connection_status["message"])
        (error,) = self.errors
        return str(error["message"])

    def sentence_of(self, stream: str) -> str:
        """Return the message of the only TRACE ERROR about a stream."""
        (error,) = (e for e in self.errors if _stream_of(e) == stream)
        return str(error["message"])


def _stream_of(error: Json) -> str | None:
    name: str | None = (error.get("stream_descriptor") or {}).get("name")
    return name


def _message(line: str, *, debug: bool) -> Json:
    """Parse a line of stdout, which must be an Airbyte message.

    With --debug the CDK adds lines of a type of its own, DEBUG, which platforms take as text.
    """
    try:
        message: Json = json.loads(line)
        if not (debug and message["type"] == "DEBUG"):
            AirbyteMessageSerializer.load(message)
    except Exception as error:
        raise AssertionError(f"not an Airbyte message: {line[:500]!r}") from error
    return message
