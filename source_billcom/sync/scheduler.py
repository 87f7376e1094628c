"""Reads all streams of a sync at once, as far as BILL's three calls at a time allow.

Threads read, one hands on. A thread that finds nothing left to begin takes the later half off the
longest list still being read, so that three calls are under way until the last page: fixed windows
of time cannot do that, being too many for a quiet year and too few for a busy day.

It takes the place of the CDK's concurrent source, whose unit is one record and whose partitions are
fixed before they are read.
"""

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from airbyte_cdk.models import AirbyteMessage, AirbyteStreamStatus, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.api.query import Row
from source_billcom.clock import Clock
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import Batch
from source_billcom.sync.messages import (
    estimate_message,
    failure_message,
    state_message,
    status_message,
)
from source_billcom.sync.stream_progress import Part, StreamProgress

# one more than the calls BILL allows, so that a place is never left empty between two pages
READER_THREADS = 4
_BATCHES_AHEAD = 32
_CHECKPOINT_ROWS = 1_000
_CHECKPOINT_SECONDS = 30.0
_LOOK_ROUND_SECONDS = 1.0

logger = logging.getLogger("airbyte.source_billcom")


@dataclass(frozen=True)
class RecordPage:
    """Rows of one stream, to be handed on before anything that comes after them."""

    stream: str
    rows: list[Row]


class _Mark(Enum):
    BEGUN = auto()
    DONE = auto()


@dataclass(frozen=True)
class _Event:
    progress: StreamProgress
    part: Part
    what: Batch | BaseException | _Mark


