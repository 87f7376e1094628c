"""The progress of a stream: its state covers only rows that were emitted, whatever its parts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from source_billcom.lists.batch import Batch, Bound, Reader
from source_billcom.lists.readers import RangeReader
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import Part, StreamProgress, parts_of
from source_billcom.times import format_time
from unit_tests.fakes import NOW, quick, row
from unit_tests.lists.reader_bench import list_with, random_changes, range_reader, rows_of
from unit_tests.lists.small_list import START, Behavior, Row
from unit_tests.lists.test_readers_properties import CASES, RANDOM, Case, wide

STATE = datetime(2026, 3, 1, 8, tzinfo=UTC)


class EmptyReader:
    """A reader without rows that claims to have some pages left."""

    def __init__(self, pages: float = 0.0) -> None:
        self._pages = pages

    def __iter__(self) -> Iterator[Batch]:
        """Yield nothing."""
        yield from ()

    def pages_left(self) -> float:
        """Return the number of pages given to the constructor."""
        return self._pages

    def split(self) -> RangeReader | None:
        """Return None."""
        return None


def day(number: int) -> datetime:
    """Return a time some days after the saved state."""
    return STATE + timedelta(days=number)


def batch(*times: datetime | None, covered: datetime | None = None) -> Batch:
    """Return rows updated at these times."""
    return Batch([row(str(n), time) for n, time in enumerate(times)], covered)


def stream_of(reader: Reader | None = None, *, state: datetime | None = STATE) -> StreamProgress:
    """Return a stream of one part whose sync has begun."""
    cursor = UpdatedTimeCursor("bills", {"updatedTime": format_time(state)} if state else {})
    cursor.begin_sync(START, timedelta(0), NOW + timedelta(days=60))
    return StreamProgress(
        "bills", [Part(reader or EmptyReader())], RowNormalizer("bills", {}), cursor
    )


def end(part: Part) -> None:
    """Mark a part as read to its end."""
    part.has_ended = part.is_complete = True


def state_of(progress: StreamProgress) -> object:
    """Update the cursor and return the time in the state."""
    progress.update_cursor()
    return progress.state().get("updatedTime")


class TestOnePart:
    def test_a_batch_moves_the_state_to_what_it_covers(self) -> None:
        progress = stream_of()

        progress.parts[0].record(batch(day(1), day(2), covered=day(2)))

        assert state_of(progress) == format_time(day(2))

    def test_the_state_is_never_later_than_the_newest_row(self) -> None:
        progress = stream_of()

        progress.parts[0].record(batch(day(1), covered=day(9)))

        assert state_of(progress) == format_time(day(1))

    def test_batches_that_cover_nothing_move_the_state_only_at_the_end(self) -> None:
        progress = stream_of()
        (part,) = progress.parts
        part.record(batch(day(2), covered=day(2)))

        for moment in (day(7), day(3), None):
            part.record(batch(moment))
            assert state_of(progress) == format_time(day(2))
        end(part)

        assert state_of(progress) == format_time(day(7))

    def test_a_part_without_rows_does_not_move_the_state(self) -> None:
        progress = stream_of()

        progress.parts[0].record(batch(covered=day(3)))
        end(progress.parts[0])

        assert state_of(progress) == format_time(STATE)

    def test_times_are_compared_as_times_and_invalid_ones_are_skipped(self) -> None:
        progress = stream_of()
        rows: list[Row] = [
            {"id": "1", "updatedTime": "2026-03-02T09:30:00.000+02:00"},
            {"id": "2", "updatedTime": "2026-03-02T08:00:00.000Z"},
            {"id": "3", "updatedTime": "soon"},
            {"id": "4", "updatedTime": 7},
            {"id": "5"},
        ]

        progress.parts[0].record(Batch(rows))
        end(progress.parts[0])

        assert state_of(progress) == "2026-03-02T08:00:00.000Z"


class TestManyParts:
    def test_a_later_part_counts_once_the_one_before_it_is_complete(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        later = progress.insert_after(first, EmptyReader(), None)
        first.record(batch(day(1), covered=day(1)))
        later.record(batch(day(6), covered=day(6)))
        end(later)

        assert state_of(progress) == format_time(day(1))
        assert not progress.has_ended
        end(first)
        assert state_of(progress) == format_time(day(6))
        assert progress.has_ended

    def test_the_state_does_not_move_past_a_part_that_failed(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        later = progress.insert_after(first, EmptyReader(), day(5))
        first.record(batch(day(1), covered=day(1)))
        later.record(batch(day(6), covered=day(6)))
        first.has_ended = True
        end(later)

        assert state_of(progress) == format_time(day(1))
        assert progress.has_ended
        assert progress.state()["read_ahead"] == [
            {"from": format_time(day(5)), "to": format_time(day(6))}
        ]

    def test_ranges_read_ahead_are_not_read_again_after_an_interruption(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        later = progress.insert_after(first, EmptyReader(), day(5))
        progress.insert_after(later, EmptyReader(), day(8))
        first.record(batch(day(1), covered=day(1)))
        later.record(batch(day(6), covered=day(6)))
        end(later)
        progress.update_cursor()

        resumed = UpdatedTimeCursor("bills", progress.state())
        interval = resumed.begin_sync(START, timedelta(0), NOW + timedelta(days=60))
        asked: list[tuple[datetime, datetime]] = []

        def read(start: datetime, end: Bound) -> EmptyReader:
            asked.append((start, end.moment))
            return EmptyReader()

        parts = parts_of(interval, resumed, read)

        assert asked == [(day(1), day(5)), (day(8), interval.end)]
        assert [part.is_complete for part in parts] == [False, True, False]

    def test_a_part_that_was_split_off_follows_the_one_it_was_part_of(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        last = progress.insert_after(first, EmptyReader(), None)

        middle = progress.insert_after(first, EmptyReader(), None)

        assert progress.parts == [first, middle, last]

    def test_the_estimate_counts_the_pages_of_every_part_that_is_still_read(self) -> None:
        progress = stream_of(EmptyReader(2.5))
        progress.rows = 40
        end(progress.insert_after(progress.parts[0], EmptyReader(1.0), None))

        assert progress.estimate() == 290

    @wide
    @given(CASES, RANDOM)
    def test_wherever_it_is_interrupted_the_next_sync_completes_the_rows(
        self, case: Case, random: Random
    ) -> None:
        bills = case.list_with()
        bills.before_call = random_changes(bills, random, 2)
        progress = stream_of(range_reader(bills), state=None)
        destination: dict[str, Row] = {}
        for found in rows_in_random_order(progress, random, most=random.randint(0, 12)):
            destination[found["id"]] = found
        progress.update_cursor()

        bills.before_call = lambda: None
        bills.now += timedelta(seconds=1)
        cursor = UpdatedTimeCursor("bills", progress.state())
        interval = cursor.begin_sync(START, timedelta(0), bills.now)
        for part in parts_of(interval, cursor, lambda start, end: range_reader(bills, start, end)):
            destination |= {found["id"]: found for found in rows_of(part.reader or EmptyReader())}

        assert destination == bills.rows()


@quick
@given(st.integers(0, 5))
def test_a_stream_without_a_cursor_has_the_cdks_state_for_it(rows: int) -> None:
    progress = StreamProgress(
        "roles", [Part(range_reader(list_with(Behavior(), [rows])))], RowNormalizer("roles", {})
    )

    progress.update_cursor()

    assert progress.state() == {"__ab_no_cursor_state_message": True}


def rows_in_random_order(progress: StreamProgress, random: Random, *, most: int) -> Iterator[Row]:
    """Read and split the parts in random order; stop after `most` batches."""
    iterators = {id(part): iter(part.reader or EmptyReader()) for part in progress.parts}
    for _ in range(most):
        part: Part = random.choice(progress.parts)
        found = next(iterators[id(part)], None)
        if found is None:
            end(part)
            continue
        yield from found.rows
        part.record(found)
        later = part.reader.split() if part.reader else None
        if later is not None:
            added = progress.insert_after(part, later, later.start)
            iterators[id(added)] = iter(later)
