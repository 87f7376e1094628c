"""How long a call is retried, and what it waits for."""

import logging
from datetime import datetime, timedelta

import pytest

from source_billcom.api.error_handling import ErrorResolution, ResponseAction, SuspectedCause
from source_billcom.api.outage import Outage
from source_billcom.api.rate_limits import HourlyWindow
from source_billcom.api.retry import (
    CHECK_RETRY_POLICY,
    READ_RETRY_POLICY,
    Attempts,
    Backoff,
    RetryPolicy,
)
from source_billcom.clock import next_full_hour
from source_billcom.errors import ConnectorError
from unit_tests.fakes import NOW, FakeClock, in_threads

TO_NEXT_HOUR = (next_full_hour(NOW) - NOW).total_seconds()
ERROR = ConnectorError.transient("BILL kept failing.", "HTTP 503")


class Bench:
    """Waits with a fake clock, in an hour of so many calls."""

    def __init__(self, limit: int = 20_000, now: datetime = NOW) -> None:
        self.clock = FakeClock(now)
        self.hour = HourlyWindow(self.clock, limit)
        self.outage = Outage(self.clock, lambda: self.is_reachable)
        self.is_reachable = False
        self.backoff = Backoff(self.clock, self.hour, self.outage)
        self.attempts = Attempts("reading bills")

    def take(self, calls: int, policy: RetryPolicy = READ_RETRY_POLICY) -> None:
        """Take this many calls one after another."""
        for _ in range(calls):
            self.backoff.count_call(self.attempts, policy)

    def retry(
        self,
        action: ResponseAction = ResponseAction.RETRY,
        policy: RetryPolicy = READ_RETRY_POLICY,
        suspected_cause: SuspectedCause = SuspectedCause.NONE,
    ) -> int:
        """Retry until the error is raised, and return how often that was possible."""
        resolution = ErrorResolution(action, ERROR, suspected_cause=suspected_cause)
        for retries in range(1_000):
            try:
                self.backoff.wait_or_raise(resolution, self.attempts, policy)
            except ConnectorError:
                return retries
        raise AssertionError("retried for ever")


