"""SIGKILL of the real command at random moments while it emits rows.

Time is counted from the first row, because a kill before it proves nothing. The next start gets the
last states that had reached stdout. The destination keeps no row that no state covers. A row is
read again if a killed run had already emitted it.
"""

from __future__ import annotations

import random
import signal
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from reliability.harness import in_process
from reliability.harness.captured_output import Secrets
from reliability.harness.change_rounds import DATED_CHANGES
from reliability.harness.destination import Destination
from reliability.harness.secret_search import without_records
from reliability.harness.sync_result import SyncResult, result_of
from testing.connector import COMMAND, Connector
from testing.streams import INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import Json

SCALE = 0.05
KILLS = 100
STREAMS = ("bills", "invoices", "customers", "roles")
_BILLS = 12_000
_INVOICES = 5_000
_LATENCY_MS = 4
_LOOKED_BACK = 60
"""The most rows in a list's last ten minutes, where a resumed read begins."""
_CHECKPOINT_ROWS = 1_000
_LATEST_KILL = 0.8
"""As a share of the time from the first row to the end of a sync that is not killed."""
_LEAST_AFTER_A_ROW = 0.9
_BOUND = _CHECKPOINT_ROWS + 4 * 100 + _LOOKED_BACK
"""The most rows a stream may read again: those since its last state, and pages in flight."""


@dataclass
class _Tally:
    """What was counted over all companies. `again` has one number for each start."""

    kills: int = 0
    after_a_row: int = 0
    completed: int = 0
    again: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Kill syncs of one company after the other, until there are enough kills or one is bad."""
    wanted = 5 if quick else KILLS
    chance = random.Random(f"kills-{seed}")
    tally = _Tally()
    with Emulator(seed=seed, scale=SCALE, latency_ms=_LATENCY_MS) as bill:
        bill.options(**DATED_CHANGES)
        _fill(bill, seed)
        length = _read(bill, [], None).seconds
        while tally.kills < wanted and not tally.bad:
            bill.as_new(seed + tally.completed, SCALE)
            # in every third company, lists hide archived rows unless they are asked for
            archived_rows = "included" if tally.completed % 3 else "hidden"
            bill.options(**DATED_CHANGES, archived_rows=archived_rows)
            bill.latency(_LATENCY_MS)
            _fill(bill, seed + tally.completed)
            _kill_until_complete(
                bill, tally, wanted, lambda: chance.uniform(0, _LATEST_KILL) * length
            )
            say(f"kills: {tally.kills} of {wanted}")
    if tally.after_a_row < _LEAST_AFTER_A_ROW * tally.kills:
        tally.bad.append(f"only {tally.after_a_row} of {tally.kills} kills came after a row")
    if max(tally.again) > _BOUND:
        tally.bad.append(f"{max(tally.again)} rows of one stream were read again, over {_BOUND}")
    return {
        "kills": tally.kills,
        "kills_after_a_row": tally.after_a_row,
        "syncs_completed": tally.completed,
        "seconds_from_first_row_to_end_without_a_kill": round(length, 1),
        "rows_read_again_at_most": max(tally.again),
        "rows_read_again_on_average": round(statistics.fmean(tally.again), 1),
        "bound": _BOUND,
        "bad": tally.bad,
    }


def _kill_until_complete(
    bill: Emulator, tally: _Tally, wanted: int, kill_time: Callable[[], float]
) -> None:
    """Start the command again and again until a sync completes, then compare the destination.

    A start is not killed once there are `wanted` kills. `kill_time` is in seconds after the first
    row.
    """
    destination, sent = Destination(), Counter[tuple[str, str]]()
    while True:
        ended = _read(bill, destination.state, kill_time() if tally.kills < wanted else None)
        tally.again.append(_count_again(ended, sent))
        destination.load(ended, killed=True)
        if ended.crash:
            tally.bad.append(ended.crash)
            return
        if ended.complete == set(STREAMS):
            break
        tally.kills += 1
        tally.after_a_row += ended.records > 0
    tally.completed += 1
    difference = destination.compare(bill, STREAMS)
    if not difference.is_none:
        tally.bad.append(f"after {tally.kills} kills: {difference}")


def _fill(bill: Emulator, seed: int) -> None:
    bill.bulk("bills", _BILLS, seed=seed)
    bill.bulk("invoices", _INVOICES, seed=seed)


def _read(bill: Emulator, state: list[Json], kill_after: float | None) -> SyncResult:
    """Run the command at DEBUG, kill it some seconds after its first row, search its output.

    The result's seconds begin with the first row. A resumed sync may have no row at all.
    """
    config = {**bill.config(), "anchor_date": in_process.BEFORE_ANY_DATA}
    secrets = Secrets(bill, config)
    connector = Connector(config, COMMAND, {"LOG_LEVEL": "DEBUG"})
    running = connector.start_read(STREAMS, state or None)
    began = time.monotonic()
    timer = threading.Timer(kill_after or 0, running.kill)
    has_rows = any(message["type"] == "RECORD" for message in running.messages())
    before = time.monotonic() - began
    if has_rows and kill_after is not None:
        timer.start()
    result = running.finish(last_line_may_be_cut=True)
    timer.cancel()
    output = without_records(result.stdout.encode()) + result.stderr.encode()
    leaks = secrets.found_in(output)
    crash = f"the output contains secrets: {leaks}" if leaks else None
    if result.exit_code not in {0, -signal.SIGKILL}:
        crash = f"ended by itself with {result.exit_code}: {result.errors}"
    return result_of(result.messages, result.seconds - before, crash)


def _count_again(ended: SyncResult, sent: Counter[tuple[str, str]]) -> int:
    """Return the most rows that one incremental stream emitted again."""
    again: Counter[str] = Counter()
    rows = [event for event in ended.events if event.kind == "record"]
    for event in rows:
        if event.stream in INCREMENTAL:
            again[event.stream] += (event.stream, event.content["id"]) in sent
    sent.update((event.stream, event.content["id"]) for event in rows)
    return max(again.values(), default=0)
