"""The state of an incremental stream: the newest updatedTime seen, covered, and never "now"."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    FailureType,
    StreamDescriptor,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.types import Record, StreamSlice
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.ascent import Batch
from source_billcom.client import BillClient
from source_billcom.cursor import BEGINNING, UpdatedTimeCursor
from source_billcom.errors import BillError
from source_billcom.fields import NewFieldWatch
from source_billcom.listing import ListQuery, Row, format_time
from source_billcom.reading import Range
from source_billcom.streams import ListPartition
from source_billcom.throttle import HourlyBudget, Throttle
from unit_tests.fakes import NOW, SETTINGS, FakeBill, FakeClock, page, quick, row

STATE = datetime(2026, 3, 1, 8, tzinfo=UTC)
ANCHOR = datetime(2025, 1, 1, tzinfo=UTC)
LOOKBACK = timedelta(minutes=10)
MOMENTS = st.integers(0, 10**9).map(lambda ms: STATE + timedelta(milliseconds=ms))


def day(number: int) -> datetime:
    """Return a time some days after the state."""
    return STATE + timedelta(days=number)


def rows(*moments: datetime | None) -> list[Row]:
    """Return rows changed at these moments."""
    return [row(str(number), moment) for number, moment in enumerate(moments)]


def batch(*moments: datetime) -> Batch:
    """Return a batch of rows changed at these moments, which covers all up to the last."""
    return Batch(rows(*moments), max(moments))


def unordered(*moments: datetime | None) -> Batch:
    """Return a batch of a list whose order was not kept: nothing is known to be covered."""
    return Batch(rows(*moments), None)


class Bench:
    """A cursor for bills, its clock and the states it emitted; `begun` where its sync has."""

    def __init__(self, state: object = None, *, begun: bool = False) -> None:
        self.clock = FakeClock()
        self._messages = InMemoryMessageRepository()
        self._emitted: list[dict[str, Any]] = []
        if isinstance(state, dict) and "full_refresh" in state:
            saved = [state_message(state)]
        else:
            saved = [] if state is None else [state_message({"updatedTime": state})]
        self.cursor = UpdatedTimeCursor(
            "bills", ConnectorStateManager(saved), self._messages, self.clock
        )
        if begun:
            self.cursor.interval(ANCHOR, LOOKBACK, NOW + timedelta(days=30))

    def finish(self) -> None:
        """End the stream, as the CDK does when its last partition is read."""
        query = ListQuery("bills", "/v3/bills")
        client = BillClient(SETTINGS, Throttle(HourlyBudget(self.clock)), self.clock, FakeBill())
        partition = ListPartition(query, client, NewFieldWatch("bills", {}), self.cursor)
        self.cursor.close_partition(partition)
        self.cursor.ensure_at_least_one_state_emitted()

    @property
    def states(self) -> list[dict[str, Any]]:
        """The states emitted, as far as `emitted` has been asked for."""
        return self._emitted

    @property
    def emitted(self) -> list[str | None]:
        """The updatedTime of every state message so far."""
        for message in self._messages.consume_queue():
            assert message.state is not None
            assert message.state.stream is not None
            assert message.state.stream.stream_descriptor.name == "bills"
            blob = message.state.stream.stream_state
            self._emitted.append({} if blob is None else dict(vars(blob)))
        return [state.get("updatedTime") for state in self._emitted]


def state_message(state: dict[str, object]) -> AirbyteStateMessage:
    """Return the saved state of bills as the platform hands it in."""
    return AirbyteStateMessage(
        type=AirbyteStateType.STREAM,
        stream=AirbyteStreamState(
            stream_descriptor=StreamDescriptor(name="bills"), stream_state=AirbyteStateBlob(state)
        ),
    )


class TestInterval:
    def test_without_a_state_it_begins_at_the_anchor_and_ends_at_the_syncs_start(self) -> None:
        interval = Bench().cursor.interval(ANCHOR, LOOKBACK, NOW)

        assert (interval.start, interval.end) == (ANCHOR, NOW)

    def test_a_full_refresh_begins_before_bill_existed(self) -> None:
        interval = Bench().cursor.interval(ANCHOR, LOOKBACK, NOW, full_refresh=True)

        assert interval.start == BEGINNING

    def test_with_a_state_it_begins_the_lookback_before_it(self) -> None:
        interval = Bench(format_time(STATE)).cursor.interval(ANCHOR, LOOKBACK, NOW)

        assert (interval.start, interval.end) == (STATE - LOOKBACK, NOW)

    def test_a_state_older_than_the_anchor_still_counts(self) -> None:
        bench = Bench("2020-01-01T00:00:00Z")

        assert bench.cursor.interval(ANCHOR, timedelta(0), NOW).start.year == 2020

    def test_a_state_a_little_ahead_of_this_machines_clock_is_read_up_to(self) -> None:
        ahead = NOW + timedelta(hours=2)

        interval = Bench(format_time(ahead)).cursor.interval(ANCHOR, LOOKBACK, NOW)

        assert interval.end == ahead

    def test_a_state_in_the_future_is_refused_with_what_to_do(self) -> None:
        bench = Bench("2030-01-01T00:00:00Z")

        with pytest.raises(BillError, match=r"bills .* future: reset") as caught:
            bench.cursor.interval(ANCHOR, LOOKBACK, NOW)

        assert caught.value.failure_type is FailureType.config_error

    def test_a_lookback_longer_than_the_calendar_reads_from_the_beginning(self) -> None:
        bench = Bench(format_time(STATE))

        assert bench.cursor.interval(ANCHOR, timedelta(days=365 * 3_000), NOW).start <= BEGINNING


class TestFullRefresh:
    def test_the_state_of_an_incremental_sync_is_not_continued_from(self) -> None:
        bench = Bench(format_time(STATE))

        assert bench.cursor.interval(ANCHOR, LOOKBACK, NOW, full_refresh=True).start == BEGINNING

    def test_its_own_unfinished_state_is(self) -> None:
        first = Bench()
        first.cursor.interval(ANCHOR, timedelta(0), NOW, full_refresh=True)
        first.cursor.batch_read(batch(*[day(-5)] * 1_000))
        assert first.emitted == [format_time(day(-5))]
        saved = first.states[-1]

        second = Bench(saved)
        interval = second.cursor.interval(ANCHOR, timedelta(0), NOW, full_refresh=True)

        assert saved["full_refresh"] is True
        assert interval.start == day(-5)

    def test_a_finished_one_leaves_a_state_like_any_other(self) -> None:
        bench = Bench(format_time(STATE))
        bench.cursor.interval(ANCHOR, timedelta(0), NOW, full_refresh=True)
        bench.cursor.batch_read(batch(day(-5), day(1)))
        bench.finish()

        assert bench.emitted
        assert bench.states[-1] == {"updatedTime": format_time(day(1))}


class TestSavedStates:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-01T08:00:00.000Z",
            "2026-03-01T08:00:00Z",
            "2026-03-01T08:00:00",
            "2026-03-01T08:00:00.000+00:00",
            "2026-03-01T08:00:00+0000",
            "2026-03-01T10:00:00.000000+02:00",
            "2026-03-01 08:00",
        ],
    )
    def test_any_iso_8601_form_of_a_state_is_read(self, text: str) -> None:
        assert Bench(text).cursor.interval(ANCHOR, timedelta(0), NOW).start == STATE

    def test_it_stays_as_it_was_written_until_something_newer_is_seen(self) -> None:
        bench = Bench("2026-03-01 08:00", begun=True)

        bench.finish()

        assert bench.emitted == ["2026-03-01 08:00"]

    @pytest.mark.parametrize("value", ["yesterday", 1772352000, {"a": 1}, ["2026"], True])
    def test_anything_else_is_refused_with_what_to_do(self, value: object) -> None:
        with pytest.raises(BillError, match="not a time: reset") as caught:
            Bench(value, begun=True)

        assert caught.value.failure_type is FailureType.config_error

    def test_a_time_that_leaves_the_calendar_in_utc_is_refused_too(self) -> None:
        with pytest.raises(BillError, match="not a time"):
            Bench("0001-01-01T00:00:00+14:00", begun=True)

    @pytest.mark.parametrize("state", [{}, {"updatedTime": ""}, {"updatedTime": None}, {"x": 1}])
    def test_the_state_of_a_full_refresh_is_no_state(self, state: dict[str, object]) -> None:
        cursor = UpdatedTimeCursor(
            "bills",
            ConnectorStateManager([state_message(state)]),
            InMemoryMessageRepository(),
            FakeClock(),
        )

        assert cursor.interval(ANCHOR, LOOKBACK, NOW).start == ANCHOR

    @quick
    @given(st.lists(MOMENTS, min_size=1, max_size=20))
    def test_a_state_written_is_read_back_as_it_was(self, moments: list[datetime]) -> None:
        first = Bench()
        first.cursor.batch_read(batch(*sorted(moments)))
        first.finish()

        assert Bench(first.emitted[-1], begun=True).cursor.state == first.cursor.state


class TestProgress:
    @quick
    @given(
        st.none() | MOMENTS,
        st.lists(st.lists(MOMENTS, min_size=1, max_size=6), max_size=6),
        st.lists(st.integers(0, 40), min_size=6, max_size=6),
    )
    def test_any_ascending_batches_end_in_the_newest_time_and_never_go_back(
        self, saved: datetime | None, split: list[list[datetime]], pauses: list[int]
    ) -> None:
        bench = Bench(format_time(saved) if saved else None, begun=True)
        ordered = iter(sorted(moment for part in split for moment in part))
        seen = [saved] if saved else []

        for part, pause in zip(split, pauses, strict=False):
            moments = [next(ordered) for _ in part]
            seen += moments
            bench.clock.advance(seconds=pause)
            bench.cursor.batch_read(batch(*moments))
            expected = {"updatedTime": format_time(max(seen))} if seen else {}
            assert bench.cursor.state == expected
        bench.finish()

        emitted = [state or "" for state in bench.emitted]
        assert emitted == sorted(emitted)
        assert emitted[-1] == (format_time(max(seen)) if seen else "")

    @pytest.mark.parametrize("batches", [[], [unordered()], [unordered(None, None)]])
    def test_a_sync_that_sees_no_time_leaves_the_state_as_it_was(
        self, batches: list[Batch]
    ) -> None:
        bench = Bench(format_time(STATE), begun=True)

        for read in batches:
            bench.cursor.batch_read(read)
        bench.finish()

        assert set(bench.emitted) == {format_time(STATE)}

    def test_an_empty_first_sync_emits_an_empty_state_not_now(self) -> None:
        bench = Bench()

        bench.finish()

        assert set(bench.emitted) == {None}

    def test_rows_of_the_lookback_do_not_take_the_state_back(self) -> None:
        bench = Bench(format_time(STATE), begun=True)

        bench.cursor.batch_read(batch(STATE - LOOKBACK, STATE - timedelta(minutes=1)))
        bench.finish()

        assert bench.emitted[-1] == format_time(STATE)

    @pytest.mark.parametrize("odd", [None, "soon", 7, {"a": 1}])
    def test_a_row_without_a_readable_time_is_passed_over(self, odd: object) -> None:
        bench = Bench()

        bench.cursor.batch_read(Batch([row("1", day(1)), {"id": "2", "updatedTime": odd}], None))
        bench.finish()

        assert bench.emitted[-1] == format_time(day(1))

    def test_times_with_other_offsets_are_compared_as_times(self) -> None:
        bench = Bench()
        moments = ("2026-03-01T09:30:00.000+02:00", "2026-03-01T08:00:00.000Z")

        bench.cursor.batch_read(
            Batch([{"id": str(n), "updatedTime": text} for n, text in enumerate(moments)], None)
        )
        bench.finish()

        assert bench.emitted[-1] == "2026-03-01T08:00:00.000Z"

    def test_a_batch_covers_up_to_the_time_it_names_though_it_has_no_rows(self) -> None:
        bench = Bench(format_time(STATE), begun=True)

        bench.cursor.batch_read(Batch([], day(2)))

        assert bench.cursor.state == {"updatedTime": format_time(day(2))}


class TestCheckpoints:
    def test_a_long_sync_emits_its_state_every_thousand_rows_or_so(self) -> None:
        bench = Bench()

        for number in range(50):
            bench.cursor.batch_read(batch(*[day(number)] * 100))

        assert bench.emitted == [format_time(day(number)) for number in (9, 19, 29, 39, 49)]

    def test_a_slow_sync_emits_its_state_about_every_half_minute(self) -> None:
        bench = Bench()

        for number in range(12):
            bench.clock.advance(seconds=10)
            bench.cursor.batch_read(batch(day(number)))

        assert bench.emitted == [format_time(day(number)) for number in (2, 5, 8, 11)]

    def test_a_batch_counts_only_once_all_its_rows_were_handed_on(self) -> None:
        bench = Bench()
        bill = FakeBill().on(
            "/v3/bills", page([row("1", day(1)), row("2", day(2))], "b"), page([row("3", day(3))])
        )
        client = BillClient(SETTINGS, Throttle(HourlyBudget(bench.clock)), bench.clock, bill)
        partition = ListPartition(
            ListQuery("bills", "/v3/bills"),
            client,
            NewFieldWatch("bills", {}),
            bench.cursor,
            Range(ANCHOR, NOW),
        )
        records = iter(partition.read())

        next(records)
        next(records)
        before = dict(bench.cursor.state)
        next(records)

        assert before == {}
        assert bench.cursor.state == {"updatedTime": format_time(day(2))}

    def test_a_state_is_emitted_even_if_nothing_was_read(self) -> None:
        bench = Bench(format_time(STATE), begun=True)

        bench.cursor.ensure_at_least_one_state_emitted()

        assert bench.emitted == [format_time(STATE)]


class TestDisorder:
    @quick
    @given(
        st.none() | MOMENTS, st.lists(MOMENTS, max_size=5), st.lists(MOMENTS, min_size=1), st.data()
    )
    def test_the_state_stands_where_the_order_was_lost_until_all_is_read(
        self,
        saved: datetime | None,
        ordered: list[datetime],
        rest: list[datetime],
        data: st.DataObject,
    ) -> None:
        bench = Bench(format_time(saved) if saved else None, begun=True)
        for moment in sorted(ordered):
            bench.cursor.batch_read(batch(moment))
        stood = dict(bench.cursor.state)
        size = data.draw(st.integers(1, 5))

        for at in range(0, len(rest), size):
            bench.clock.advance(seconds=40)
            bench.cursor.batch_read(unordered(*rest[at : at + size]))
            assert bench.cursor.state == stood
            assert set(bench.emitted) <= {stood.get("updatedTime")}
        bench.finish()

        newest = max([*ordered, *rest, *([saved] if saved else [])])
        assert bench.emitted[-1] == format_time(newest)

    def test_a_state_already_emitted_is_not_taken_back(self) -> None:
        bench = Bench(format_time(STATE), begun=True)
        bench.clock.advance(seconds=40)
        bench.cursor.batch_read(batch(day(3)))

        for moment in (day(5), day(4), day(3)):
            bench.clock.advance(seconds=40)
            bench.cursor.batch_read(unordered(moment))

        assert bench.emitted == [format_time(day(3))]
        assert bench.cursor.state == {"updatedTime": format_time(day(3))}

    def test_it_ends_at_the_newest_time_whatever_order_it_came_in(self) -> None:
        bench = Bench(format_time(STATE), begun=True)

        bench.cursor.batch_read(unordered(day(2), day(5)))
        bench.cursor.batch_read(unordered(day(1), None))
        bench.finish()

        assert bench.emitted[-1] == format_time(day(5))


def test_every_record_bill_returns_is_kept() -> None:
    """BILL's filter has decided already; a second one could only lose rows."""
    old = Record(row("1", ANCHOR), "bills", StreamSlice(partition={}, cursor_slice={}))

    assert Bench(format_time(STATE), begun=True).cursor.should_be_synced(old)
