"""The reader threads: idle ones split the longest list, and none runs far ahead of its consumer."""

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from source_billcom.lists.batch import Batch
from source_billcom.sync.messages import RecordPage
from source_billcom.sync.scheduler import READER_THREADS, Scheduler
from unit_tests.fakes import FakeClock
from unit_tests.lists.reader_bench import list_with, range_reader
from unit_tests.lists.small_list import Behavior
from unit_tests.sync.scripted_sync import (
    THREAD_TIMEOUT,
    Scripted,
    batch,
    close,
    only,
    reader_threads,
    run_sync,
    second,
    state,
    stream_of,
)

# the queue, the batch that the reader holds, and the STARTED event until it is consumed
MAX_AHEAD = 32 + 2

pytestmark = pytest.mark.usefixtures("scheduler_threads")


class TestSplitting:
    def test_an_idle_thread_takes_the_later_part_of_the_longest_list(self) -> None:
        is_split = threading.Event()
        later = Scripted(batch(60), is_split.set, start=second(50))
        longest = Scripted(batch(1), is_split, batch(2), pages=9, later=later)
        shorter = Scripted(batch(1), is_split, pages=5)

        said = run_sync(stream_of("vendors", shorter), stream_of("bills", longest))

        assert sorted(each[0] for each in only("bills", said) if isinstance(each[0], list)) == [
            *(["1"], ["2"], ["60"])
        ]
        assert only("bills", said)[-2:] == [state(60), ("COMPLETE",)]

    def test_nothing_is_split_while_a_stream_waits_to_start(self) -> None:
        begun: list[str] = []
        is_split = threading.Event()
        long = Scripted(lambda: begun.append("bills"), batch(1), is_split, pages=9)
        long.later = Scripted(is_split.set)
        long.before_split = lambda: begun.append("split")
        names = [f"stream {n}" for n in range(12)]

        run_sync(
            stream_of("bills", long),
            *(stream_of(name, Scripted(partial(begun.append, name))) for name in names),
        )

        assert set(begun[: len(names) + 1]) == {"bills", *names}

    def test_a_single_stream_is_read_by_several_threads(self) -> None:
        together = threading.Barrier(2)
        later = Scripted(lambda: together.wait(THREAD_TIMEOUT), batch(60), start=second(50))
        stream = stream_of(
            "bills",
            Scripted(batch(1), lambda: together.wait(THREAD_TIMEOUT), pages=9, later=later),
        )

        assert only("bills", run_sync(stream))[-2:] == [state(60), ("COMPLETE",)]

    def test_a_reader_that_cannot_be_split_is_skipped(self) -> None:
        is_split = threading.Event()
        longest = Scripted(batch(1), is_split, pages=9)
        shorter = Scripted(batch(1), is_split, pages=5, later=Scripted(is_split.set))

        run_sync(stream_of("bills", longest), stream_of("vendors", shorter))

        assert is_split.is_set()

    @pytest.mark.parametrize("attempt", range(5))
    def test_every_row_of_long_lists_is_read_once_however_they_are_split(
        self, attempt: int
    ) -> None:
        names = ["bills", "vendors"][: 1 + attempt % 2]
        lists = {name: list_with(Behavior(), [3] * 700) for name in names}

        said = run_sync(*(stream_of(name, range_reader(lists[name])) for name in names))

        for name in names:
            read = Counter(
                n for each in only(name, said) if isinstance(each[0], list) for n in each[0]
            )
            assert read == Counter(dict.fromkeys(lists[name].entries, 1))
            newest = max(row["updatedTime"] for row in lists[name].rows().values())
            assert only(name, said)[-2][1][:19] == newest[:19]


class TestPace:
    def test_no_more_streams_than_reader_threads_are_read_at_once(self) -> None:
        together = threading.Barrier(READER_THREADS)
        lock = threading.Lock()
        at_once, most = 0, 0

        def enter() -> None:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            together.wait(THREAD_TIMEOUT)
            with lock:
                at_once -= 1

        run_sync(*(stream_of(f"stream {n}", Scripted(enter)) for n in range(3 * READER_THREADS)))

        assert most == READER_THREADS

    def test_a_reader_is_never_more_than_the_queue_ahead(self) -> None:
        made = 0
        is_ahead, is_too_far = threading.Event(), threading.Event()

        def endless() -> Iterator[Batch]:
            nonlocal made
            for number in range(300):
                made += 1
                if made >= MAX_AHEAD - 1:
                    (is_ahead if made <= MAX_AHEAD else is_too_far).set()
                yield batch(number)

        reader = Scripted()
        reader.steps = endless()
        messages = Scheduler([stream_of("bills", reader)], FakeClock()).run()
        next(messages)
        assert is_ahead.wait(THREAD_TIMEOUT)
        assert not is_too_far.wait(0.1)

        record = 0
        for message in messages:
            record += isinstance(message, RecordPage)
            assert made <= record + MAX_AHEAD

        assert record == 300

    def test_closing_the_sync_ends_the_reader_threads(self) -> None:
        readers = [Scripted() for _ in range(6)]
        for reader in readers:
            reader.steps = (batch(number) for number in count())
        messages = Scheduler(
            [stream_of(f"stream {n}", r) for n, r in enumerate(readers)], FakeClock()
        ).run()
        for _ in range(5):
            next(messages)
        threads = reader_threads()
        assert len(threads) == READER_THREADS

        close(messages)

        for thread in threads:
            thread.join(THREAD_TIMEOUT)
        assert not any(thread.is_alive() for thread in threads)

    def test_a_sync_that_is_not_consumed_starts_no_thread(self) -> None:
        Scheduler([stream_of("bills", Scripted(batch(1)))], FakeClock()).run()

        assert reader_threads() == []


class TestProgress:
    @pytest.fixture
    def logged(self, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], threading.Event]:
        """Return the lines of progress, and an event that the first one sets."""
        lines: list[str] = []
        has_line = threading.Event()

        def info(message: str, *values: object) -> None:
            if message.startswith("Still reading"):
                lines.append(message % values)
                has_line.set()

        monkeypatch.setattr("source_billcom.sync.scheduler.logger.info", info)
        return lines, has_line

    def test_a_sync_without_messages_names_the_streams_it_reads_after_a_minute(
        self, logged: tuple[list[str], threading.Event]
    ) -> None:
        lines, has_line = logged
        clock = FakeClock()
        silent = Scripted(batch(1), partial(clock.advance, seconds=60), has_line, batch(2))

        run_sync(stream_of("bills", silent), clock=clock)

        # the first row may be on its way when the minute is over
        assert lines in (
            ["Still reading bills (0 rows so far)."],
            ["Still reading bills (1 rows so far)."],
        )

    def test_within_a_minute_there_is_none(self, logged: tuple[list[str], threading.Event]) -> None:
        clock = FakeClock()
        quick_one = Scripted(batch(1), partial(clock.advance, seconds=59), batch(2))

        run_sync(stream_of("bills", quick_one), clock=clock)

        assert logged[0] == []
