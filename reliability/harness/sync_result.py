"""The result of one sync: its records, states, statuses and errors in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

_LONGEST_MESSAGE = 400
_SHORTEST_MESSAGE = 30


class Event(NamedTuple):
    """One Airbyte message.

    `content` is a row, a state message, the name of a status, or the message of an error. An error
    that is about no stream has the stream "".
    """

    kind: Literal["record", "state", "status", "error"]
    stream: str
    content: Any


@dataclass(frozen=True)
class SyncResult:
    """One sync. `crash` is set if it ended in a way that a platform cannot show to a user."""

    events: tuple[Event, ...]
    seconds: float = 0.0
    crash: str | None = None

    @property
    def records(self) -> int:
        """The number of records."""
        return sum(event.kind == "record" for event in self.events)

    @property
    def complete(self) -> frozenset[str]:
        """The streams with the status COMPLETE."""
        return frozenset(
            event.stream
            for event in self.events
            if event.kind == "status" and event.content == "COMPLETE"
        )

    @property
    def errors(self) -> tuple[Event, ...]:
        """The errors that were emitted."""
        return tuple(event for event in self.events if event.kind == "error")

    @property
    def error_messages(self) -> tuple[str, ...]:
        """The messages of the errors, each once."""
        return tuple(dict.fromkeys(str(event.content) for event in self.errors))

    @property
    def succeeded(self) -> bool:
        """Whether the sync had no error at all, as the exit code tells a platform."""
        return not self.errors and self.crash is None

    @property
    def failed_cleanly(self) -> bool:
        """Whether the sync failed with messages that a user understands, and without a crash.

        The CDK's last error joins the messages of all streams. So errors about no stream only count
        if there is no error about a stream.
        """
        shown = [event for event in self.errors if event.stream] or list(self.errors)
        are_clear = all(is_user_message(str(event.content)) for event in shown)
        return self.crash is None and bool(shown) and are_clear

    def until(self, count: int) -> SyncResult:
        """Return what a platform has seen if the connector dies after its first `count` events."""
        return SyncResult(self.events[:count], self.seconds, None)

    def repeated(self) -> dict[str, int]:
        """Count, by stream, the rows that were emitted more than once in the same version."""
        seen: Counter[tuple[str, bytes]] = Counter(
            (event.stream, orjson.dumps(event.content, option=orjson.OPT_SORT_KEYS))
            for event in self.events
            if event.kind == "record"
        )
        repeated: Counter[str] = Counter()
        for (stream, _), times in seen.items():
            repeated[stream] += times - 1
        return {stream: times for stream, times in repeated.items() if times}


def is_user_message(text: str) -> bool:
    """Return whether a text is fit for a user: one line of a sensible length, with a period."""
    return (
        _SHORTEST_MESSAGE < len(text) < _LONGEST_MESSAGE
        and text.endswith(".")
        and text.isprintable()
        and "Traceback" not in text
    )


def result_of(
    messages: Iterable[Json], seconds: float = 0.0, crash: str | None = None
) -> SyncResult:
    """Build a result from the Airbyte messages on stdout."""
    events = (event_of(message) for message in messages)
    return SyncResult(tuple(event for event in events if event is not None), seconds, crash)


def event_of(message: Json) -> Event | None:
    """Convert a message to an event. Return None for other messages, such as logs."""
    kind = message["type"]
    if kind == "RECORD":
        return Event("record", message["record"]["stream"], message["record"]["data"])
    if kind == "STATE":
        descriptor = message["state"]["stream"]["stream_descriptor"]
        return Event("state", descriptor["name"], message["state"])
    if kind == "TRACE":
        return _trace_event(message["trace"])
    return None


def _trace_event(trace: Json) -> Event | None:
    if trace["type"] == "STREAM_STATUS":
        status = trace["stream_status"]
        return Event("status", status["stream_descriptor"]["name"], status["status"])
    if trace["type"] == "ERROR":
        descriptor = trace["error"].get("stream_descriptor") or {}
        return Event("error", descriptor.get("name") or "", trace["error"]["message"])
    return None