class Scheduler:
    """One sync of `jobs`, in their order; those that cannot be split should come first."""

    def __init__(self, streams_progress: Sequence[StreamProgress], clock: Clock) -> None:
        self._jobs = list(streams_progress)
        self._clock = clock
        self._events: queue.Queue[_Event] = queue.Queue(_BATCHES_AHEAD)
        self._changed = threading.Condition()
        self._waiting = [
            (progress, part)
            for progress in streams_progress
            for part in progress.parts
            if not part.is_over
        ]
        self._running: list[tuple[StreamProgress, Part]] = []
        self._is_stopped = False

    def run(self) -> Iterator[AirbyteMessage | RecordPage]:
        """Yield rows and messages until every stream is over.

        A stream that fails ends INCOMPLETE, its state where its rows are complete, and the others
        go on.
        """
        open_jobs = len(self._jobs)
        try:
            for _ in range(READER_THREADS):
                threading.Thread(target=self._read, name="bill-reader", daemon=True).start()
            while open_jobs:
                try:
                    event = self._events.get(timeout=_LOOK_ROUND_SECONDS)
                except queue.Empty:
                    pass
                else:
                    yield from self._take(event)
                    open_jobs -= event.what is _Mark.DONE and event.progress.is_over
                yield from self._overdue_states()
        finally:
            with self._changed:
                self._is_stopped = True
                self._changed.notify_all()

    def _take(self, event: _Event) -> Iterator[AirbyteMessage | RecordPage]:
        progress, part, what = event.progress, event.part, event.what
        if what is _Mark.BEGUN:
            if not progress.has_started:
                progress.has_started = True
                progress.state_at = self._clock.monotonic()
                yield status_message(progress.name, AirbyteStreamStatus.STARTED)
        elif what is _Mark.DONE:
            part.is_over, part.is_complete = True, not progress.failures
            if progress.is_over:
                yield from self._end(progress)
        elif isinstance(what, BaseException):
            if not progress.failures:
                yield failure_message(progress.name, what)
            progress.failures.append(what)
        elif isinstance(what, Batch) and not progress.failures:
            yield from self._hand_on(progress, part, what)

    def _hand_on(
        self, progress: StreamProgress, part: Part, batch: Batch
    ) -> Iterator[AirbyteMessage | RecordPage]:
        if batch.rows:
            if not progress.rows:
                yield status_message(progress.name, AirbyteStreamStatus.RUNNING)
            yield RecordPage(progress.name, batch.rows)
            progress.rows += len(batch.rows)
            progress.rows_since_state += len(batch.rows)
        part.record(batch)
        if progress.rows_since_state >= _CHECKPOINT_ROWS:
            yield from self._checkpoint(progress)

    def _end(self, progress: StreamProgress) -> Iterator[AirbyteMessage]:
        if not progress.failures:
            progress.update_cursor()
            if progress.cursor:
                progress.cursor.finish()
            yield estimate_message(progress.name, progress.rows)
            yield state_message(progress.name, progress.state())
        else:
            yield from self._checkpoint(progress)
        logger.info("Read %d rows of %s.", progress.rows, progress.name)
        status = (
            AirbyteStreamStatus.INCOMPLETE if progress.failures else AirbyteStreamStatus.COMPLETE
        )
        yield status_message(progress.name, status)

    def _checkpoint(self, progress: StreamProgress) -> Iterator[AirbyteMessage]:
        if progress.cursor is None:
            return
        progress.update_cursor()
        progress.rows_since_state = 0
        progress.state_at = self._clock.monotonic()
        yield estimate_message(progress.name, progress.estimate())
        yield state_message(progress.name, progress.state())

    def _overdue_states(self) -> Iterator[AirbyteMessage]:
        """Give the states of rows that are out, however long BILL lets the next ones wait."""
        latest = self._clock.monotonic() - _CHECKPOINT_SECONDS
        for progress in self._jobs:
            if progress.rows_since_state and progress.state_at <= latest and not progress.is_over:
                yield from self._checkpoint(progress)

    def _read(self) -> None:
        with suppress(_Stopped):
            while (task := self._next()) is not None:
                progress, part = task
                self._put(_Event(progress, part, _Mark.BEGUN))
                try:
                    self._read_part(progress, part)
                except _Stopped:
                    raise
                except BaseException as failure:  # noqa: BLE001 - told by who hands on
                    self._put(_Event(progress, part, failure))
                with self._changed:
                    self._running.remove(task)
                    self._changed.notify_all()
                self._put(_Event(progress, part, _Mark.DONE))

    def _read_part(self, progress: StreamProgress, part: Part) -> None:
        for batch in part.reader or ():
            progress.normalizer.normalize_page(batch.rows)
            self._put(_Event(progress, part, batch))
            if progress.failures:
                return
            with self._changed:
                self._changed.notify_all()

    def _next(self) -> tuple[StreamProgress, Part] | None:
        """Return what to read next; None when there is nothing left that could be read."""
        with self._changed:
            while not self._is_stopped:
                task = self._waiting.pop(0) if self._waiting else self._split_longest()
                if task is not None:
                    self._running.append(task)
                    return task
                if not self._running:
                    self._changed.notify_all()
                    return None
                self._changed.wait(_LOOK_ROUND_SECONDS)
            return None

    def _split_longest(self) -> tuple[StreamProgress, Part] | None:
        """Take the later half off the reader with the most pages left."""
        by_length = sorted(
            (
                (part.reader.pages_left(), progress, part, part.reader)
                for progress, part in self._running
                if part.reader
            ),
            key=lambda entry: -entry[0],
        )
        for pages, progress, part, reader in by_length:
            if not pages or progress.failures:
                continue
            later = reader.split()
            if later is not None:
                return progress, progress.split(part, later, later.start)
        return None

    def _put(self, event: _Event) -> None:
        while True:
            with self._changed:
                if self._is_stopped:
                    raise _Stopped
            try:
                self._events.put(event, timeout=_LOOK_ROUND_SECONDS)
            except queue.Full:
                continue
            return


class _Stopped(Exception):
    """Nobody takes what is read any more: ends a reading thread, and is no failure of the sync."""


def failure_of(streams_progress: Sequence[StreamProgress]) -> ConnectorError | None:
    """Return the error with which a sync ends whose streams failed; None where none did.

    The platform takes it from the exit code that a sync failed, and from the kind whether to try
    again: a stream for which BILL was down for a while must not look like a wrong configuration.
    """
    failed = [progress for progress in streams_progress if progress.failures]
    if not failed:
        return None
    kinds = {
        failure.failure_type
        if isinstance(failure, AirbyteTracedException)
        else FailureType.system_error
        for progress in failed
        for failure in progress.failures
    }
    kind = FailureType.config_error
    for candidate in (FailureType.system_error, FailureType.transient_error):
        if candidate in kinds:
            kind = candidate
    names = ", ".join(progress.name for progress in failed)
    return ConnectorError(
        "a stream failed",
        f"These streams could not be read to the end, each for the reason told before: {names}.",
        kind,
    )
