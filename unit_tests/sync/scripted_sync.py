"""Shared by the tests of the scheduler: readers that follow a script, and a sync of them."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from airbyte_cdk.models import AirbyteMessage

from source_billcom.lists.batch import Batch, Reader
from source_billcom.lists.readers import RangeReader
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.messages import RecordPage
from source_billcom.sync.scheduler import Scheduler
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import Part, StreamProgress
from source_billcom.times import format_time
from unit_tests.fakes import NOW, FakeClock, in_threads, row
from unit_tests.lists.small_list import START

SAVED = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""The saved state with which each scripted stream begins."""

THREAD_TIMEOUT = 60.0
"""A safety net in seconds, far more than a slow machine needs."""

Step = Batch | BaseException | threading.Event | Callable[[], object]
Summary = tuple[Any, ...]


class Scripted:
    """A reader that takes steps: yields a batch, raises, waits for an event, calls a function."""

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
                assert step.wait(THREAD_TIMEOUT), "nobody let this reader continue"
            else:
                step()

    def pages_left(self) -> float:
        """Return the number of pages given to the constructor."""
        return self.pages

    def split(self) -> RangeReader | None:
        """Return the later part at the first call, and None after that."""
        self.before_split()
        later, self.later = self.later, None
        return cast("RangeReader | None", later)


def second(number: int) -> datetime:
    """Return a time some seconds after the saved state."""
    return SAVED + timedelta(seconds=number)


def state(number: int) -> tuple[str, str]:
    """Return the summary of a state message whose state is at a row."""
    return "state", format_time(second(number))


def batch(first: int, count: int = 1) -> Batch:
    """Return rows numbered from `first`, each updated a second after the one before."""
    numbers = range(first, first + count)
    return Batch(
        [row(str(number), second(number)) for number in numbers], second(first + count - 1)
    )


def stream_of(name: str, *readers: Reader | Scripted, has_cursor: bool = True) -> StreamProgress:
    """Return a stream of these readers. With a cursor, its sync has begun at `SAVED`."""
    cursor = UpdatedTimeCursor(name, {"updatedTime": SAVED.isoformat()}) if has_cursor else None
    if cursor:
        cursor.begin_sync(START, timedelta(0), NOW + timedelta(days=60))
    return StreamProgress(
        name, [Part(reader) for reader in readers], RowNormalizer(name, {}), cursor
    )


def run_sync(*streams: StreamProgress, clock: FakeClock | None = None) -> list[Summary]:
    """Read all streams and return the summary of each message. Fails if the sync does not end."""
    messages: list[AirbyteMessage | RecordPage] = []
    scheduler = Scheduler(streams, clock or FakeClock())
    (failure,) = in_threads(1, lambda _: messages.extend(scheduler.run()))
    assert failure is None, failure
    return [summary_of(message) for message in messages]


def summary_of(message: AirbyteMessage | RecordPage) -> Summary:
    """Return the stream of a message, and its content in short."""
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


def only(stream: str, summaries: Iterable[Summary], *, estimates: bool = False) -> list[Summary]:
    """Return the summaries of one stream, without its name."""
    return [
        each[1:] for each in summaries if each[0] == stream and (estimates or each[1] != "estimate")
    ]


def reader_threads() -> list[threading.Thread]:
    """Return the reader threads that are alive."""
    return [thread for thread in threading.enumerate() if thread.name == "bill-reader"]


def close(messages: Iterator[object]) -> None:
    """Stop consuming a sync."""
    assert isinstance(messages, Generator)
    messages.close()
