"""billcom-sync is stopped at random points of a sync of 100,000 rows, and run again each time.

A point is a number of pages that BILL has sent, so it does not depend on the speed of the machine.
The stops are a kill, a Ctrl-C and a SIGTERM in turn. At the end of each sync the database must be,
row by row, that of a sync that nobody stopped.
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

    from testing.sync_tool import Run, RunningSync

SCALE = 0.05
STOPS = 20
_STOPS_PER_SYNC = 5
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
    """What was counted.

    `kept` has the committed rows at each stop, and `kept_read_again` those of them that the next
    run read again, unless that run was killed and could not say what it read. `sent_again` has a
    number for each sync: the rows that BILL sent again, per stop.
    """

    stops: Counter[str] = field(default_factory=Counter)
    syncs: int = 0
    lost: int = 0
    kept: list[int] = field(default_factory=list)
    kept_read_again: list[int] = field(default_factory=list)
    sent_again: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Stop and resume one sync after the other, until there are enough stops or one is bad."""
    stops = 3 if quick else STOPS
    rows = {name: count // 10 if quick else count for name, count in _ROWS.items()}
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
        _start(reference).finish()
        tally.bad += reference.differences(bill, STREAMS)[:10]
        say("sync_tool: a sync that nobody stops equals BILL")
        while tally.stops.total() < stops and not tally.bad:
            tool = _tool(bill, Path(name) / str(tally.syncs))
            shares = sorted(chance.uniform(0.02, 0.98) for _ in range(_STOPS_PER_SYNC))
            points = [share * sum(rows.values()) for share in shares]
            _stop_and_resume(bill, tool, points[: stops - tally.stops.total()], tally)
            found = _differing_rows(tool, reference)
            tally.syncs, tally.lost = tally.syncs + 1, tally.lost + found
            if found:
                tally.bad.append(f"sync {tally.syncs}: {found} rows differ")
            say(f"sync_tool: {tally.stops.total()} of {stops}")
    return _figures(tally, stops, sum(rows.values()))


def _tool(bill: Emulator, folder: Path) -> SyncTool:
    folder.mkdir()
    return SyncTool(bill.config(), folder)


def _start(tool: SyncTool) -> RunningSync:
    return tool.start("--streams", *STREAMS, "--since", "2000-01-01")


def _stop_and_resume(bill: Emulator, tool: SyncTool, points: list[float], tally: _Tally) -> None:
    """Run one sync that is stopped near each of these numbers of rows."""
    sent = kept = stops = 0
    for point in [*points, None]:
        bill.reset_counts()
        running = _start(tool)
        number = _SIGNALS[tally.stops.total() % len(_SIGNALS)]
        if point is not None:
            pages = max(1, round((point - kept) / _PAGE))
            _wait_for_pages(bill, running, pages)
            running.signal(number)
        ended = running.finish()
        wait_until(lambda: bill.counts()["live_sessions"] == 0, "the reader signed out")
        before, kept, sent = kept, _count(tool), sent + _pages_sent(bill)
        if ended.exit_code != -signal.SIGKILL:
            read = sum(_rows_read(ended, name) for name in _INCREMENTAL)
            tally.kept_read_again.append(max(0, read - (kept - before)))
        if ended.exit_code == 0:
            break
        if point is None or ended.exit_code != _EXIT_CODES[number]:
            tally.bad.append(f"exit code {ended.exit_code}: {ended.stderr[-300:]}")
            return
        stops += 1
        tally.stops[number.name] += 1
        tally.kept.append(kept)
    tally.sent_again.append(max(0, sent * _PAGE - kept) // max(1, stops))


def _wait_for_pages(bill: Emulator, running: RunningSync, pages: int) -> None:
    wait_until(lambda: _pages_sent(bill) >= pages or running.has_ended(), f"{pages} pages")


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
    resumed = 0 if tally.bad else tally.stops.total()
    for what, found, bound in (
        ("rows of the database were read again", tally.kept_read_again, _MOST_KEPT_READ_AGAIN),
        ("rows per stop were sent again", tally.sent_again, _MOST_SENT_AGAIN),
    ):
        if max(found, default=0) > bound:
            tally.bad.append(f"{max(found)} {what}, over {bound}")
    return {
        "rows_of_a_sync": rows,
        "syncs": tally.syncs,
        "stops": tally.stops.total(),
        "stops_by_signal": dict(tally.stops),
        "stops_that_were_resumed_without_loss": f"{resumed} of {stops}",
        "rows_lost_or_different": tally.lost,
        "rows_kept_at_a_stop,_at_least": min(tally.kept, default=0),
        "rows_kept_at_a_stop,_median": round(statistics.median(tally.kept or [0])),
        "rows_kept_at_a_stop,_at_most": max(tally.kept, default=0),
        "kept_rows_read_again_after_a_stop,_at_most": max(tally.kept_read_again, default=0),
        "kept_rows_read_again_after_a_stop,_on_average": round(
            statistics.fmean(tally.kept_read_again or [0]), 1
        ),
        "bound_of_kept_rows_read_again": _MOST_KEPT_READ_AGAIN,
        "rows_sent_again_by_BILL_per_stop,_at_most": max(tally.sent_again, default=0),
        "bound_of_rows_sent_again": _MOST_SENT_AGAIN,
        "bad": tally.bad,
    }
