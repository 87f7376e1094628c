"""Who reads what: idle threads take parts of the longest list, and nobody runs far ahead."""

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from source_billcom.lists.batch import Batch
from source_billcom.sync.scheduler import READER_THREADS, RecordPage, Scheduler
from unit_tests.fakes import FakeClock
from unit_tests.lists.reader_bench import filled, incremental
from unit_tests.lists.small_list import Habits
from unit_tests.sync.scheduler_bench import (
    THREAD_TIMEOUT,
    Scripted,
    batch,
    close,
    job_of,
    of,
    reading_threads,
    second,
    state,
    sync,
)

# in the queue; what its reader holds; and the event that it has begun, until that is taken
AHEAD = 32 + 2

pytestmark = pytest.mark.usefixtures("scheduler_threads")


class TestSplitting:
    def test_an_idle_thread_takes_the_later_part_of_the_longest(self) -> None:
        is_split = threading.Event()
        later = Scripted(batch(60), is_split.set, start=second(50))
        longest = Scripted(batch(1), is_split, batch(2), pages=9, later=later)
        shorter = Scripted(batch(1), is_split, pages=5)

        said = sync(job_of("vendors", shorter), job_of("bills", longest))

        assert sorted(each[0] for each in of("bills", said) if isinstance(each[0], list)) == [
            *(["1"], ["2"], ["60"])
        ]
        assert of("bills", said)[-2:] == [state(60), ("COMPLETE",)]

    def test_nothing_is_split_while_a_stream_waits_to_be_begun(self) -> None:
        begun: list[str] = []
        is_split = threading.Event()
        long = Scripted(lambda: begun.append("bills"), batch(1), is_split, pages=9)
        long.later = Scripted(is_split.set)
        long.before_split = lambda: begun.append("split")
        names = [f"stream {n}" for n in range(12)]

        sync(
            job_of("bills", long),
            *(job_of(name, Scripted(partial(begun.append, name))) for name in names),
        )

        assert set(begun[: len(names) + 1]) == {"bills", *names}

    def test_a_stream_that_is_the_only_one_is_read_by_several(self) -> None:
        together = threading.Barrier(2)
        later = Scripted(lambda: together.wait(THREAD_TIMEOUT), batch(60), start=second(50))
        progress = job_of(
            "bills", Scripted(batch(1), lambda: together.wait(THREAD_TIMEOUT), pages=9, later=later)
        )

        assert of("bills", sync(progress))[-2:] == [state(60), ("COMPLETE",)]

    def test_a_reader_that_cannot_be_split_is_passed_over_for_the_next(self) -> None:
        is_split = threading.Event()
        longest = Scripted(batch(1), is_split, pages=9)
        shorter = Scripted(batch(1), is_split, pages=5, later=Scripted(is_split.set))

        sync(job_of("bills", longest), job_of("vendors", shorter))

        assert is_split.is_set()

    @pytest.mark.parametrize("attempt", range(5))
    def test_long_lists_are_read_whole_and_once_however_they_are_split(self, attempt: int) -> None:
        names = ["bills", "vendors"][: 1 + attempt % 2]
        lists = {name: filled(Habits(), [3] * 700) for name in names}

        said = sync(*(job_of(name, incremental(lists[name])) for name in names))

        for name in names:
            read = Counter(
                n for each in of(name, said) if isinstance(each[0], list) for n in each[0]
            )
            assert read == Counter(dict.fromkeys(lists[name].entries, 1))
            newest = max(row["updatedTime"] for row in lists[name].rows().values())
            assert of(name, said)[-2][1][:19] == newest[:19]


class TestPace:
    def test_no_more_than_the_readers_are_read_at_once(self) -> None:
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

        sync(*(job_of(f"stream {n}", Scripted(enter)) for n in range(3 * READER_THREADS)))

        assert most == READER_THREADS

    def test_readers_are_never_more_than_a_queue_ahead(self) -> None:
        made = 0
        is_ahead, is_too_far = threading.Event(), threading.Event()

        def endless() -> Iterator[Batch]:
            nonlocal made
            for number in range(300):
                made += 1
                if made >= AHEAD - 1:
                    (is_ahead if made <= AHEAD else is_too_far).set()
                yield batch(number)

        reader = Scripted()
        reader.steps = endless()
        messages = Scheduler([job_of("bills", reader)], FakeClock()).run()
        next(messages)
        assert is_ahead.wait(THREAD_TIMEOUT)
        assert not is_too_far.wait(0.1)

        record = 0
        for message in messages:
            record += isinstance(message, RecordPage)
            assert made <= record + AHEAD

        assert record == 300

    def test_who_stops_listening_ends_the_reading(self) -> None:
        readers = [Scripted() for _ in range(6)]
        for reader in readers:
            reader.steps = (batch(number) for number in count())
        messages = Scheduler(
            [job_of(f"stream {n}", r) for n, r in enumerate(readers)], FakeClock()
        ).run()
        for _ in range(5):
            next(messages)
        threads = reading_threads()
        assert len(threads) == READER_THREADS

        close(messages)

        for thread in threads:
            thread.join(THREAD_TIMEOUT)
        assert not any(thread.is_alive() for thread in threads)

    def test_who_never_begins_to_listen_starts_nothing(self) -> None:
        Scheduler([job_of("bills", Scripted(batch(1)))], FakeClock()).run()

        assert reading_threads() == []
