"""States that are wrong, come from another connector, or look wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from reliability.cases.input_case import Accepted, Case, Json, Rejected, as_bytes
from reliability.cases.messages import (
    NOT_A_STATE,
    NOT_JSON,
    NOT_UTF_8,
    SAVED_STATE_IN_THE_FUTURE,
    SAVED_STATE_NOT_A_TIME,
)

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
_LOOKBACK = timedelta(minutes=10)
_RESUMED = {"bills": MOMENT - _LOOKBACK, "roles": None}
_WHOLE: dict[str, datetime | None] = {"bills": None, "roles": None}
_FIRST = Accepted("no state: everything since the anchor date", _WHOLE)


def message(value: Any, stream: Any = "bills") -> Json:
    """Build the state message of one stream."""
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": value},
    }


def states(good: Json, catalog: Json) -> list[Case]:
    """Return all cases."""
    table = [*_files(), *_messages(), *_values()]
    return [
        Case(name, expected, as_bytes(good), as_bytes(catalog), as_bytes(content))
        for name, content, expected in table
    ]


def _files() -> list[tuple[str, Any, Rejected | Accepted]]:
    proper = [message({"updatedTime": "2026-06-01T00:00:00.000Z"})]
    text = json.dumps(proper)
    resumed = Accepted("resumes where it stopped", _RESUMED)
    return [
        ("an empty state file", "", NOT_JSON.naming("state file")),
        ("a state file cut in two", text[: len(text) // 2], NOT_JSON),
        ("lines of messages as read prints them", f"{text}\n{text}", NOT_JSON),
        ("a state in UTF-16", text.encode("utf-16"), resumed),
        ("a state with a byte order mark", b"\xef\xbb\xbf" + text.encode(), resumed),
        ("a state in latin-1", b'[{"type": "\xfc"}]', NOT_UTF_8),
        ("a state 100,000 deep", "[" * 100_000, NOT_JSON),
        ("a state of null", "null", _FIRST),
        ("an empty list of states", [], _FIRST),
        ("an empty object as state", {}, _FIRST),
        ("a number as state", 7, NOT_A_STATE),
        ("a text as state", '"2026-06-01"', NOT_A_STATE),
        ("true as state", "true", NOT_A_STATE),
        ("one message without a list", proper[0], NOT_A_STATE),
        (
            "an object with states by stream",
            {"bills": {"updatedTime": "2026-06-01"}},
            NOT_A_STATE,
        ),
        (
            "messages in read's envelope",
            [{"type": "STATE", "state": proper[0]}],
            NOT_A_STATE,
        ),
    ]


def _messages() -> list[tuple[str, Any, Rejected | Accepted]]:
    proper = message({"updatedTime": "2026-06-01T00:00:00.000Z"})
    earlier = message({"updatedTime": "2025-01-01T00:00:00.000Z"})
    shared = {
        "type": "GLOBAL",
        "global": {"shared_state": {}, "stream_states": [proper["stream"]]},
    }
    return [
        ("null among the states", [None], NOT_A_STATE),
        ("a list among the states", [[]], NOT_A_STATE),
        ("an empty message", [{}], NOT_A_STATE),
        (
            "a state of an unknown type",
            [{**proper, "type": "SOMEDAY"}],
            NOT_A_STATE,
        ),
        ("a state without a stream's name", [message({}, None)], NOT_A_STATE),
        ("a number as a stream's name", [message({}, 7)], NOT_A_STATE),
        (
            "a legacy message",
            [{"type": "LEGACY", "data": {"bills": {}}}],
            NOT_A_STATE,
        ),
        ("a global state", [shared], NOT_A_STATE),
        ("a state of an unknown stream", [message({"x": 1}, "checks")], _FIRST),
        ("two states of a stream", [earlier, proper], Accepted("the last one", _RESUMED)),
        ("a state of a full-refresh stream", [message({"updatedTime": "?"}, "roles")], _FIRST),
        ("a list as a stream's state", [message(["2026-06-01"])], NOT_A_STATE),
        ("a text as a stream's state", [message("2026-06-01")], NOT_A_STATE),
        ("null as a stream's state", [message(None)], _FIRST),
        ("an empty stream's state", [message({})], _FIRST),
        ("another cursor's state", [message({"createdTime": "2026-06-01"})], _FIRST),
        ("a low-code state of partitions", [message({"states": [], "parent_state": {}})], _FIRST),
    ]


def _values() -> list[tuple[str, Any, Rejected | Accepted]]:
    """Return values that may be saved instead of a time."""
    not_a_time = SAVED_STATE_NOT_A_TIME
    future = SAVED_STATE_IN_THE_FUTURE
    resumed = Accepted("the same moment", _RESUMED)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    cases: list[tuple[str, Any, Rejected | Accepted]] = [
        ("a word as cursor", "page 7", not_a_time),
        ("a number as cursor", 1_780_272_000, not_a_time),
        ("milliseconds as text as cursor", "1780272000000", not_a_time),
        ("true as cursor", True, not_a_time),
        ("false as cursor", False, not_a_time),
        ("zero as cursor", 0, not_a_time),
        ("a list as cursor", ["2026-06-01"], not_a_time),
        ("an object as cursor", {"time": "2026-06-01"}, not_a_time),
        ("a day that does not exist as cursor", "2026-02-30T00:00:00Z", not_a_time),
        ("a cursor with a NUL", "2026-06-01\x00", not_a_time),
        ("half a surrogate pair as cursor", "\ud83d", not_a_time),
        ("a cursor of 1,000,000 letters", "9" * 1_000_000, not_a_time),
        ("spaces as cursor", "   ", not_a_time),
        ("a cursor two days ahead", tomorrow, future),
        ("the last second of the calendar as cursor", "9999-12-31T23:59:59Z", future),
        ("null as cursor", None, _FIRST),
        ("an empty cursor", "", _FIRST),
        ("a day as cursor", "2026-06-01", resumed),
        ("a cursor in another zone", "2026-06-01T02:00:00+02:00", resumed),
        ("a cursor without a zone", "2026-06-01T00:00:00", resumed),
        ("a cursor in nanoseconds", "2026-06-01T00:00:00.000000000Z", resumed),
        ("the first second of the calendar as cursor", "0001-01-01T00:00:00Z", _FIRST),
    ]
    return [(name, [message({"updatedTime": value})], expected) for name, value, expected in cases]
