"""billcom-sync is stopped at a random moment of a sync of 100,000 rows, and run again.

The moment is chosen by the number of pages that BILL has sent, so it does not depend on the speed
of the machine. One third of the runs each are killed, interrupted by Ctrl-C, and terminated. The
database must then be, row by row, that of a sync that nobody stopped.
"""

from __future__ import annotations

import random
import re
import signal
import statistics
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from bill_emulator.process import Emulator
from reliability.harness.change_rounds import DATED_CHANGES
from testing.sync_tool import SyncTool
from testing.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from testing.sync_tool import Run

SCALE = 0.05
STOPS = 20
STREAMS = ("bills", "invoices", "roles")
_INCREMENTAL = ("bills", "invoices")
_ROWS = {"bills": 70_000, "invoices": 30_000}
_PAGE = 100
_LATENCY_MS = 4
_SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
_EXIT_CODES = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}
_MOST_KEPT_READ_AGAIN = 2 * (1_000 + 4 * _PAGE + 60)
"""For each of two streams: rows since its last state, pages in flight, the lookback window."""
_MOST_SENT_AGAIN = _MOST_KEPT_READ_AGAIN + 5_000 + 40 * _PAGE
"""After a kill also the rows since the last commit, and those on their way to the database."""


@dataclass
class _Tally:
    """What was counted. The lists have one number for each stop."""

    signals: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    kept: list[int] = field(default_factory=list)
    kept_read_again: list[int] = field(default_factory=list)
    sent_again: list[int] = field(default_factory=list)
    lost: int = 0
    bad: list[str] = field(default_factory=list)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Stop and resume one sync after the other."""
    stops = 3 if quick else STOPS
    rows = {name: count // 10 if quick else count for name, count in _ROWS.items()}
    total = sum(rows.values())
    chance = random.Random(f"sync-tool-{seed}")
    tally = _Tally()
    with (
        Emulator(seed=seed, scale=SCALE, latency_ms=_LATENCY_MS) as bill,
        tempfile.TemporaryDirectory(prefix="sync-tool-") as name,
    ):
        bill.options(**DATED_CHANGES)
        for stream, count in rows.items():
            bill.bulk(stream, count, seed=seed)
        reference = _tool(bill, Path(name) / "reference")
        _run(reference)
        tally.bad += reference.differences(bill, STREAMS)[:10]
        say("sync_tool: a sync that nobody stops equals BILL")
        for number in range(stops):
            tool = _tool(bill, Path(name) / str(number))
            sent = round(total / _PAGE * chance.uniform(0.02, 0.98))
            _stop_and_resume(bill, tool, _SIGNALS[number % 3], sent, tally)
            found = _differing_rows(tool, reference)
            tally.lost += found
            if found:
                tally.bad.append(f"stop {number}: {found} rows differ")
            Path(tool.database).unlink()
            say(f"sync_tool: {number + 1} of {stops}, with {tally.kept[-1]:,} rows kept")
    return _figures(tally, stops, total)


def _tool(bill: Emulator, folder: Path) -> SyncTool:
    folder.mkdir()
    return SyncTool(bill.config(), folder)


def _run(tool: SyncTool) -> Run:
    return tool.run("--streams", *STREAMS, "--since", "2000-01-01")


def _stop_and_resume(
    bill: Emulator, tool: SyncTool, number: signal.Signals, pages: int, tally: _Tally
) -> None:
    """Stop a sync once BILL has sent so many pages, and run it again to its end."""
    bill.reset_counts()
    running = tool.start("--streams", *STREAMS, "--since", "2000-01-01")
    wait_until(lambda: _pages_sent(bill) >= pages or running.has_ended(), f"{pages} pages")
    stopped = running.signal(number).finish()
    if stopped.exit_code != _EXIT_CODES[number]:
        tally.bad.append(f"{number.name}: exit code {stopped.exit_code}: {stopped.stderr[-300:]}")
    wait_until(lambda: bill.counts()["live_sessions"] == 0, "the reader signed out")
    sent, kept = _pages_sent(bill), _count(tool)
    bill.reset_counts()
    resumed = _run(tool)
    tally.signals[number.name] += 1
    tally.resumed += resumed.exit_code == 0
    if resumed.exit_code:
        tally.bad.append(f"{number.name}: not resumed: {resumed.stderr[-300:]}")
    read = sum(_rows_read(resumed, name) for name in _INCREMENTAL)
    total = _count(tool)
    tally.kept.append(kept)
    tally.kept_read_again.append(max(0, read - (total - kept)))
    tally.sent_again.append(max(0, (sent + _pages_sent(bill)) * _PAGE - total))


def _pages_sent(bill: Emulator) -> int:
    paths = bill.counts()["by_path"]
    return sum(paths.get(f"/v3/{name}", 0) for name in _INCREMENTAL)


def _count(tool: SyncTool) -> int:
    """Return how many rows of the incremental streams are in the database."""
    if not Path(tool.database).exists():
        return 0
    with duckdb.connect(tool.database) as database:
        found = database.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        tables = {row[0] for row in found}
        counts = [
            database.execute(f"SELECT count(*) FROM {name}").fetchone()  # noqa: S608 - our own
            for name in _INCREMENTAL
            if name in tables
        ]
    return sum(count[0] for count in counts if count)


def _rows_read(ended: Run, stream: str) -> int:
    match = re.search(rf"^{stream} +([0-9,]+) ", ended.stdout, re.MULTILINE)
    return int(match[1].replace(",", "")) if match else 0


def _differing_rows(tool: SyncTool, reference: SyncTool) -> int:
    """Count the rows that only one of two databases has; all columns count."""
    differing = 0
    with duckdb.connect(tool.database) as database:
        database.execute(f"ATTACH '{reference.database}' AS reference (READ_ONLY)")
        for name in STREAMS:
            ours, wanted = f"main.{name}", f"reference.main.{name}"
            for one, other in ((ours, wanted), (wanted, ours)):
                row = database.execute(
                    f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})"  # noqa: S608
                ).fetchone()
                differing += row[0] if row else 0
    return differing


def _figures(tally: _Tally, stops: int, rows: int) -> dict[str, Any]:
    if tally.resumed < stops:
        tally.bad.append(f"only {tally.resumed} of {stops} syncs were resumed")
    for what, found, bound in (
        ("rows of the database were read again", tally.kept_read_again, _MOST_KEPT_READ_AGAIN),
        ("rows were sent again", tally.sent_again, _MOST_SENT_AGAIN),
    ):
        if max(found) > bound:
            tally.bad.append(f"{max(found)} {what}, over {bound}")
    return {
        "rows_of_a_sync": rows,
        "stops": stops,
        "stops_by_signal": dict(tally.signals),
        "resumed_and_equal_to_a_sync_that_was_not_stopped": tally.resumed,
        "rows_lost_or_different": tally.lost,
        "rows_kept_at_the_stop,_at_least": min(tally.kept),
        "rows_kept_at_the_stop,_median": round(statistics.median(tally.kept)),
        "rows_kept_at_the_stop,_at_most": max(tally.kept),
        "kept_rows_read_again,_at_most": max(tally.kept_read_again),
        "kept_rows_read_again,_on_average": round(statistics.fmean(tally.kept_read_again), 1),
        "bound_of_kept_rows_read_again": _MOST_KEPT_READ_AGAIN,
        "rows_sent_again_by_BILL,_at_most": max(tally.sent_again),
        "bound_of_rows_sent_again": _MOST_SENT_AGAIN,
        "bad": tally.bad,
    }
