"""The plan of a run: which mode, from which state, and what is covered afterwards."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from source_billcom.lists.batch import TimeRange
from source_billcom.sync.cursor import UpdatedTimeCursor
from sync_tool.arguments import Options
from sync_tool.plan import PlanError, Start, StreamPlan, plan_streams
from sync_tool.ranges import EVERYTHING, CoveredRanges, Range, as_json

ANCHOR = datetime(2025, 11, 26, tzinfo=UTC)
LOOKBACK = timedelta(minutes=10)
START = Start(ANCHOR, LOOKBACK)
NOW = datetime(2026, 11, 26, tzinfo=UTC)
STATE = {"updatedTime": "2026-10-01T00:00:00.000Z", "archived_listed": True}
SINCE_ANCHOR = {"read": as_json([Range(ANCHOR)]), "reading": []}


def options(*streams: str, full_refresh: tuple[str, ...] = (), **more: Any) -> Options:
    return Options("c.json", "b.duckdb", streams, frozenset(full_refresh), **more)


def plan(
    chosen: Options,
    states: Mapping[str, Any] | None = None,
    covered: Mapping[str, Any] | None = None,
) -> StreamPlan:
    (only,) = plan_streams(chosen, states or {}, CoveredRanges(covered or {}), START)
    return only


def ranges_read(planned: StreamPlan, anchor: datetime = NOW) -> list[tuple[datetime, datetime]]:
    """Return what the connector reads from a plan's state, as its own cursor decides it."""
    cursor = UpdatedTimeCursor("bills", planned.state or {})
    interval = cursor.begin_sync(anchor, LOOKBACK, NOW)
    assert isinstance(interval, TimeRange)
    unread, found = interval.start, []
    for start, end in cursor.already_read(interval):
        found.append((unread, start))
        unread = end
    return [*found, (unread, interval.end)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_list_without_times_is_read_whole_and_replaced() -> None:
    planned = plan(options("users"))

    assert (planned.sync_mode, planned.replaces) == ("full_refresh", True)
    assert planned.ranges == (EVERYTHING,)
    assert planned.table.replace
    assert planned.table.primary_key == ("id",)


def test_a_first_sync_begins_at_the_anchor_date() -> None:
    planned = plan(options("bills"))

    assert (planned.sync_mode, planned.replaces, planned.state) == ("incremental", False, None)
    assert planned.ranges == (Range(ANCHOR),)
    assert planned.is_first


def test_a_later_sync_continues_from_the_state() -> None:
    planned = plan(options("bills"), {"bills": STATE}, {"bills": SINCE_ANCHOR})

    assert (planned.state, planned.ranges, planned.is_first) == (STATE, (), False)


def test_an_unfinished_first_sync_completes_the_range_that_it_began() -> None:
    began = Range(at("2020-01-01"))
    unfinished = {"bills": {"read": [], "reading": as_json([began])}}

    planned = plan(options("bills"), {"bills": STATE}, unfinished)

    assert (planned.state, planned.ranges) == (STATE, (began,))


def test_a_state_without_a_time_gets_the_time_at_which_the_range_begins() -> None:
    """The connector would start at the anchor date of today's configuration."""
    unfinished = {"bills": {"read": [], "reading": as_json([Range(at("2020-01-01"))])}}

    planned = plan(options("bills"), {"bills": {"read_ahead": []}}, unfinished)

    assert planned.state == {"read_ahead": [], "updatedTime": "2020-01-01T00:00:00.000Z"}


def test_a_dropped_table_is_synced_from_the_start() -> None:
    assert plan(options("bills"), {}, {"bills": SINCE_ANCHOR}).is_first


def test_a_full_refresh_replaces_the_table() -> None:
    chosen = options("bills", full_refresh=("bills",))
    planned = plan(chosen, {"bills": STATE}, {"bills": SINCE_ANCHOR})

    assert (planned.sync_mode, planned.replaces, planned.state) == ("full_refresh", True, None)
    assert planned.ranges == (EVERYTHING,)


def test_a_full_refresh_of_nothing_can_be_interrupted_and_continued() -> None:
    chosen = options("bills", full_refresh=("bills",))
    first = plan(chosen)

    assert (first.replaces, first.is_first, first.ranges) == (False, True, (EVERYTHING,))
    assert ranges_read(first) == [(at("2000-01-01"), NOW)]

    unfinished = {"bills": {"read": [], "reading": as_json(first.ranges)}}
    again = plan(chosen, {"bills": STATE}, unfinished)
    assert (again.replaces, again.state, again.ranges) == (False, STATE, (EVERYTHING,))


def backfill(first: str, last: str, state: Mapping[str, Any] = STATE) -> StreamPlan:
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return plan(options("bills", backfill=days), {"bills": state}, {"bills": SINCE_ANCHOR})


RESUMED = (at("2026-10-01") - LOOKBACK, NOW)
"""What a sync without a backfill reads."""


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        # the last day is included, and the first begins one lookback earlier
        ("2024-01-01", "2024-12-31", [(at("2024-01-01") - LOOKBACK, at("2025-01-01")), RESUMED]),
        ("2026-02-01", "2026-02-01", [(at("2026-02-01") - LOOKBACK, at("2026-02-02")), RESUMED]),
        ("2026-09-01", "2026-11-26", [(at("2026-09-01") - LOOKBACK, NOW)]),
        ("2026-09-01", "2026-09-30", [(at("2026-09-01") - LOOKBACK, NOW)]),
    ],
)
def test_a_backfill_reads_its_range_and_what_is_new_and_nothing_between(
    first: str, last: str, expected: list[tuple[datetime, datetime]]
) -> None:
    planned = backfill(first, last)

    assert ranges_read(planned) == expected
    assert planned.state is not None
    assert planned.state["archived_listed"] is True
    assert planned.ranges[-1].start == at(first)


