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
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from reliability.harness import in_process
from reliability.harness.captured_output import Secrets
from reliability.harness.destination import Destination
from reliability.harness.rounds import DATED_CHANGES
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


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Kill syncs, compare each one that completes, and start again until there are enough."""
    wanted = 5 if quick else KILLS
    chance = random.Random(f"kills-{seed}")
    kills = after_a_row = completed = 0
    again: list[int] = []
    bad: list[str] = []
    with Emulator(seed=seed, scale=SCALE, latency_ms=_LATENCY_MS) as bill:
        bill.options(**DATED_CHANGES)
        length = _reading_seconds(bill, seed)
        while kills < wanted:
            bill.as_new(seed + completed, SCALE)
            # in every third company, lists hide archived rows unless they are asked for
            bill.options(**DATED_CHANGES, archived_rows="included" if completed % 3 else "hidden")
            bill.latency(_LATENCY_MS)
            bill.bulk("bills", _BILLS, seed=seed + completed)
            bill.bulk("invoices", _INVOICES, seed=seed + completed)
            destination, sent = Destination(), Counter[tuple[str, str]]()
            while True:
                after = chance.uniform(0, _LATEST_KILL) * length if kills < wanted else None
                ended = _read(bill, destination.state, after)
                if ended.crash:
                    bad.append(ended.crash)
                again.append(_count_again(ended, sent))
                destination.load(ended, killed=True)
                if ended.complete == set(STREAMS):
                    break
                kills += 1
                after_a_row += ended.records > 0
                if kills % 20 == 0:
                    say(f"kills: {kills} of {wanted}")
            completed += 1
            difference = destination.compare(bill, STREAMS)
            if not difference.is_none:
                bad.append(f"after {kills} kills: {difference}")
    if after_a_row < _LEAST_AFTER_A_ROW * kills:
        bad.append(f"only {after_a_row} of {kills} kills came after a row")
    if max(again) > _BOUND:
        bad.append(f"{max(again)} rows of one stream were read again, more than {_BOUND}")
    return {
        "kills": kills,
        "kills_after_a_row": after_a_row,
        "syncs_completed": completed,
        "seconds_from_first_row_to_end_without_a_kill": round(length, 1),
        "rows_read_again_at_most": max(again),
        "rows_read_again_on_average": round(statistics.fmean(again), 1),
        "bound": _BOUND,
        "bad": bad,
    }


def _reading_seconds(bill: Emulator, seed: int) -> float:
    bill.bulk("bills", _BILLS, seed=seed)
    bill.bulk("invoices", _INVOICES, seed=seed)
    return _read(bill, [], None).seconds


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