class TestTakeCall:
    def test_within_the_limit_it_does_not_wait(self) -> None:
        bench = Bench()

        bench.take(20_000)

        assert bench.clock.sleeps == []

    def test_over_the_limit_it_waits_for_the_next_full_hour_and_no_longer(self) -> None:
        bench = Bench(limit=5)

        bench.take(6)

        assert bench.clock.now() == next_full_hour(NOW)
        assert sum(bench.clock.sleeps) == pytest.approx(TO_NEXT_HOUR)

    def test_while_it_waits_it_logs_once_a_minute(self, caplog: pytest.LogCaptureFixture) -> None:
        bench = Bench(limit=1)

        with caplog.at_level(logging.INFO):
            bench.take(2)

        assert len(caplog.messages) == pytest.approx(TO_NEXT_HOUR / 60, abs=1)
        assert "Waiting until 13:00:00 UTC (about 40 min)" in caplog.messages[0]
        assert "about 1 min" in caplog.messages[-1]

    def test_twenty_waiting_threads_together_log_no_more_than_once_a_minute(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench = Bench()
        bench.hour.close_until(NOW + timedelta(minutes=10))

        with caplog.at_level(logging.INFO):
            in_threads(20, lambda _: bench.take(1))

        assert 1 <= len(caplog.messages) <= 10

    def test_it_sleeps_in_short_steps(self) -> None:
        bench = Bench(limit=1)

        bench.take(2)

        assert max(bench.clock.sleeps) <= 5.0

    def test_after_the_wait_calls_go_again(self) -> None:
        bench = Bench()
        bench.hour.close_until(NOW + timedelta(minutes=1))
        bench.take(1)
        slept = len(bench.clock.sleeps)

        bench.take(100)

        assert len(bench.clock.sleeps) == slept

    def test_a_check_does_not_wait_for_an_hour_that_a_read_has_used_up(self) -> None:
        bench = Bench(limit=1)
        bench.take(1)

        with pytest.raises(ConnectorError, match=r"hourly limit .* while reading bills"):
            bench.take(1, CHECK_RETRY_POLICY)

        assert bench.clock.sleeps == []


class TestFaults:
    @pytest.mark.parametrize(
        ("policy", "suspected_cause", "retries"),
        [
            (READ_RETRY_POLICY, SuspectedCause.NONE, 8),
            (READ_RETRY_POLICY, SuspectedCause.ADDRESS, 1),
            (READ_RETRY_POLICY, SuspectedCause.SESSION, 3),
            (CHECK_RETRY_POLICY, SuspectedCause.NONE, 2),
        ],
    )
    def test_the_policy_says_how_often_each_is_retried(
        self, policy: RetryPolicy, suspected_cause: SuspectedCause, retries: int
    ) -> None:
        assert Bench().retry(policy=policy, suspected_cause=suspected_cause) == retries

    @pytest.mark.parametrize(
        ("suspected_cause", "retries"), [(SuspectedCause.ADDRESS, 1), (SuspectedCause.SESSION, 3)]
    )
    def test_retries_after_an_outage_do_not_count_for_what_may_have_another_cause(
        self, suspected_cause: SuspectedCause, retries: int
    ) -> None:
        bench = Bench()
        resolution = ErrorResolution(ResponseAction.RETRY, ERROR)
        for _ in range(5):
            bench.backoff.wait_or_raise(resolution, bench.attempts, READ_RETRY_POLICY)

        assert bench.retry(suspected_cause=suspected_cause) == retries

    def test_waits_double_up_to_a_minute_and_are_random(self) -> None:
        bench = Bench()

        bench.retry()

        waits = bench.clock.sleeps
        assert all(
            0.8 * usual <= wait <= 1.2 * usual
            for usual, wait in zip([1, 2, 4, 8, 16, 32, 60, 60], waits, strict=True)
        )
        assert len({wait / round(wait) for wait in waits}) > 1

    def test_each_retry_is_logged_with_its_reason(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            Bench().retry()

        assert len(caplog.messages) == 8
        assert caplog.messages[0] == "Reading bills: HTTP 503. Retrying in 1 s (1 of 8)."

    def test_what_cannot_pass_is_not_retried(self) -> None:
        bench = Bench()

        assert bench.retry(ResponseAction.FAIL) == 0
        assert bench.clock.sleeps == []


class TestSlots:
    @pytest.mark.parametrize(
        ("policy", "seconds"), [(READ_RETRY_POLICY, 900), (CHECK_RETRY_POLICY, 20)]
    )
    def test_a_free_slot_is_waited_for_up_to_a_time(
        self, policy: RetryPolicy, seconds: float
    ) -> None:
        bench = Bench()

        bench.retry(ResponseAction.WAIT_FOR_SLOT, policy)

        assert seconds <= sum(bench.clock.sleeps) < seconds + 10
        assert max(bench.clock.sleeps) <= 10

    def test_a_long_wait_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            Bench().retry(ResponseAction.WAIT_FOR_SLOT)

        assert "Other programs are using all three calls" in caplog.messages[0]


class TestHours:
    def test_three_hours_are_waited_for(self) -> None:
        bench = Bench()
        resolution = ErrorResolution(ResponseAction.WAIT_FOR_HOUR, ERROR)
        hours = set()

        for _ in range(3):
            bench.backoff.wait_or_raise(resolution, bench.attempts, READ_RETRY_POLICY)
            bench.take(1)
            hours.add(bench.clock.now().hour)
            bench.clock.advance(minutes=10)

        assert hours == {13, 14, 15}
        assert bench.retry(ResponseAction.WAIT_FOR_HOUR) == 0

    def test_right_after_the_hour_bills_clock_may_be_behind_so_it_waits_a_minute(self) -> None:
        bench = Bench(now=NOW.replace(minute=2))
        resolution = ErrorResolution(ResponseAction.WAIT_FOR_HOUR, ERROR)

        bench.backoff.wait_or_raise(resolution, bench.attempts, READ_RETRY_POLICY)
        bench.take(1)

        assert bench.clock.now() - NOW.replace(minute=2) == timedelta(minutes=1)

    def test_a_check_waits_for_none(self) -> None:
        bench = Bench()

        assert bench.retry(ResponseAction.WAIT_FOR_HOUR, CHECK_RETRY_POLICY) == 0
        assert bench.clock.sleeps == []
