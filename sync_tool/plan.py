"""What one run reads of each stream: its mode, where it continues, and what it then covers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from source_billcom.times import format_time, parse_time
from sync_tool.arguments import Options
from sync_tool.destinations import State, Table
from sync_tool.ranges import (
    EARLIEST,
    EVERYTHING,
    CoveredRanges,
    Range,
    Ranges,
    latest_start,
    without,
)
from sync_tool.streams import Stream, declared_streams

_UPDATED = "updatedTime"
_READ_AHEAD = "read_ahead"


class PlanError(Exception):
    """The run cannot do what was asked for. The message is one sentence for the user."""


@dataclass(frozen=True)
class Start:
    """Where incremental reading begins: `anchor` without a state, and `lookback` before a state."""

    anchor: datetime
    lookback: timedelta


@dataclass(frozen=True)
class StreamPlan:
    """What a run reads of one stream.

    `replaces`: the rows replace the table as a whole. `ranges` are covered once it is complete.
    `state` is what the connector continues from. `is_first`: the table covers nothing yet.
    """

    stream: Stream
    replaces: bool
    ranges: Ranges
    state: State | None = None
    is_first: bool = False

    @property
    def table(self) -> Table:
        """The table that the rows go into."""
        stream = self.stream
        return Table(stream.name, stream.json_schema(), stream.primary_key, self.replaces)

    @property
    def sync_mode(self) -> str:
        """The stream's mode in Airbyte's words."""
        return "full_refresh" if self.replaces else "incremental"


def plan_streams(
    options: Options, states: Mapping[str, State], covered: CoveredRanges, start: Start
) -> list[StreamPlan]:
    """Plan every chosen stream; for a backfill, those that were synced before.

    Raises:
        PlanError: none of the streams to backfill was synced before.
    """
    streams = [declared_streams()[name] for name in options.streams]
    plans = [
        _plan(stream, options.full_refresh, states.get(stream.name), covered, start)
        for stream in streams
    ]
    if options.backfill is None:
        return plans
    # one that this user may not read, for example, has nothing that could be read again
    synced = [plan for plan in plans if not plan.is_first]
    if not synced:
        raise PlanError(
            f"There is nothing to backfill yet, because the database has no sync of "
            f"{', '.join(options.streams)}. Run a sync first. --since chooses where it begins."
        )
    asked = _backfill_range(options.backfill)
    return [_backfill(plan, asked, start.lookback) for plan in synced]


def _plan(
    stream: Stream,
    full_refresh: Collection[str],
    saved: State | None,
    covered: CoveredRanges,
    start: Start,
) -> StreamPlan:
    if not stream.is_incremental:
        return StreamPlan(stream, replaces=True, ranges=(EVERYTHING,))
    reading = covered.reading(stream.name)
    state = _with_time(saved, reading or covered.of(stream.name))
    if stream.name in full_refresh and reading != (EVERYTHING,):
        if state is not None:
            return StreamPlan(stream, replaces=True, ranges=(EVERYTHING,))
        # Nothing to replace: read everything in the way that can be interrupted and continued.
        earliest = {_UPDATED: format_time(EARLIEST)}
        return StreamPlan(
            stream, replaces=False, ranges=(EVERYTHING,), state=earliest, is_first=True
        )
    if state is None:
        first = Range(max(start.anchor, EARLIEST))
        return StreamPlan(stream, replaces=False, ranges=(first,), is_first=True)
    return StreamPlan(stream, replaces=False, ranges=reading, state=state)


def _with_time(state: State | None, ranges: Ranges) -> State | None:
    """Return a state that has a time; None if nothing was read.

    The state of a stream without rows has none, nor has one whose first rows are still missing. The
    connector would then start at its anchor date, which may have changed.
    """
    if state is None or not ranges:
        return None
    begins = latest_start(ranges) or min(each.start for each in ranges)
    return state if state.get(_UPDATED) else {**state, _UPDATED: format_time(begins)}


def _backfill_range(days: tuple[date, date]) -> Range:
    first, last = days
    end = datetime.combine(last, time(), UTC) + timedelta(days=1)
    return Range(max(datetime.combine(first, time(), UTC), EARLIEST), end)


def _backfill(plan: StreamPlan, asked: Range, lookback: timedelta) -> StreamPlan:
    """Change a plan so that it reads the range `asked` again, besides what is new.

    The state names what was read: everything up to a time, and ranges after it (`read_ahead`),
    which the connector skips. So a state that goes back to the beginning of the range, and has what
    follows the range as read ahead, makes the connector read just the range and what is new. If
    this is interrupted, the next run continues from the state that the connector has then emitted.
    """
    state = dict(plan.state or {})
    reached = _time(state[_UPDATED])
    resumes = min(asked.start, reached)
    known = [Range(resumes, max(resumes, reached - lookback)), *_read_ahead(state)]
    left = [each for each in without(known, asked) if each.start > resumes]
    state[_UPDATED] = format_time(resumes)
    state[_READ_AHEAD] = [
        {"from": format_time(each.start), "to": format_time(each.end)} for each in left if each.end
    ]
    return replace(plan, ranges=(*plan.ranges, asked), state=state)


def _read_ahead(state: Mapping[str, Any]) -> list[Range]:
    return [
        Range(_time(entry["from"]), _time(entry["to"])) for entry in state.get(_READ_AHEAD) or ()
    ]


def _time(text: str) -> datetime:
    moment = parse_time(text)
    if moment is None:
        raise PlanError(f"The database has a state with an invalid time: {text!r}.")
    return moment
