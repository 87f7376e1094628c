"""BILL's two limits: three calls at once, 20,000 in a clock hour."""

import logging
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.rate_limits import (
    CALLS_AN_HOUR,
    CALLS_AT_ONCE,
    HourlyBudget,
    Slots,
    Throttle,
)
from source_billcom.clock import next_full_hour
from unit_tests.fakes import NOW, FakeClock, in_threads, quick

TO_NEXT_HOUR = (next_full_hour(NOW) - NOW).total_seconds()


def spend(budget: HourlyBudget, calls: int) -> None:
    """Take this many calls one after the other."""
    for _ in range(calls):
        budget.spend_one()


class TestThreeAtOnce:
    def test_the_limits_are_those_bill_documents(self) -> None:
        assert (CALLS_AT_ONCE, CALLS_AN_HOUR) == (3, 20_000)

    def test_of_twenty_threads_three_are_under_way_at_once_and_never_a_fourth(self) -> None:
        throttle = Throttle(HourlyBudget(FakeClock()))
        lock = threading.Lock()
        three_inside = threading.Barrier(3)
        inside = most = 0

        def call(_: int) -> None:
            nonlocal inside, most
            with throttle.slot():
                with lock:
                    inside += 1
                    most = max(most, inside)
                # passes only when three calls are under way: the limit is used, not only kept
                three_inside.wait(timeout=5)
                with lock:
                    inside -= 1

        results = in_threads(21, call)

        assert results == [None] * 21
        assert most == 3

    def test_a_call_that_fails_gives_its_place_back(self) -> None:
        throttle = Throttle(HourlyBudget(FakeClock()), Slots(1))

        for _ in range(3):
            with pytest.raises(ConnectionError), throttle.slot():
                raise ConnectionError

        with throttle.slot():
            pass


class TestHourlyBudget:
    def test_calls_within_the_limit_do_not_wait(self) -> None:
        clock = FakeClock()

        spend(HourlyBudget(clock), CALLS_AN_HOUR)

        assert clock.sleeps == []

    def test_the_call_over_the_limit_waits_for_the_next_full_hour_and_no_longer(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock, limit=5)

        spend(budget, 6)

        assert clock.now() == next_full_hour(NOW)
        assert sum(clock.sleeps) == pytest.approx(TO_NEXT_HOUR)

    def test_a_new_hour_brings_a_whole_new_budget(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock, limit=5)
        spend(budget, 5)
        clock.advance(hours=1)

        spend(budget, 5)

        assert clock.sleeps == []

    def test_while_it_waits_it_says_so_every_minute(self, caplog: pytest.LogCaptureFixture) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock, limit=1)

        with caplog.at_level(logging.INFO):
            spend(budget, 2)

        assert len(caplog.messages) == pytest.approx(TO_NEXT_HOUR / 60, abs=1)
        assert "waiting until 13:00:00 UTC, about 40 min" in caplog.messages[0]
        assert "about 1 min" in caplog.messages[-1]

    def test_twenty_waiting_threads_together_say_so_no_oftener_than_once_a_minute(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock)
        budget.close_until(NOW + timedelta(minutes=10))

        with caplog.at_level(logging.INFO):
            in_threads(20, lambda _: budget.spend_one())

        assert 1 <= len(caplog.messages) <= 10

    def test_when_bill_says_the_hour_is_used_up_every_call_waits_for_the_time_given(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock)
        opens = NOW + timedelta(minutes=40)

        budget.close_until(opens)
        budget.spend_one()

        assert clock.now() == opens

    def test_of_two_times_to_wait_for_the_later_one_holds(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock)
        late, early = NOW + timedelta(minutes=40), NOW + timedelta(minutes=5)

        budget.close_until(late)
        budget.close_until(early)
        budget.spend_one()

        assert clock.now() == late

    def test_after_the_wait_the_budget_is_open_again(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock)
        budget.close_until(NOW + timedelta(minutes=1))
        spend(budget, 1)
        slept = len(clock.sleeps)

        spend(budget, 100)

        assert len(clock.sleeps) == slept

    def test_it_sleeps_in_short_pieces_so_that_it_can_be_stopped(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock, limit=1)

        spend(budget, 2)

        assert max(clock.sleeps) <= 5.0

    def test_threads_that_spend_together_never_pass_the_limit(self) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock, limit=10)
        in_first_hour: list[bool] = []

        def call(_: int) -> None:
            budget.spend_one()
            in_first_hour.append(clock.now() < next_full_hour(NOW))

        in_threads(20, call)

        assert len(in_first_hour) == 20
        assert sum(in_first_hour) <= 10

    @quick
    @given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5_400)), max_size=5))
    def test_no_clock_hour_ever_sees_more_than_its_limit(
        self, bursts: list[tuple[int, int]]
    ) -> None:
        clock = FakeClock()
        budget = HourlyBudget(clock, limit=7)
        spent: dict[object, int] = {}

        for calls, pause in bursts:
            for _ in range(calls):
                budget.spend_one()
                hour = next_full_hour(clock.now())
                spent[hour] = spent.get(hour, 0) + 1
            clock.advance(seconds=pause)

        assert all(count <= 7 for count in spent.values())
