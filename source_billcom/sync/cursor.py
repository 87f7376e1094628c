"""The state of an incremental stream: the newest updatedTime seen, never "now"."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from source_billcom.api.query import UPDATED
from source_billcom.errors import config_error
from source_billcom.lists.archived import ARCHIVED_LISTED, ArchivedVisibility
from source_billcom.lists.batch import TimeRange
from source_billcom.times import format_time, parse_time

# before BILL existed: a full refresh reads everything, still with the filter that is known to work
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
UNFINISHED = "full_refresh"
READ_AHEAD = "read_ahead"
# this machine's clock may run behind BILL's, but not by a day
_CLOCK_TOLERANCE = timedelta(days=1)

State = dict[str, Any]


class UpdatedTimeCursor:
    """Where one stream stands that is read by updatedTime.

    The state is `{"updatedTime": "<ISO 8601, UTC>"}`; any ISO 8601 form is read. It covers every
    row up to that time, so a sync that is cut off resumes at its last checkpoint. One that also has
    `"full_refresh": true` is of a full refresh under way. Times beyond, between which rows were out
    when a sync was cut off, are in `"read_ahead": [{"from": ..., "to": ...}]`: they need not be
    read again, and a version that does not know of them does so.
    """

    def __init__(self, stream_name: str, given: Mapping[str, Any]) -> None:
        self.archived_visibility = ArchivedVisibility(are_listed=given.get(ARCHIVED_LISTED) is True)
        self._stream_name = stream_name
        self._given = given
        self._initial: datetime | None = None
        self._covered: datetime | None = None
        self._is_marked = False
        self._ahead_ends: datetime | None = None
        self._had_ahead: Any = None
        self.ahead: list[tuple[datetime, datetime]] = []

    @property
    def state(self) -> State:
        """The state as it goes into a state message: what was given until more is covered."""
        ahead = [
            {"from": format_time(start), "to": format_time(min(end, self._ahead_ends or end))}
            for start, end in self.ahead
            if self._ahead_ends is None or start < self._ahead_ends
        ]
        state = self._state_covered()
        if ahead:
            state |= {**({UNFINISHED: True} if self._is_marked else {}), READ_AHEAD: ahead}
        return (
            {**state, ARCHIVED_LISTED: True}
            if state and self.archived_visibility.are_listed
            else state
        )

    def _state_covered(self) -> State:
        if self._covered is None or (self._covered == self._initial and not self._is_marked):
            kept = (UPDATED, UNFINISHED)
            return {key: self._given[key] for key in kept if self._given.get(key)}
        state: State = {UPDATED: format_time(self._covered)}
        return {**state, UNFINISHED: True} if self._is_marked else state

    def interval(
        self, anchor: datetime, lookback: timedelta, now: datetime, *, full_refresh: bool = False
    ) -> TimeRange:
        """Return what this sync has to read, the sync having started at `now`.

        With a state it begins `lookback` before it, without one at `anchor`. A full refresh reads
        everything: it would otherwise replace a table by its latest rows. Only the state of a full
        refresh that was cut off is continued from, which the platform asks for.

        Raises:
            ConnectorError: the given state is not a time, or lies in the future.
        """
        self._is_marked = full_refresh
        is_continued = not full_refresh or bool(self._given.get(UNFINISHED))
        self._initial = _time_in(self._given, self._stream_name) if is_continued else None
        self._covered = self._initial
        # what becomes visible late [UNKNOWN] may be missing among the latest rows read ahead
        self._ahead_ends = max(now, BEGINNING + lookback) - lookback
        self._had_ahead = self._given.get(READ_AHEAD) if is_continued else None
        if self._initial is None:
            return TimeRange(BEGINNING if full_refresh else anchor, now)
        if self._initial > now + _CLOCK_TOLERANCE:
            raise config_error(
                f"The saved state of {self._stream_name} ({format_time(self._initial)}) lies in "
                "the future: reset this stream's state and check this machine's clock."
            )
        start = max(self._initial, BEGINNING + lookback) - lookback
        return TimeRange(start, max(now, self._initial))

    def cover(self, moment: datetime | None) -> None:
        """Take note that all rows up to `moment` have been handed on; it never goes back."""
        if moment is not None and (self._covered is None or moment > self._covered):
            self._covered = moment

    def finish(self) -> None:
        """Take note that all has been read: the state is one like any other now."""
        self._is_marked = False
        self.ahead = []

    def read_before(self, interval: TimeRange) -> list[tuple[datetime, datetime]]:
        """Return the times within `interval` between which an earlier sync has read already."""
        found = []
        at = interval.start
        for entry in self._had_ahead if isinstance(self._had_ahead, list) else ():
            given = (entry.get("from"), entry.get("to")) if isinstance(entry, dict) else (0, 0)
            start, end = (parse_time(text) if isinstance(text, str) else None for text in given)
            if start is None or end is None or not at < start < end < interval.end:
                return []  # no list of ranges: reading them again loses nothing
            found.append((start, end))
            at = end
        return found


def _time_in(state: Mapping[str, Any], stream_name: str) -> datetime | None:
    value = state.get(UPDATED)
    if value is None or value == "":
        return None  # no state yet, or that of a full refresh
    moment = parse_time(value) if isinstance(value, str) else None
    if moment is None:
        raise config_error(
            f"The saved state of {stream_name} ({str(value)[:40]!r}) is not a time: reset this "
            "stream's state."
        )
    return moment
