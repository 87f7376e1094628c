"""How far a run is, and what it waits for, from the connector's own log lines."""

import logging
from datetime import UTC, datetime

import pytest

from source_billcom.api.error_handling import ErrorResolution, ResponseAction
from source_billcom.api.error_messages import service_failing, slots_busy
from source_billcom.api.outage import Outage
from source_billcom.api.rate_limits import HourlyWindow
from source_billcom.api.retry import READ_RETRY_POLICY, Attempts, Backoff
from sync_tool.progress import Progress, Result, StreamProgress, as_duration
from unit_tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 26, 13, 30, tzinfo=UTC))


def backoff_of(clock: FakeClock, calls_per_hour: int = 20_000) -> Backoff:
    outage = Outage(clock, lambda: True)
    return Backoff(clock, HourlyWindow(clock, calls_per_hour), outage)


def noted(caplog: pytest.LogCaptureFixture, *streams: str) -> Progress:
    """Return the progress after everything that the connector has logged."""
    progress = Progress(streams, 0)
    progress.waits_for = ""
    for record in caplog.records:
        progress.note_log(record.getMessage())
    return progress


def test_a_full_hour_is_what_the_run_waits_for(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    backoff, attempts = backoff_of(clock, calls_per_hour=1), Attempts("reading bills")

    for _ in range(2):
        backoff.count_call(attempts, READ_RETRY_POLICY)

    assert noted(caplog, "bills").waits_for == "BILL's hourly limit until 14:00 UTC"


@pytest.mark.parametrize(
    ("what", "of_stream", "of_run"),
    [
        ("reading bills", "retry 1 of 8 in 1 s", ""),
        ("signing in", "", "retry 1 of 8 in 1 s"),
    ],
)
def test_a_retry_is_what_its_stream_waits_for(
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    what: str,
    of_stream: str,
    of_run: str,
) -> None:
    caplog.set_level(logging.INFO)
    outcome = ErrorResolution(ResponseAction.RETRY, service_failing(what, "HTTP 500, BDC_1001"))
    backoff_of(clock).wait_or_raise(outcome, Attempts(what), READ_RETRY_POLICY)

    progress = noted(caplog, "bills", "vendors")

    assert progress.streams["bills"].waits_for == of_stream
    assert progress.streams["vendors"].waits_for == ""
    assert progress.waits_for == of_run


def test_a_busy_slot_is_what_the_run_waits_for(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    backoff, attempts = backoff_of(clock), Attempts("reading bills")
    busy = slots_busy("reading bills", "HTTP 422, BDC_1322")
    for _ in range(10):
        outcome = ErrorResolution(ResponseAction.WAIT_FOR_SLOT, busy)
        backoff.wait_or_raise(outcome, attempts, READ_RETRY_POLICY)

    assert noted(caplog, "bills").waits_for == "one of the three calls that BILL allows at once"


def test_rows_end_every_wait() -> None:
    progress = Progress(("bills",), 0)
    progress.waits_for = progress.streams["bills"].waits_for = "something"

    progress.add("bills", 100, 1.0)

    assert (progress.waits_for, progress.streams["bills"].waits_for) == ("", "")
    assert progress.rows == 100


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    stream = StreamProgress("bills")
    for second in range(1, 31):
        stream.add(10 if second <= 15 else 100, float(second))

    assert stream.rate(30.0) == pytest.approx(100)


def test_the_time_left_follows_from_rate_and_estimate() -> None:
    stream = StreamProgress("bills")
    assert stream.seconds_left(0) is None

    stream.add(100, 0.0)
    stream.add(100, 2.0)
    stream.estimate = 1_200

    assert stream.seconds_left(2.0) == pytest.approx(10)


def test_streams_are_found_by_their_result() -> None:
    progress = Progress(("bills", "vendors"), 0)
    progress.streams["vendors"].result = Result.FAILED

    assert progress.names_with(Result.FAILED) == ["vendors"]
    assert progress.names_with(Result.WAITING, Result.FAILED) == ["bills", "vendors"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (750, "12:30"), (3_900, "1:05:00")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert as_duration(seconds) == text
