"""Reads all streams of a sync at the same time, within the three calls at once that BILL allows.

Reader threads fetch pages and put them into a queue. The thread that calls `run` takes them out and
yields them, so one thread alone changes the progress of the streams.

A reader thread that finds no part to start takes the later half of the longest list that is being
read. So three calls are in flight until the last page. Time windows of a fixed length cannot do
that: there would be too many for a quiet year and too few for a busy day. This is also why the
CDK's concurrent source is not used: its partitions are fixed before they are read, and it passes
records through its queue one by one.
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

from source_billcom.clock import Clock
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import Batch
from source_billcom.sync.messages import (
    RecordPage,
    estimate_message,
    failure_message,
    state_message,
    status_message,
)
from source_billcom.sync.stream_progress import Part, StreamProgress

# one more than the calls that BILL allows at once, so that no slot is idle between two pages
READER_THREADS = 4
_QUEUE_SIZE = 32  # batches
_CHECKPOINT_ROWS = 1_000
_CHECKPOINT_SECONDS = 30.0
_POLL_SECONDS = 1.0
# the platform stops a sync that is silent for long (see maxSecondsBetweenMessages in metadata.yaml)
_LOG_SECONDS = 60.0

logger = logging.getLogger("airbyte.source_billcom")


class _PartStatus(Enum):
    STARTED = auto()
    ENDED = auto()


@dataclass(frozen=True, eq=False)
class _Task:
    stream: StreamProgress
    part: Part


@dataclass(frozen=True)
class _Event:
    task: _Task
    content: Batch | BaseException | _PartStatus


class Scheduler:
    """Runs one sync of `streams`, and starts them in this order.

    Streams whose readers cannot be split should come first. They take as long as they take, and
    those that can be split then use the slots that are left.
    """

    def __init__(self, streams: Sequence[StreamProgress], clock: Clock) -> None:
        self._streams = list(streams)
        self._clock = clock
        self._events: queue.Queue[_Event] = queue.Queue(_QUEUE_SIZE)
        self._changed = threading.Condition()
        self._waiting = [
            _Task(stream, part) for stream in streams for part in stream.parts if not part.has_ended
        ]
        self._running: list[_Task] = []
        self._is_stopped = False
        self._last_log = clock.monotonic()

    def run(self) -> Iterator[AirbyteMessage | RecordPage]:
        """Yield records and messages until every stream has ended.

        A stream that fails ends INCOMPLETE, and its state covers only rows that were emitted. The
        other streams continue.
        """
        open_streams = len(self._streams)
        try:
            for _ in range(READER_THREADS):
                threading.Thread(target=self._read_tasks, name="bill-reader", daemon=True).start()
            while open_streams:
                try:
                    event = self._events.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    pass
                else:
                    yield from self._handle(event)
                    if event.content is _PartStatus.ENDED and event.task.stream.has_ended:
                        open_streams -= 1
                yield from self._overdue_checkpoints()
                self._log_progress()
        finally:
            with self._changed:
                self._is_stopped = True
                self._changed.notify_all()

    def _handle(self, event: _Event) -> Iterator[AirbyteMessage | RecordPage]:
        stream, part = event.task.stream, event.task.part
        match event.content:
            case _PartStatus.STARTED:
                if not stream.has_started:
                    stream.has_started = True
                    stream.last_checkpoint = self._clock.monotonic()
                    if stream.range_line:
                        logger.info(stream.range_line)
                    yield status_message(stream.name, AirbyteStreamStatus.STARTED)
            case _PartStatus.ENDED:
                part.has_ended, part.is_complete = True, not stream.failures
                if stream.has_ended:
                    yield from self._end_stream(stream)
            case BaseException() as failure:
                if not stream.failures:
                    yield failure_message(stream.name, failure)
                stream.failures.append(failure)
            case Batch() as batch:
                if not stream.failures:
                    yield from self._emit(stream, part, batch)

    def _emit(
        self, stream: StreamProgress, part: Part, batch: Batch
    ) -> Iterator[AirbyteMessage | RecordPage]:
        if batch.rows:
            if not stream.rows:
                yield status_message(stream.name, AirbyteStreamStatus.RUNNING)
            yield RecordPage(stream.name, batch.rows)
            stream.rows += len(batch.rows)
            stream.rows_since_checkpoint += len(batch.rows)
        part.record(batch)
        if stream.rows_since_checkpoint >= _CHECKPOINT_ROWS:
            yield from self._checkpoint(stream)

    def _end_stream(self, stream: StreamProgress) -> Iterator[AirbyteMessage]:
        if stream.failures:
            yield from self._checkpoint(stream)
        else:
            stream.update_cursor()
            if stream.cursor:
                stream.cursor.finish()
            yield estimate_message(stream.name, stream.rows)
            yield state_message(stream.name, stream.state())
        logger.info("Read %d rows of %s.", stream.rows, stream.name)
        yield status_message(
            stream.name,
            AirbyteStreamStatus.INCOMPLETE if stream.failures else AirbyteStreamStatus.COMPLETE,
        )

    def _checkpoint(self, stream: StreamProgress) -> Iterator[AirbyteMessage]:
        if stream.cursor is None:
            return
        stream.update_cursor()
        stream.rows_since_checkpoint = 0
        stream.last_checkpoint = self._clock.monotonic()
        yield estimate_message(stream.name, stream.estimate())
        yield state_message(stream.name, stream.state())

    def _overdue_checkpoints(self) -> Iterator[AirbyteMessage]:
        """Yield the state of rows emitted a while ago, even if BILL lets the next page wait."""
        latest = self._clock.monotonic() - _CHECKPOINT_SECONDS
        for stream in self._streams:
            is_overdue = stream.rows_since_checkpoint and stream.last_checkpoint <= latest
            if is_overdue and not stream.has_ended:
                yield from self._checkpoint(stream)

    def _log_progress(self) -> None:
        """Name the streams that are being read, once a minute.

        BILL may let a sync wait, and a list that is read again to be certain gives no new rows.
        """
        now = self._clock.monotonic()
        if now - self._last_log < _LOG_SECONDS:
            return
        self._last_log = now
        reading = [each for each in self._streams if each.has_started and not each.has_ended]
        if reading:
            rows = ", ".join(f"{each.name} ({each.rows:,} rows so far)" for each in reading)
            logger.info("Still reading %s.", rows)

    def _read_tasks(self) -> None:
        """Read one task after the other until nothing is left. Runs in each reader thread."""
        with suppress(_Stopped):
            while (task := self._next_task()) is not None:
                self._put(_Event(task, _PartStatus.STARTED))
                try:
                    self._read(task)
                except _Stopped:
                    raise
                except BaseException as failure:  # noqa: BLE001 - `_handle` reports it
                    self._put(_Event(task, failure))
                with self._changed:
                    self._running.remove(task)
                    self._changed.notify_all()
                self._put(_Event(task, _PartStatus.ENDED))

    def _read(self, task: _Task) -> None:
        for batch in task.part.reader or ():
            task.stream.normalizer.normalize_page(batch.rows)
            self._put(_Event(task, batch))
            if task.stream.failures:
                return
            with self._changed:
                self._changed.notify_all()

    def _next_task(self) -> _Task | None:
        """Wait for the next task; None if there is nothing left to read."""
        with self._changed:
            while not self._is_stopped:
                task = self._waiting.pop(0) if self._waiting else self._split_longest()
                if task is not None:
                    self._running.append(task)
                    return task
                if not self._running:
                    self._changed.notify_all()
                    return None
                self._changed.wait(_POLL_SECONDS)
            return None

    def _split_longest(self) -> _Task | None:
        """Split the later half off the reader that has the most pages left; None if none can be."""
        readers = [(task.part.reader, task) for task in self._running if task.part.reader]
        by_length = [(reader.pages_left(), reader, task) for reader, task in readers]
        for pages, reader, task in sorted(by_length, key=lambda entry: -entry[0]):
            if not pages or task.stream.failures:
                continue
            later = reader.split()
            if later is not None:
                part = task.stream.insert_after(task.part, later, later.start)
                return _Task(task.stream, part)
        return None

    def _put(self, event: _Event) -> None:
        while True:
            with self._changed:
                if self._is_stopped:
                    raise _Stopped
            try:
                self._events.put(event, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return


class _Stopped(Exception):
    """Nobody consumes the sync any more. It ends a reader thread, and no stream fails for it."""


def sync_failure(streams: Sequence[StreamProgress]) -> ConnectorError | None:
    """Return the error of a sync in which streams failed, or None if none did.

    The platform decides by the failure type whether to retry the sync. So one transient error makes
    the whole sync's error transient, and one of the connector's own faults makes it a system error.
    Only if all errors are in the configuration is it a configuration error.
    """
    failed = [stream for stream in streams if stream.failures]
    if not failed:
        return None
    types = {_failure_type(failure) for stream in failed for failure in stream.failures}
    by_priority = (FailureType.transient_error, FailureType.system_error)
    failure_type = next((each for each in by_priority if each in types), FailureType.config_error)
    names = ", ".join(stream.name for stream in failed)
    return ConnectorError(
        "at least one stream failed; see its TRACE error",
        f"These streams did not complete: {names}. See the error reported above for each.",
        failure_type,
    )


def _failure_type(failure: BaseException) -> FailureType:
    if isinstance(failure, AirbyteTracedException):
        return failure.failure_type
    return FailureType.system_error
