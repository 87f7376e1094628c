"""The state of an incremental stream: the newest updatedTime seen, never "now"."""

from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField, FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_billcom.ascent import Batch
from source_billcom.clock import Clock
from source_billcom.errors import config_error
from source_billcom.listing import UPDATED, Row, format_time
from source_billcom.reading import Range
from source_billcom.settings import parse_time

# before BILL existed: a full refresh reads everything, still with the filter that is known to work
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
UNFINISHED = "full_refresh"
_CHECKPOINT_ROWS = 1_000
_CHECKPOINT_SECONDS = 30.0
# this machine's clock may run behind BILL's, but not by a day
_CLOCK_TOLERANCE = timedelta(days=1)


class UpdatedTimeCursor(Cursor):
    """Follows one stream that is read in ascending updatedTime and emits its state on the way.

    The state is `{"updatedTime": "<ISO 8601, UTC>"}`; any ISO 8601 form is read. One that also has
    `"full_refresh": true` is of a full refresh under way. It covers every
    row up to that time, so a sync that is cut off resumes at its last checkpoint. Should BILL not
    keep the order it was asked for, the state stands where that showed until all is read.
    """

    cursor_field = CursorField(UPDATED)

    def __init__(
        self,
        stream_name: str,
        states: ConnectorStateManager,
        messages: MessageRepository,
        clock: Clock,
    ) -> None:
        self._stream_name = stream_name
        self._states = states
        self._messages = messages
        self._clock = clock
        self._given = states.get_stream_state(stream_name, None)
        self._initial: datetime | None = None
        self._covered: datetime | None = None
        self._newest: datetime | None = None
        self._is_marked = False
        self._rows_since = 0
        self._emitted_at = clock.monotonic()
        self._has_emitted = False

    @property
    def state(self) -> MutableMapping[str, Any]:
        """The state as it goes into a state message: what was given until more is covered."""
        if self._covered is None or (self._covered == self._initial and not self._is_marked):
            kept = (UPDATED, UNFINISHED)
            return {key: self._given[key] for key in kept if self._given.get(key)}
        state: dict[str, Any] = {UPDATED: format_time(self._covered)}
        return {**state, UNFINISHED: True} if self._is_marked else state

    def interval(
        self, anchor: datetime, lookback: timedelta, now: datetime, *, full_refresh: bool = False
    ) -> Range:
        """Return what this sync has to read, the sync having started at `now`.

        With a state it begins `lookback` before it, without one at `anchor`. A full refresh reads
        everything: it would otherwise replace a table by its latest rows. Only the state of a full
        refresh that was cut off is continued from, which the platform asks for.

        Raises:
            BillError: the given state is not a time, or lies in the future.
        """
        self._is_marked = full_refresh
        is_continued = not full_refresh or bool(self._given.get(UNFINISHED))
        self._initial = _time_in(self._given, self._stream_name) if is_continued else None
        self._covered = self._newest = self._initial
        if self._initial is None:
            return Range(BEGINNING if full_refresh else anchor, now)
        if self._initial > now + _CLOCK_TOLERANCE:
            raise config_error(
                f"The saved state of {self._stream_name} ({format_time(self._initial)}) lies in "
                "the future: reset this stream's state and check this machine's clock."
            )
        start = max(self._initial, BEGINNING + lookback) - lookback
        return Range(start, max(now, self._initial))

    def batch_read(self, batch: Batch) -> None:
        """Take note of a batch whose rows have all been handed on; emit the state if it is time."""
        self._rows_since += len(batch.rows)
        if batch.covered is None:
            self._see(max(filter(None, map(_updated, batch.rows)), default=None))
            return
        self._see(batch.covered)
        self._covered = self._newest
        idle = self._clock.monotonic() - self._emitted_at
        if self._rows_since >= _CHECKPOINT_ROWS or idle >= _CHECKPOINT_SECONDS:
            self._emit()

    def _see(self, moment: datetime | None) -> None:
        if moment is not None and (self._newest is None or moment > self._newest):
            self._newest = moment

    def observe(self, record: Record) -> None:
        """Do nothing per record: pages are observed whole, which is cheaper and as exact."""

    def close_partition(self, partition: Partition) -> None:  # noqa: ARG002 - one a stream
        """Emit the state of the finished stream, which covers all that was seen."""
        self._covered = self._newest
        self._is_marked = False
        self._emit()

    def ensure_at_least_one_state_emitted(self) -> None:
        """Emit the state unless that was done: the platform expects one per stream and sync."""
        if not self._has_emitted:
            self._emit()

    def should_be_synced(self, record: Record) -> bool:  # noqa: ARG002
        """Keep every record BILL returns: its filter has decided already."""
        return True

    def _emit(self) -> None:
        self._states.update_state_for_stream(self._stream_name, None, self.state)
        self._messages.emit_message(self._states.create_state_message(self._stream_name, None))
        self._has_emitted = True
        self._rows_since = 0
        self._emitted_at = self._clock.monotonic()


class WholeListCursor(FinalStateCursor):
    """Closes a list that is read whole with the state that says so, before it is COMPLETE.

    The CDK's own emits it when the stream has been reported as done already.
    """

    _has_emitted = False

    def close_partition(self, partition: Partition) -> None:  # noqa: ARG002 - one a stream
        """Emit the state of the finished stream."""
        super().ensure_at_least_one_state_emitted()
        self._has_emitted = True

    def ensure_at_least_one_state_emitted(self) -> None:
        """Emit the state unless that was done."""
        if not self._has_emitted:
            super().ensure_at_least_one_state_emitted()


def _updated(row: Row) -> datetime | None:
    value = row.get(UPDATED)
    return parse_time(value) if isinstance(value, str) else None


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
