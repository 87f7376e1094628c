"""The lines that a run prints while it works, on a terminal and without one."""

import io
import os
import sys

import pytest
from rich.console import Console

from sync_tool import display as displays
from sync_tool.display import PlainDisplay, QuietDisplay, facts_of, open_display, write
from sync_tool.progress import Progress, Result, StreamProgress
from sync_tool.terminal import TerminalDisplay
from testing.terminal import Screen


class ManualClock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def reading(*names: str) -> Progress:
    progress = Progress(names, 0)
    progress.waits_for = ""
    for name in names:
        progress.streams[name].result = Result.READING
    return progress


def test_quiet_shows_errors_only(capsys: pytest.CaptureFixture[str]) -> None:
    display = QuietDisplay()
    display.info("a line")
    display.refresh(reading("bills"))
    display.error("an error")
    display.close()

    assert capsys.readouterr() == ("", "an error\n")


def test_plain_lines_show_each_stream_that_is_read_every_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = ManualClock()
    display, progress = PlainDisplay(clock), reading("bills", "vendors")
    progress.add("bills", 500, 5.0)
    progress.streams["vendors"].result = Result.COMPLETE
    for now in (5.0, 9.9, 10.0, 15.0):
        clock.now = now
        display.refresh(progress)

    assert capsys.readouterr().out == "bills: 500 rows, 100 rows/s\n"


def test_what_the_run_waits_for_is_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock()
    display, progress = PlainDisplay(clock), reading()
    progress.waits_for = "BILL's hourly limit until 14:00 UTC"
    clock.now = 10.0
    display.refresh(progress)

    assert capsys.readouterr().out == "Waiting for BILL's hourly limit until 14:00 UTC.\n"


def test_the_facts_of_a_stream_are_rows_rate_range_and_time_left() -> None:
    stream = StreamProgress("bills")
    stream.add(1_000, 0.0)
    stream.add(1_000, 10.0)
    stream.estimate, stream.reached = 14_000, "2026-03-14"

    assert facts_of(stream, 10.0) == [
        "2,000 of ~14,000 rows",
        "200 rows/s",
        "up to 2026-03-14",
        "~1:00 left",
    ]

    stream.waits_for = "retry 1 of 8 in 1 s"
    assert facts_of(stream, 10.0)[-1] == "waiting: retry 1 of 8 in 1 s"


def test_an_estimate_that_was_too_low_is_not_shown() -> None:
    stream = StreamProgress("bills", estimate=10)
    stream.add(100, 0.0)

    assert facts_of(stream, 0.0)[0] == "100 rows"


def test_a_reader_that_has_gone_does_not_stop_the_sync() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as gone:
        write(gone, "a line")
        write(gone, "another one")


def test_the_display_suits_where_the_lines_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(open_display(quiet=True)) is QuietDisplay
    assert type(open_display(quiet=False)) is PlainDisplay
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    assert type(displays.open_display(quiet=False)) is PlainDisplay
    monkeypatch.setenv("TERM", "xterm-256color")
    live = open_display(quiet=False)
    live.close()
    assert isinstance(live, TerminalDisplay)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_stay_above_the_live_area_and_are_whole(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=width, height=24, color_system=None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    clock = ManualClock()
    display, progress = TerminalDisplay(console, clock), reading("bills", "receivable_payments")
    display.refresh(progress)
    display.info("vendors: complete, 7 rows")
    long = "BILL denied this user permission while reading users. " * 5
    display.error(long.strip())
    progress.add("bills", 1_000, 1.0)
    clock.now = 1.0
    display.refresh(progress)
    display.info("The last line.")
    screen = Screen(width)
    screen.feed(output.getvalue())
    shown = screen.text()
    display.close()
    screen.feed(output.getvalue()[screen.fed :])

    assert "vendors: complete, 7 rows" in shown
    assert long.strip() in "".join(screen.rows_as_written())
    assert "bills" in shown
    assert "1,000 rows" in shown
    assert "receivable_payments" in shown
    assert "0 of 2 done" in shown
    assert "0 of 2 done" not in screen.text()
    assert screen.text().rstrip().endswith("The last line.")
