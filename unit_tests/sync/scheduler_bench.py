"""What the tests of the engine share: readers that do as they are told, and a sync of them."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from airbyte_cdk.models import AirbyteMessage

from source_billcom.lists.batch import Batch
from source_billcom.lists.readers import RangeReader, Reader
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.scheduler import RecordPage, Scheduler
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import Part, StreamProgress
from source_billcom.times import format_time
from unit_tests.fakes import NOW, FakeClock, in_threads, row
from unit_tests.lists.small_list import START

STATE = datetime(2026, 3, 1, 8, tzinfo=UTC)
THREAD_TIMEOUT = 8.0
THREADS = "bill-reader"

Step = Batch | BaseException | threading.Event | Callable[[], object]
Told = tuple[Any, ...]


class Scripted:
    """A reader that takes steps: hands on a batch, raises, waits for an event, calls something."""

    def __init__(
        self,
        *steps: Step,
        pages: float = 0.0,
        later: "Scripted | None" = None,
        start: datetime | None = None,
    ) -> None:
        self.steps: Iterable[Step] = steps
        self.pages = pages
        self.later = later
        self.start = start
        self.before_split: Callable[[], object] = lambda: None

    def __iter__(self) -> Iterator[Batch]:
        """Take the steps."""
        for step in self.steps:
            if isinstance(step, Batch):
                yield step
            elif isinstance(step, BaseException):
                raise step
            elif isinstance(step, threading.Event):
                assert step.wait(THREAD_TIMEOUT), "nobody let this reader go on"
            else:
                step()

    def pages_left(self) -> float:
        """Return what it was told."""
        return self.pages

    def split(self) -> RangeReader | None:
        """Give up the later part, once."""
        self.before_split()
        later, self.later = self.later, None
        return cast("RangeReader | None", later)


def second(number: int) -> datetime:
    """Return a time some seconds after the state."""
    return STATE + timedelta(seconds=number)


def state(number: int) -> tuple[str, str]:
    """Return what is told of a state at a row."""
    return "state", format_time(second(number))


def batch(first: int, count: int = 1) -> Batch:
    """Return rows numbered from `first`, each changed a second after the one before."""
    numbers = range(first, first + count)
    return Batch(
        [row(str(number), second(number)) for number in numbers], second(first + count - 1)
    )


def job_of(name: str, *readers: Reader | Scripted, has_cursor: bool = True) -> StreamProgress:
    """Return a job of these readers; with a cursor, its sync has begun at `STATE`."""
    cursor = UpdatedTimeCursor(name, {"updatedTime": STATE.isoformat()}) if has_cursor else None
    if cursor:
        cursor.interval(START, timedelta(0), NOW + timedelta(days=60))
    return StreamProgress(
        name, [Part(reader) for reader in readers], RowNormalizer(name, {}), cursor
    )


def sync(*streams_progress: StreamProgress, clock: FakeClock | None = None) -> list[Told]:
    """Read all jobs and return what is told, briefly; fails where it does not come to its end."""
    messages: list[AirbyteMessage | RecordPage] = []
    scheduler = Scheduler(streams_progress, clock or FakeClock())
    (failure,) = in_threads(1, lambda _: messages.extend(scheduler.run()))
    assert failure is None, failure
    return [told(message) for message in messages]


def told(message: AirbyteMessage | RecordPage) -> Told:
    """Return the stream of a message and what it says."""
    if isinstance(message, RecordPage):
        return message.stream, [found["id"] for found in message.rows]
    if message.state and message.state.stream:
        stream = message.state.stream
        return stream.stream_descriptor.name, "state", vars(stream.stream_state).get("updatedTime")
    trace = message.trace
    assert trace is not None
    if trace.estimate:
        return trace.estimate.name, "estimate", trace.estimate.row_estimate
    if trace.error and trace.error.stream_descriptor:
        return trace.error.stream_descriptor.name, "error", trace.error
    assert trace.stream_status is not None
    return trace.stream_status.stream_descriptor.name, trace.stream_status.status.value


def of(stream: str, said: Iterable[Told], *, estimates: bool = False) -> list[Told]:
    """Return what was said of one stream, without its name."""
    return [each[1:] for each in said if each[0] == stream and (estimates or each[1] != "estimate")]


def reading_threads() -> list[threading.Thread]:
    """Return the threads that read."""
    return [thread for thread in threading.enumerate() if thread.name == THREADS]


def close(messages: Iterator[object]) -> None:
    """Stop listening."""
    assert isinstance(messages, Generator)
    messages.close()
