"""One sync as its reader sees it: records, states, statuses and errors in the order they came."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

_LONGEST_SENTENCE = 400
_SHORTEST_SENTENCE = 30


class Event(NamedTuple):
    """One message. `content` is a row, a state message, a status' name or an error's sentence.

    An error that is about no stream has the stream "".
    """

    kind: Literal["record", "state", "status", "error"]
    stream: str
    content: Any


@dataclass(frozen=True)
class Run:
    """One sync. `crash` is an exception that no platform would show as a sentence."""

    events: tuple[Event, ...]
    seconds: float = 0.0
    crash: str | None = None

    @property
    def records(self) -> int:
        """How many records came."""
        return sum(event.kind == "record" for event in self.events)

    @property
    def complete(self) -> frozenset[str]:
        """The streams that were reported COMPLETE."""
        return frozenset(
            event.stream
            for event in self.events
            if event.kind == "status" and event.content == "COMPLETE"
        )

    @property
    def errors(self) -> tuple[Event, ...]:
        """The errors that were told."""
        return tuple(event for event in self.events if event.kind == "error")

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the errors say, each once."""
        return tuple(dict.fromkeys(str(event.content) for event in self.errors))

    @property
    def succeeded(self) -> bool:
        """Whether nothing at all went wrong, as the exit code says to a platform."""
        return not self.errors and self.crash is None

    @property
    def failed_cleanly(self) -> bool:
        """Whether it failed as it may: in sentences a user understands, and without a crash.

        The CDK closes with an error about no stream that strings together those of the streams; it
        is held to be one sentence only where it stands alone.
        """
        told = [event for event in self.errors if event.stream] or list(self.errors)
        sentences = all(is_one_sentence(str(event.content)) for event in told)
        return self.crash is None and bool(told) and sentences

    def until(self, count: int) -> Run:
        """Give what a platform has seen when the connector dies behind its first `count` events."""
        return Run(self.events[:count], self.seconds, None)

    def repeated(self) -> dict[str, int]:
        """Count, by stream, the rows that came more than once in the very same version."""
        seen: Counter[tuple[str, bytes]] = Counter(
            (event.stream, orjson.dumps(event.content, option=orjson.OPT_SORT_KEYS))
            for event in self.events
            if event.kind == "record"
        )
        repeated: Counter[str] = Counter()
        for (stream, _), times in seen.items():
            repeated[stream] += times - 1
        return {stream: times for stream, times in repeated.items() if times}


def is_one_sentence(text: str) -> bool:
    """Tell a text for a user: one line that ends, neither a word nor a page."""
    return (
        _SHORTEST_SENTENCE < len(text) < _LONGEST_SENTENCE
        and text.endswith(".")
        and "\n" not in text
        and "Traceback" not in text
    )


def of_messages(messages: Iterable[Json], seconds: float = 0.0, crash: str | None = None) -> Run:
    """Read a run off Airbyte messages as they stand on stdout."""
    events = (event_of(message) for message in messages)
    return Run(tuple(event for event in events if event is not None), seconds, crash)


def event_of(message: Json) -> Event | None:
    """Give a message as an event; None for what says nothing about the data, as logs."""
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
