"""Signals end a run in order; a second one ends it at once."""

import signal
from collections.abc import Iterator

import pytest

from sync_tool.interrupts import Interrupts


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Restore the handlers of the test process."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_the_first_signal_stops_and_the_next_one_kills(number: signal.Signals, code: int) -> None:
    interrupts, done = Interrupts(), []
    interrupts.install()
    interrupts.pass_on(lambda: done.append("stop"), lambda: done.append("kill"))

    signal.raise_signal(number)
    assert (interrupts.received, done) == (number, ["stop"])

    signal.raise_signal(signal.SIGINT)
    assert done == ["stop", "kill"]
    assert interrupts.exit_code == code


def test_a_signal_before_there_is_anything_to_stop_is_remembered() -> None:
    interrupts, done = Interrupts(), []
    interrupts.install()
    signal.raise_signal(signal.SIGTERM)

    interrupts.pass_on(lambda: done.append("stop"), lambda: done.append("kill"))

    assert done == ["stop"]


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts = Interrupts()
    interrupts.install()

    signal.raise_signal(signal.SIGHUP)

    assert interrupts.received is None
