"""How far a stream is: its state covers what every part before it has handed on, and no more."""

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


class Silent:
    """A reader that has nothing to read, with a number of pages left."""

    def __init__(self, pages: float = 0.0) -> None:
        self._pages = pages

    def __iter__(self) -> Iterator[Batch]:
        """Yield nothing."""
        yield from ()

    def pages_left(self) -> float:
        """Return what it was told."""
        return self._pages

    def split(self) -> RangeReader | None:
        """Give up nothing."""
        return None


def day(number: int) -> datetime:
    """Return a time some days after the state."""
    return STATE + timedelta(days=number)


def batch(*moments: datetime | None, covered: datetime | None = None) -> Batch:
    """Return rows changed at these moments."""
    return Batch([row(str(n), moment) for n, moment in enumerate(moments)], covered)


def stream_of(reader: Reader | None = None, *, state: datetime | None = STATE) -> StreamProgress:
    """Return a job whose sync has begun."""
    cursor = UpdatedTimeCursor("bills", {"updatedTime": format_time(state)} if state else {})
    cursor.begin_sync(START, timedelta(0), NOW + timedelta(days=60))
    return StreamProgress("bills", [Part(reader or Silent())], RowNormalizer("bills", {}), cursor)


def end(part: Part) -> None:
    """Let a part be read to the end of its list."""
    part.has_ended = part.is_complete = True


def state_of(progress: StreamProgress) -> object:
    """Take stock and return the state's time."""
    progress.update_cursor()
    return progress.state().get("updatedTime")


class TestOnePart:
    def test_a_batch_moves_the_state_to_what_it_covers(self) -> None:
        progress = stream_of()

        progress.parts[0].record(batch(day(1), day(2), covered=day(2)))

        assert state_of(progress) == format_time(day(2))

    def test_the_state_is_never_past_the_newest_row_seen(self) -> None:
        progress = stream_of()

        progress.parts[0].record(batch(day(1), covered=day(9)))

        assert state_of(progress) == format_time(day(1))

    def test_without_an_order_the_state_stands_until_the_end(self) -> None:
        progress = stream_of()
        (part,) = progress.parts
        part.record(batch(day(2), covered=day(2)))

        for moment in (day(7), day(3), None):
            part.record(batch(moment))
            assert state_of(progress) == format_time(day(2))
        end(part)

        assert state_of(progress) == format_time(day(7))

    def test_a_part_without_rows_leaves_the_state_as_it_was(self) -> None:
        progress = stream_of()

        progress.parts[0].record(batch(covered=day(3)))
        end(progress.parts[0])

        assert state_of(progress) == format_time(STATE)

    def test_times_are_compared_as_times_and_unreadable_ones_passed_over(self) -> None:
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
    def test_a_later_part_counts_when_the_one_before_it_is_done(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        later = progress.insert_after(first, Silent(), None)
        first.record(batch(day(1), covered=day(1)))
        later.record(batch(day(6), covered=day(6)))
        end(later)

        assert state_of(progress) == format_time(day(1))
        assert not progress.has_ended
        end(first)
        assert state_of(progress) == format_time(day(6))
        assert progress.has_ended

    def test_a_part_that_failed_holds_the_state_where_its_rows_are_out(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        later = progress.insert_after(first, Silent(), day(5))
        first.record(batch(day(1), covered=day(1)))
        later.record(batch(day(6), covered=day(6)))
        first.has_ended = True
        end(later)

        assert state_of(progress) == format_time(day(1))
        assert progress.has_ended
        assert progress.state()["read_ahead"] == [
            {"from": format_time(day(5)), "to": format_time(day(6))}
        ]

    def test_what_was_read_ahead_of_a_cut_is_not_read_again(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        later = progress.insert_after(first, Silent(), day(5))
        progress.insert_after(later, Silent(), day(8))
        first.record(batch(day(1), covered=day(1)))
        later.record(batch(day(6), covered=day(6)))
        end(later)
        progress.update_cursor()

        resumed = UpdatedTimeCursor("bills", progress.state())
        interval = resumed.begin_sync(START, timedelta(0), NOW + timedelta(days=60))
        asked: list[tuple[datetime, datetime]] = []

        def read(start: datetime, end: Bound) -> Silent:
            asked.append((start, end.moment))
            return Silent()

        parts = parts_of(interval, resumed, read)

        assert asked == [(day(1), day(5)), (day(8), interval.end)]
        assert [part.is_complete for part in parts] == [False, True, False]

    def test_a_part_split_off_comes_right_behind_the_one_it_was_part_of(self) -> None:
        progress = stream_of()
        (first,) = progress.parts
        last = progress.insert_after(first, Silent(), None)

        middle = progress.insert_after(first, Silent(), None)

        assert progress.parts == [first, middle, last]

    def test_the_estimate_counts_the_pages_of_every_part_still_read(self) -> None:
        progress = stream_of(Silent(2.5))
        progress.rows = 40
        end(progress.insert_after(progress.parts[0], Silent(1.0), None))

        assert progress.estimate() == 290

    @wide
    @given(CASES, RANDOM)
    def test_wherever_it_is_cut_off_the_state_covers_nothing_that_is_not_out(
        self, case: Case, random: Random
    ) -> None:
        bills = case.list_with()
        bills.before_call = random_changes(bills, random, 2)
        progress = stream_of(range_reader(bills), state=None)
        destination: dict[str, Row] = {}
        for found in record(progress, random, most=random.randint(0, 12)):
            destination[found["id"]] = found
        progress.update_cursor()

        bills.before_call = lambda: None
        bills.now += timedelta(seconds=1)
        cursor = UpdatedTimeCursor("bills", progress.state())
        interval = cursor.begin_sync(START, timedelta(0), bills.now)
        for part in parts_of(interval, cursor, lambda start, end: range_reader(bills, start, end)):
            destination |= {found["id"]: found for found in rows_of(part.reader or Silent())}

        assert destination == bills.rows()


@quick
@given(st.integers(0, 5))
def test_a_list_read_whole_has_the_state_that_says_so(rows: int) -> None:
    progress = StreamProgress(
        "roles", [Part(range_reader(list_with(Behavior(), [rows])))], RowNormalizer("roles", {})
    )

    progress.update_cursor()

    assert progress.state() == {"__ab_no_cursor_state_message": True}


def record(progress: StreamProgress, random: Random, *, most: int) -> Iterator[Row]:
    """Read the parts in a random interleaving, splitting them; stop after so many batches."""
    under_way = {id(part): iter(part.reader or Silent()) for part in progress.parts}
    for _ in range(most):
        part: Part = random.choice(progress.parts)
        found = next(under_way[id(part)], None)
        if found is None:
            end(part)
            continue
        yield from found.rows
        part.record(found)
        later = part.reader.split() if part.reader else None
        if later is not None:
            added = progress.insert_after(part, later, later.start)
            under_way[id(added)] = iter(later)