def test_a_backfill_of_an_unfinished_sync_reads_what_is_still_missing_too() -> None:
    state = {
        "updatedTime": "2026-02-01T00:00:00.000Z",
        "read_ahead": [
            {"from": "2026-05-01T00:00:00.000Z", "to": "2026-09-01T00:00:00.000Z"},
        ],
    }

    earlier = ranges_read(backfill("2024-01-01", "2024-01-31", state))
    inside = ranges_read(backfill("2026-06-01", "2026-06-30", state))

    assert earlier == [
        (at("2024-01-01") - LOOKBACK, at("2024-02-01")),
        (at("2026-02-01") - LOOKBACK, at("2026-05-01")),
        (at("2026-09-01"), NOW),
    ]
    assert inside == [
        (at("2026-02-01") - LOOKBACK, at("2026-05-01")),
        (at("2026-06-01"), at("2026-07-01")),
        (at("2026-09-01"), NOW),
    ]


def test_an_interrupted_backfill_is_completed_by_the_next_sync() -> None:
    asked = Range(at("2024-01-01"), at("2025-01-01"))
    unfinished = {**SINCE_ANCHOR, "reading": as_json([asked])}
    state = backfill("2024-01-01", "2024-12-31").state

    planned = plan(options("bills"), {"bills": state}, {"bills": unfinished})

    assert (planned.state, planned.ranges) == (state, (asked,))


def test_a_backfill_is_of_the_streams_that_were_synced() -> None:
    chosen = options("bills", "vendors", backfill=(date(2024, 1, 1), date(2024, 1, 31)))

    planned = plan(chosen, {"bills": STATE}, {"bills": SINCE_ANCHOR})

    assert planned.stream.name == "bills"


def test_there_is_no_backfill_of_what_was_never_synced() -> None:
    chosen = options("bills", "vendors", backfill=(date(2024, 1, 1), date(2024, 1, 31)))

    with pytest.raises(PlanError, match=r"no sync of bills, vendors\. Run a sync first"):
        plan_streams(chosen, {}, CoveredRanges({}), START)


def test_a_start_before_bill_existed_covers_everything() -> None:
    start = Start(datetime(1990, 1, 1, tzinfo=UTC), LOOKBACK)

    (planned,) = plan_streams(options("bills"), {}, CoveredRanges({}), start)

    assert planned.ranges == (EVERYTHING,)
