"""States that are wrong, come from elsewhere, or only look it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from reliability.cases.bad_input import Case, Json, Taken, Told, as_bytes, told

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
_LOOKBACK = timedelta(minutes=10)
_NOT_A_LIST = "not a list of Airbyte state messages"
_RESUMED = {"bills": MOMENT - _LOOKBACK, "roles": None}
_WHOLE: dict[str, datetime | None] = {"bills": None, "roles": None}
_FIRST = Taken("no state: all from the anchor date on", _WHOLE)


def message(value: Any, stream: Any = "bills") -> Json:
    """Make the state message of one stream."""
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": value},
    }


def states(good: Json, catalog: Json) -> list[Case]:
    """Give every case."""
    table = [*_files(), *_messages(), *_values()]
    return [
        Case(name, expected, as_bytes(good), as_bytes(catalog), as_bytes(content))
        for name, content, expected in table
    ]


def _files() -> list[tuple[str, Any, Told | Taken]]:
    proper = [message({"updatedTime": "2026-06-01T00:00:00.000Z"})]
    text = json.dumps(proper)
    resumed = Taken("where it stopped", _RESUMED)
    return [
        ("an empty state file", "", told("state file", "not valid JSON")),
        ("a state file cut in two", text[: len(text) // 2], told("not valid JSON")),
        ("lines of messages as read prints them", f"{text}\n{text}", told("not valid JSON")),
        ("a state in UTF-16", text.encode("utf-16"), resumed),
        ("a state with a byte order mark", b"\xef\xbb\xbf" + text.encode(), resumed),
        ("a state in latin-1", b'[{"type": "\xfc"}]', told("UTF-8")),
        ("a state 100,000 deep", "[" * 100_000, told("not valid JSON")),
        ("a state of null", "null", _FIRST),
        ("an empty list of states", [], _FIRST),
        ("an empty object as state", {}, _FIRST),
        ("a number as state", 7, told(_NOT_A_LIST)),
        ("a text as state", '"2026-06-01"', told(_NOT_A_LIST)),
        ("true as state", "true", told(_NOT_A_LIST)),
        ("one message without a list", proper[0], told(_NOT_A_LIST)),
        ("a state of old, by stream", {"bills": {"updatedTime": "2026-06-01"}}, told(_NOT_A_LIST)),
        ("messages in read's envelope", [{"type": "STATE", "state": proper[0]}], told(_NOT_A_LIST)),
    ]


def _messages() -> list[tuple[str, Any, Told | Taken]]:
    proper = message({"updatedTime": "2026-06-01T00:00:00.000Z"})
    earlier = message({"updatedTime": "2025-01-01T00:00:00.000Z"})
    shared = {
        "type": "GLOBAL",
        "global": {"shared_state": {}, "stream_states": [proper["stream"]]},
    }
    return [
        ("null among the states", [None], told(_NOT_A_LIST)),
        ("a list among the states", [[]], told(_NOT_A_LIST)),
        ("a message that says nothing", [{}], told(_NOT_A_LIST)),
        ("a state of an unknown type", [{**proper, "type": "SOMEDAY"}], told(_NOT_A_LIST)),
        ("a state without a stream's name", [message({}, None)], told(_NOT_A_LIST)),
        ("a number as a stream's name", [message({}, 7)], told(_NOT_A_LIST)),
        ("a legacy message", [{"type": "LEGACY", "data": {"bills": {}}}], told(_NOT_A_LIST)),
        ("a global state", [shared], told(_NOT_A_LIST)),
        ("a state of a stream that is gone", [message({"x": 1}, "checks")], _FIRST),
        ("two states of a stream", [earlier, proper], Taken("the last one", _RESUMED)),
        ("a state of a list read whole", [message({"updatedTime": "?"}, "roles")], _FIRST),
        ("a list as a stream's state", [message(["2026-06-01"])], told(_NOT_A_LIST)),
        ("a text as a stream's state", [message("2026-06-01")], told(_NOT_A_LIST)),
        ("null as a stream's state", [message(None)], _FIRST),
        ("an empty stream's state", [message({})], _FIRST),
        ("another cursor's state", [message({"createdTime": "2026-06-01"})], _FIRST),
        ("a low-code state of partitions", [message({"states": [], "parent_state": {}})], _FIRST),
    ]


def _values() -> list[tuple[str, Any, Told | Taken]]:
    """Give what may stand in the place of a bill's newest updatedTime."""
    not_a_time = Told(("saved state of bills", "not a valid time", "Reset"), "bills")
    future = Told(("saved state of bills", "future"), "bills")
    resumed = Taken("the same moment", _RESUMED)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    cases: list[tuple[str, Any, Told | Taken]] = [
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
        ("blanks as cursor", "   ", not_a_time),
        ("a cursor of two days ahead", tomorrow, future),
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
