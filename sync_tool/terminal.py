"""The live display on a terminal: a line for each stream that is being read, below the log."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sync_tool.display import facts_of, write
from sync_tool.progress import Progress, Result, as_duration

_EVERY_SECONDS = 0.2
_ALL = "all streams"


class TerminalDisplay:
    """Prints lines above a live area, which holds the streams being read and one line for all.

    Nothing is ever painted over a line: rich takes the live area away, prints, and draws it below.
    """

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console or Console()
        self._clock = clock
        self._progress: Progress | None = None
        self._last_drawn = clock()
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=True)

    def info(self, text: str) -> None:
        """Print a line above the live area."""
        self._print(text)

    def error(self, text: str) -> None:
        """Print an error above the live area, or where stderr leads to if that is elsewhere."""
        if sys.stderr.isatty():
            self._print(text, style="bold red")
        else:
            write(sys.stderr, text)

    def refresh(self, progress: Progress) -> None:
        """Draw the live area, a few times a second."""
        is_first, self._progress = self._progress is None, progress
        if is_first or self._clock() - self._last_drawn >= _EVERY_SECONDS:
            self._last_drawn = self._clock()
            with suppress(OSError):  # the terminal is gone; the sync must go on
                self._live.refresh()

    def close(self) -> None:
        """Remove the live area."""
        with suppress(OSError):
            self._live.stop()

    def _print(self, text: str, style: str = "") -> None:
        with suppress(OSError):
            self._console.print(Text(text, style=style), soft_wrap=True)

    def _render(self) -> Table | Text:
        progress = self._progress
        if progress is None:
            return Text("Starting ...", style="dim")
        now = self._clock()
        names = [_ALL, *progress.names_with(Result.READING)]
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, min_width=max(map(len, names)))
        table.add_column(no_wrap=True, overflow="ellipsis")
        for stream in progress.with_result(Result.READING):
            table.add_row(Text(stream.name, style="bold"), "  ".join(facts_of(stream, now)))
        table.add_row(Text(_ALL, style="dim"), _all_streams(progress, now))
        return table


def _all_streams(progress: Progress, now: float) -> str:
    streams = progress.streams.values()
    done = [each for each in streams if each.result not in {Result.WAITING, Result.READING}]
    facts = [
        f"{len(done)} of {len(streams)} done",
        f"{progress.rows:,} rows",
        f"{as_duration(now - progress.began)} elapsed",
    ]
    left = [each.seconds_left(now) for each in progress.with_result(Result.READING)]
    known = [seconds for seconds in left if seconds is not None]
    if progress.waits_for:
        facts.append(f"waiting for {progress.waits_for}")
    elif known and len(known) == len(left) and not progress.with_result(Result.WAITING):
        facts.append(f"~{as_duration(max(known))} left")
    return "  ".join(facts)
