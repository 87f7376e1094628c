"""What a run shows while it works: plain lines, or only errors. terminal.py shows it live."""

import io
import os
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from sync_tool.progress import Progress, Result, StreamProgress, as_duration

_EVERY_SECONDS = 10.0
_STDERR = 2


class Display(Protocol):
    """Shows a run. Every method returns at once, and none fails because the terminal is gone."""

    def info(self, text: str) -> None:
        """Show a line."""

    def error(self, text: str) -> None:
        """Show an error or a warning on stderr."""

    def refresh(self, progress: Progress) -> None:
        """Show how far the run is. Called at least once a second."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class QuietDisplay:
    """Shows errors only."""

    def info(self, text: str) -> None:
        """Show nothing."""

    def error(self, text: str) -> None:
        """Show an error."""
        write(sys.stderr, text)

    def refresh(self, progress: Progress) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Do nothing."""


class PlainDisplay(QuietDisplay):
    """Shows each stream that is being read every few seconds, in lines of their own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_shown = clock()

    def info(self, text: str) -> None:
        """Show a line."""
        write(sys.stdout, text)

    def refresh(self, progress: Progress) -> None:
        """Show the streams that are being read, if the last time was a while ago."""
        now = self._clock()
        if now - self._last_shown < _EVERY_SECONDS:
            return
        self._last_shown = now
        for stream in progress.with_result(Result.READING):
            self.info(f"{stream.name}: {', '.join(facts_of(stream, now))}")
        if progress.waits_for:
            self.info(f"Waiting for {progress.waits_for}.")


def facts_of(stream: StreamProgress, now: float) -> list[str]:
    """Return what is known about a stream that is being read."""
    is_estimated = stream.estimate is not None and stream.estimate > stream.rows
    about = f" of ~{stream.estimate:,}" if is_estimated else ""
    facts = [f"{stream.rows:,}{about} rows"]
    if stream.rows:
        facts.append(f"{stream.rate(now):,.0f} rows/s")
    if stream.reached:
        facts.append(f"up to {stream.reached}")
    if stream.waits_for:
        facts.append(f"waiting: {stream.waits_for}")
    elif left := stream.seconds_left(now):
        facts.append(f"~{as_duration(left)} left")
    return facts


def write(stream: TextIO, text: str) -> None:
    """Write a line. If nobody reads it any more, the sync must go on."""
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError:
        # Python flushes again at its exit, which must not fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def prepare_streams() -> None:
    """Make sure that what is printed cannot stop a sync.

    A closed stdin, stdout or stderr leads nowhere. Otherwise the next file that is opened, such as
    the database, would take its place. Characters that a terminal does not have become `?`.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - has no name
    os.close(descriptor)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - open until the end
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def open_display(*, quiet: bool) -> Display:
    """Return the display that suits the terminal."""
    if quiet:
        return QuietDisplay()
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        from sync_tool.terminal import TerminalDisplay  # noqa: PLC0415 - rich is slow to import

        return TerminalDisplay()
    return PlainDisplay()
