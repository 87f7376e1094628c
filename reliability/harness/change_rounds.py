"""A round: read while rows change, read once more when nothing changes, compare with BILL.

A reader is the connector or the plain reader. Both get the same company, options and changes,
because BILL is started again for each reader.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from reliability.harness import in_process, naive_token_reader
from reliability.harness.destination import Destination, Difference
from testing.streams import INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Json, SyncResult

    Reader = Callable[[Emulator, list[Json], float], SyncResult]

SCALE = 0.1
DATED_CHANGES = {"balance_touches_vendor": True}
"""Every change moves updatedTime. No reader can see a change that does not."""
NO_HOURLY_LIMIT = {"hourly_limit": 1_000_000}
"""The rounds make more calls within an hour than any company would."""
EQUAL_TIME_LISTS = ("bills", "payments", "vendors", "customers", "invoices")
_LATE_MINUTES = 9
_QUIET_SECONDS = 2


@dataclass(frozen=True)
class Round:
    """What happens in one round.

    `rate` rows of the lists `changing` change per second, and `per_page` rows with each page that
    BILL sends. `equal_time_rows` rows are added to each list of `equal_time_lists`, 250 with the
    same second. `ahead` is how many seconds the connector's clock is ahead of BILL's. `late` rows
    become visible minutes after their updatedTime. With `again`, a sync without changes comes
    first, so that the sync under changes resumes from a state.
    """

    seed: int
    options: dict[str, Any] = field(default_factory=dict)
    rate: float = 0
    per_page: int = 0
    equal_time_rows: int = 0
    equal_time_lists: tuple[str, ...] = ()
    changing: tuple[str, ...] = tuple(LISTS)
    ahead: float = 0
    late: int = 0
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of a round.

    `failure` is why a sync failed, `is_clean` whether it failed with messages for a user.
    """

    difference: Difference
    repeated: int = 0
    failure: str | None = None
    is_clean: bool = True

    @property
    def lost(self) -> int:
        """The number of rows in which destination and BILL differ."""
        return self.difference.lost + sum(self.difference.unknown.values())


def connector(bill: Emulator, state: list[Json], ahead: float) -> SyncResult:
    """Read with the connector."""
    return in_process.sync(bill, state, ahead=ahead)


def plain(bill: Emulator, state: list[Json], ahead: float) -> SyncResult:  # noqa: ARG001 has no clock
    """Read with the plain reader."""
    return naive_token_reader.sync(bill, state)


def play(bill: Emulator, plan: Round, read: Reader) -> Outcome:
    """Play one round with a reader, on a new BILL."""
    bill.as_new(plan.seed, SCALE)
    bill.options(**{**DATED_CHANGES, **NO_HOURLY_LIMIT, **plan.options})
    for name in plan.equal_time_lists:
        bill.bulk(name, plan.equal_time_rows, spread="ties", seed=plan.seed)
    destination = Destination()
    results = []

    def sync() -> None:
        results.append(read(bill, destination.state, plan.ahead))

    if plan.again:
        sync()
        destination.load(results[-1])
        bill.mutate(20, seed=plan.seed)
        show_late_rows(bill, plan.late, plan.seed)
    bill.start_mutator(plan.rate, per_page=plan.per_page, lists=list(plan.changing), seed=plan.seed)
    sync()
    bill.stop_mutator()
    destination.load(results[-1])
    # a row that is late is not lost: the last sync runs when all rows are visible, and when the
    # connector's clock has passed their times
    delay = plan.options.get("visibility_delay_seconds", 0)
    bill.advance(delay + max(0.0, -plan.ahead) + _QUIET_SECONDS)
    sync()
    destination.load(results[-1])
    return _outcome(bill, results, destination)


def _outcome(bill: Emulator, results: list[SyncResult], destination: Destination) -> Outcome:
    failed = [result for result in results if not result.succeeded]
    failures = [result.crash or "; ".join(result.error_messages) for result in failed]
    repeated = sum(sum(result.repeated().values()) for result in results)
    is_clean = all(result.failed_cleanly for result in failed)
    # a stream that ends INCOMPLETE has lost nothing silently
    difference = destination.compare(bill, results[-1].complete)
    return Outcome(difference, repeated, failures[0] if failures else None, is_clean)


def show_late_rows(bill: Emulator, rows: int, seed: int) -> None:
    """Make rows visible only now that were changed minutes ago.

    Their updatedTime is at most `_LATE_MINUTES` before the newest of their list, which is within
    the lookback window.
    """
    chance = random.Random(f"late-{seed}")
    for name in sorted(INCREMENTAL):
        found = bill.data(name)
        newest = max(datetime.fromisoformat(row["updatedTime"]) for row in found)
        moved = []
        for row in chance.sample(found, min(rows, len(found))):
            minutes = chance.uniform(0, _LATE_MINUTES)
            time = max(newest - timedelta(minutes=minutes), _updated(row)).isoformat()
            fresh = {**row, "updatedTime": time}
            moved.append({**fresh, "description": "late"} if "description" in row else fresh)
        bill.put_rows(name, moved)


def _updated(row: Json) -> datetime:
    return datetime.fromisoformat(row["updatedTime"])
