"""The state of an incremental stream: the newest updatedTime up to which every row was emitted.

It is never the current time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from source_billcom.api.query import UPDATED
from source_billcom.errors import config_error
from source_billcom.lists.archived import ARCHIVED_LISTED, ArchivedVisibility
from source_billcom.lists.batch import TimeRange
from source_billcom.times import format_time, parse_time

# BILL did not exist yet. A full refresh starts here, so that it reads everything and still uses the
# filter on updatedTime.
EARLIEST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
FULL_REFRESH = "full_refresh"
READ_AHEAD = "read_ahead"
# the clock of this machine may be behind BILL's, but not by a day
_CLOCK_TOLERANCE = timedelta(days=1)
_MAX_QUOTED = 40

State = dict[str, Any]


class UpdatedTimeCursor:
    """The position of one stream that is read by updatedTime.

    The state is `{"updatedTime": "<ISO 8601, UTC>"}`, and every row up to that time was emitted. It
    has up to three more fields:

    - `"full_refresh": true` while a full refresh is not finished.
    - `"read_ahead": [{"from": ..., "to": ...}]`: later time ranges whose rows were emitted too. The
      next sync skips them. A version that does not know the field reads them again.
    - `"archived_listed": true` once the list has returned an archived row.

    `start` is the updatedTime from which `begin_sync` lets a sync read; None for all rows.
    """

    def __init__(self, stream_name: str, saved_state: Mapping[str, Any]) -> None:
        self.archived_visibility = ArchivedVisibility(
            are_listed=saved_state.get(ARCHIVED_LISTED) is True
        )
        self.read_ahead: list[tuple[datetime, datetime]] = []
        self.start: datetime | None = None
        self.is_full_refresh = False
        self._stream_name = stream_name
        self._saved = saved_state
        self._resumed_from: datetime | None = None
        self._covered: datetime | None = None
        self._read_ahead_limit: datetime | None = None
        self._saved_read_ahead: Any = None

    @property
    def resumes(self) -> bool:
        """Whether the sync continues from a saved state."""
        return self._resumed_from is not None

    @property
    def state(self) -> State:
        """The content of a state message. It is the saved state until more rows are covered."""
        state = self._covered_state()
        limit = self._read_ahead_limit
        read_ahead = [
            {"from": format_time(start), "to": format_time(min(end, limit or end))}
            for start, end in self.read_ahead
            if limit is None or start < limit
        ]
        if read_ahead:
            if self.is_full_refresh:
                state[FULL_REFRESH] = True
            state[READ_AHEAD] = read_ahead
        if state and self.archived_visibility.are_listed:
            state[ARCHIVED_LISTED] = True
        return state

    def _covered_state(self) -> State:
        is_unmoved = self._covered == self._resumed_from and not self.is_full_refresh
        if self._covered is None or is_unmoved:
            return {
                key: self._saved[key] for key in (UPDATED, FULL_REFRESH) if self._saved.get(key)
            }
        state: State = {UPDATED: format_time(self._covered)}
        return {**state, FULL_REFRESH: True} if self.is_full_refresh else state

    def begin_sync(
        self, anchor: datetime, lookback: timedelta, now: datetime, *, full_refresh: bool = False
    ) -> TimeRange:
        """Return the time range to read in a sync that starts at `now`.

        It starts at `anchor`, or `lookback` before the saved state if there is one. A full refresh
        reads everything, because it replaces the whole table. It resumes only from the state of a
        full refresh that was interrupted.

        Raises:
            ConnectorError: the saved state is not a time, or is in the future.
        """
        self.is_full_refresh = full_refresh
        resumes = not full_refresh or bool(self._saved.get(FULL_REFRESH))
        self._resumed_from = _saved_time(self._saved, self._stream_name) if resumes else None
        self._covered = self._resumed_from
        # Rows may become visible late [UNKNOWN]. The lookback reads the newest rows again, so they
        # must not count as read ahead.
        self._read_ahead_limit = max(now, EARLIEST_TIME + lookback) - lookback
        self._saved_read_ahead = self._saved.get(READ_AHEAD) if resumes else None
        if self._resumed_from is None:
            self.start = None if full_refresh else anchor
            return TimeRange(self.start or EARLIEST_TIME, now)
        if self._resumed_from > now + _CLOCK_TOLERANCE:
            raise config_error(
                f"The saved state of {self._stream_name} ({format_time(self._resumed_from)}) is in "
                "the future. Clear this stream's data and sync again. Check the clock of this "
                "machine."
            )
        self.start = max(self._resumed_from, EARLIEST_TIME + lookback) - lookback
        return TimeRange(self.start, max(now, self._resumed_from))

    def advance(self, moment: datetime | None) -> None:
        """Record that all rows up to `moment` were emitted. The position never moves back."""
        if moment is not None and (self._covered is None or moment > self._covered):
            self._covered = moment

    def finish(self) -> None:
        """Record that the whole range was read, so that the state needs no other field."""
        self.is_full_refresh = False
        self.read_ahead = []

    def already_read(self, interval: TimeRange) -> list[tuple[datetime, datetime]]:
        """Return the time ranges inside `interval` that an earlier sync read ahead, in order.

        It returns none of them if the saved list is not valid. Reading rows again loses nothing.
        """
        ranges = []
        previous_end = interval.start
        saved = self._saved_read_ahead
        for entry in saved if isinstance(saved, list) else ():
            texts = (entry.get("from"), entry.get("to")) if isinstance(entry, dict) else (0, 0)
            start, end = (parse_time(text) if isinstance(text, str) else None for text in texts)
            if start is None or end is None or not previous_end < start < end < interval.end:
                return []
            ranges.append((start, end))
            previous_end = end
        return ranges


def _saved_time(state: Mapping[str, Any], stream_name: str) -> datetime | None:
    value = state.get(UPDATED)
    if value is None or value == "":
        return None  # no state yet, or the state of a stream without a cursor
    moment = parse_time(value) if isinstance(value, str) else None
    if moment is None:
        raise config_error(
            f"The saved state of {stream_name} ({str(value)[:_MAX_QUOTED]!r}) is not a valid time. "
            "Clear this stream's data and sync again."
        )
    return moment
