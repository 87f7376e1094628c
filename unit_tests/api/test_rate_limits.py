"""BILL's two limits: three calls at once, 20,000 in a clock hour."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.rate_limits import (
    CALLS_AT_ONCE,
    CALLS_PER_HOUR,
    HourlyWindow,
    RateLimits,
    Slots,
)
from source_billcom.clock import next_full_hour
from unit_tests.fakes import NOW, FakeClock, in_threads, quick

NEXT_HOUR = next_full_hour(NOW)


def limits_with(slots: int) -> RateLimits:
    """Return limits with so many slots."""
    return RateLimits(HourlyWindow(FakeClock()), Slots(slots))


class TestSlots:
    def test_the_limits_are_those_that_bill_documents(self) -> None:
        assert (CALLS_AT_ONCE, CALLS_PER_HOUR) == (3, 20_000)

    def test_of_twenty_threads_three_hold_a_slot_and_never_a_fourth(self) -> None:
        limits = limits_with(CALLS_AT_ONCE)
        lock = threading.Lock()
        three_inside = threading.Barrier(3)
        inside = most = 0

        def call(_: int) -> None:
            nonlocal inside, most
            with limits.slot():
                with lock:
                    inside += 1
                    most = max(most, inside)
                # passes only while three calls are in flight: the limit is used, not only kept
                three_inside.wait(timeout=60)
                with lock:
                    inside -= 1

        results = in_threads(21, call)

        assert results == [None] * 21
        assert most == 3

    def test_a_call_that_fails_gives_its_slot_back(self) -> None:
        limits = limits_with(1)

        for _ in range(3):
            with pytest.raises(ConnectionError), limits.slot():
                raise ConnectionError

        with limits.slot():
            assert not limits.slots.acquire(blocking=False)

    def test_without_a_free_slot_in_time_a_call_goes_on_and_gives_none_back(self) -> None:
        limits = limits_with(1)

        with limits.slot(), limits.slot_within(0.0):
            assert not limits.slots.acquire(blocking=False)

        assert limits.slots.acquire(blocking=False)

    def test_a_slot_that_is_free_in_time_is_held(self) -> None:
        limits = limits_with(1)

        with limits.slot_within(0.0):
            assert not limits.slots.acquire(blocking=False)

        assert limits.slots.acquire(blocking=False)


class TestHourlyWindow:
    def test_calls_within_the_limit_may_go(self) -> None:
        hour = HourlyWindow(FakeClock())

        assert {hour.try_take() for _ in range(CALLS_PER_HOUR)} == {None}

    def test_the_call_over_the_limit_may_go_at_the_next_full_hour(self) -> None:
        hour = HourlyWindow(FakeClock(), limit=5)
        for _ in range(5):
            hour.try_take()

        assert hour.try_take() == NEXT_HOUR

    def test_to_ask_does_not_count(self) -> None:
        clock = FakeClock()
        hour = HourlyWindow(clock, limit=2)
        for _ in range(10):
            hour.try_take()
        clock.advance(hours=1)

        assert [hour.try_take() for _ in range(2)] == [None, None]

    def test_a_new_hour_brings_all_calls_back(self) -> None:
        clock = FakeClock()
        hour = HourlyWindow(clock, limit=5)
        for _ in range(6):
            hour.try_take()
        clock.advance(hours=1)

        assert [hour.try_take() for _ in range(5)] == [None] * 5

    def test_closed_because_bill_said_so_it_refuses_every_call_until_then(self) -> None:
        clock = FakeClock()
        hour = HourlyWindow(clock)
        opens = NOW + timedelta(minutes=40)

        hour.close_until(opens)

        assert hour.try_take() == opens
        clock.advance(minutes=40)
        assert hour.try_take() is None

    def test_of_two_times_the_later_one_holds(self) -> None:
        hour = HourlyWindow(FakeClock())
        late, early = NOW + timedelta(minutes=40), NOW + timedelta(minutes=5)

        hour.close_until(late)
        hour.close_until(early)

        assert hour.try_take() == late

    def test_threads_that_take_calls_together_never_pass_the_limit(self) -> None:
        hour = HourlyWindow(FakeClock(), limit=10)

        results = in_threads(20, lambda _: hour.try_take())

        assert results.count(None) == 10

    def test_twenty_waiting_threads_log_once_a_minute(self) -> None:
        clock = FakeClock()
        hour = HourlyWindow(clock)
        logged = 0

        for _ in range(10):
            logged += in_threads(20, lambda _: hour.may_log_wait()).count(True)
            clock.advance(minutes=1)

        assert logged == 10

    @quick
    @given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5_400)), max_size=5))
    def test_no_clock_hour_sees_more_than_its_limit(self, bursts: list[tuple[int, int]]) -> None:
        clock = FakeClock()
        hour = HourlyWindow(clock, limit=7)
        taken: dict[object, int] = {}

        for calls, pause in bursts:
            for _ in range(calls):
                if hour.try_take() is None:
                    ends = next_full_hour(clock.now())
                    taken[ends] = taken.get(ends, 0) + 1
            clock.advance(seconds=pause)

        assert all(count <= 7 for count in taken.values())
