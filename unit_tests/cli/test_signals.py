"""Signals: the process ends between two lines, after the last output and the logout."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import NoReturn

import pytest
from airbyte_cdk.logger import PRINT_BUFFER

from source_billcom.cli import signals
from source_billcom.cli.signals import SignalWatcher
from unit_tests.cli.forked import run_forked

_A_MOMENT = 0.1  # seconds in which the wrong order would show; the right one does not depend on it
_kill = os.kill


def write(text: str) -> None:
    """Write to stdout without a buffer."""
    os.write(1, text.encode())


def started() -> SignalWatcher:
    """Return a watcher that writes what it does."""
    signals._OUTPUT_TIMEOUT_SECONDS = 60.0
    watcher = SignalWatcher(lambda: write("flushed\n"), lambda: write("logged out\n"))
    watcher.start()
    return watcher


def send(number: signal.Signals) -> None:
    """Send a signal to this process."""
    _kill(os.getpid(), number)


def wait_for_ever() -> None:
    """Do what a command does that waits for BILL."""
    threading.Event().wait()


def sigterm() -> None:
    """Get SIGTERM while the command waits."""
    started()
    send(signal.SIGTERM)
    wait_for_ever()


def sigint() -> None:
    """Get SIGINT while the command waits."""
    started()
    send(signal.SIGINT)
    wait_for_ever()


def signal_within_a_line() -> None:
    """Get SIGTERM while a line is being written."""
    started()
    with PRINT_BUFFER.lock:
        write("first half, ")
        send(signal.SIGTERM)
        time.sleep(_A_MOMENT)
        write("second half\n")
    wait_for_ever()


def signal_while_output_blocks() -> None:
    """Get SIGTERM while a write never ends, because nobody reads the pipe."""
    started()
    signals._OUTPUT_TIMEOUT_SECONDS = 0.01
    with PRINT_BUFFER.lock:
        send(signal.SIGTERM)
        wait_for_ever()


def signal_without_reader() -> None:
    """Get SIGTERM when stdout is a pipe that nobody reads."""

    def flush() -> NoReturn:
        raise BrokenPipeError

    SignalWatcher(flush, lambda: write("logged out\n")).start()
    send(signal.SIGTERM)
    wait_for_ever()


def signal_after_the_command() -> None:
    """Get SIGTERM when the command has ended."""
    watcher = started()
    watcher.command_ended()
    send(signal.SIGTERM)
    (thread,) = [each for each in threading.enumerate() if each.name == "signals"]
    thread.join()
    with PRINT_BUFFER.lock:
        write("ended by the command\n")


def command_after_the_signal() -> None:
    """End the command during the logout after SIGTERM."""
    is_logging_out, is_ending = threading.Event(), threading.Event()

    def log_out() -> None:
        is_logging_out.set()
        is_ending.wait()
        time.sleep(_A_MOMENT)
        write("logged out\n")

    watcher = SignalWatcher(lambda: None, log_out)
    watcher.start()
    send(signal.SIGTERM)
    is_logging_out.wait()
    is_ending.set()
    watcher.command_ended()
    write("ended by the command\n")


def signal_to_the_first_process() -> None:
    """Get SIGTERM as a process that survives its own signals, like the first of a container."""
    started()
    os.kill = lambda *_: None
    send(signal.SIGTERM)
    wait_for_ever()


@pytest.mark.parametrize(("case", "number"), [(sigterm, signal.SIGTERM), (sigint, signal.SIGINT)])
def test_output_is_flushed_the_session_logged_out_and_the_process_ends_by_the_signal(
    case: Callable[[], object], number: int
) -> None:
    ended = run_forked(case)

    assert (ended.code, ended.output) == (-number, "flushed\nlogged out\n")


def test_a_line_that_is_being_written_is_finished_first() -> None:
    ended = run_forked(signal_within_a_line)

    assert ended.code == -signal.SIGTERM
    assert ended.output == "first half, second half\nflushed\nlogged out\n"


def test_output_that_nobody_reads_does_not_hold_the_end_up() -> None:
    ended = run_forked(signal_while_output_blocks)

    assert (ended.code, ended.output) == (-signal.SIGTERM, "logged out\n")


def test_output_that_cannot_be_flushed_does_not_prevent_the_logout() -> None:
    ended = run_forked(signal_without_reader)

    assert (ended.code, ended.output) == (-signal.SIGTERM, "logged out\n")


def test_a_signal_after_the_command_ended_changes_nothing() -> None:
    ended = run_forked(signal_after_the_command)

    assert (ended.code, ended.output) == (0, "ended by the command\n")


def test_a_command_that_ends_after_a_signal_leaves_the_end_to_it() -> None:
    ended = run_forked(command_after_the_signal)

    assert (ended.code, ended.output) == (-signal.SIGTERM, "logged out\n")


def test_a_process_that_survives_its_own_signal_ends_with_143() -> None:
    ended = run_forked(signal_to_the_first_process)

    assert (ended.code, ended.output) == (128 + signal.SIGTERM, "flushed\nlogged out\n")
