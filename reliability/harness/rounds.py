"""A round: read while rows change, read once more when all is quiet, compare.

A reader is the connector or the plain one. Both meet the very same company, options and plan of
changes; BILL is made anew between them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from reliability.harness import in_process, plain_reader
from reliability.harness.destination import Destination, Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Json, Run

    Reader = Callable[[Emulator, list[Json], float], Run]

SCALE = 0.1
TOLD = {"balance_touches_vendor": True}
"""Every change moves updatedTime: what BILL changes in silence nobody can follow, see the docs."""
NO_HOUR = {"hourly_limit": 1_000_000}
"""The hour is never used up: the rounds of a part make more calls in one than any company would."""
CROWDED = ("bills", "payments", "vendors", "customers", "invoices")
_LATE_MINUTES = 9
_QUIET_SECONDS = 2


@dataclass(frozen=True)
class Round:
    """What happens in one round.

    `rate` rows of the lists `changing` change a second, `per_page` with each page made. `crowd`
    rows are put on each of `crowded` lists, 250 in each of the last seconds. `ahead` is what the
    connector's clock is before BILL's, in seconds. `late` rows show up minutes after their
    updatedTime. With `again` a quiet sync comes first: the one under changes goes on from a state.
    """

    seed: int
    options: dict[str, Any] = field(default_factory=dict)
    rate: float = 0
    per_page: int = 0
    crowd: int = 0
    crowded: tuple[str, ...] = ()
    changing: tuple[str, ...] = tuple(LISTS)
    ahead: float = 0
    late: int = 0
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a round came to; `failure` is why a sync did not end well, `is_clean` if it was told."""

    difference: Difference
    repeated: int = 0
    failure: str | None = None
    is_clean: bool = True

    @property
    def lost(self) -> int:
        """How many rows the destination has otherwise than BILL."""
        return self.difference.lost + sum(self.difference.unknown.values())


def ours(bill: Emulator, state: list[Json], ahead: float) -> Run:
    """Read with the connector."""
    return in_process.sync(bill, state, ahead=ahead)


def plainly(bill: Emulator, state: list[Json], ahead: float) -> Run:  # noqa: ARG001 has no clock
    """Read with the plain reader."""
    return plain_reader.sync(bill, state)


def play(bill: Emulator, plan: Round, read: Reader) -> Outcome:
    """Play one round with a reader, on a BILL made anew."""
    bill.as_new(plan.seed, SCALE)
    bill.options(**{**TOLD, **NO_HOUR, **plan.options})
    for name in plan.crowded:
        bill.bulk(name, plan.crowd, spread="ties", seed=plan.seed)
    destination = Destination()
    incremental = in_process.incremental_streams()
    runs = []
    if plan.again:
        runs.append(read(bill, [], plan.ahead))
        destination.take(runs[-1], incremental)
        bill.mutate(20, seed=plan.seed)
        show_late(bill, plan.late, plan.seed)
    bill.start_mutator(plan.rate, per_page=plan.per_page, lists=list(plan.changing), seed=plan.seed)
    runs.append(read(bill, destination.state, plan.ahead))
    bill.stop_mutator()
    destination.take(runs[-1], incremental)
    # late is not lost: the quiet sync comes when all is visible, and not in the connector's past
    delay = plan.options.get("visibility_delay_seconds", 0)
    bill.advance(delay + max(0.0, -plan.ahead) + _QUIET_SECONDS)
    runs.append(read(bill, destination.state, plan.ahead))
    destination.take(runs[-1], incremental)
    failed = [run for run in runs if not run.succeeded]
    failures = [run.crash or "; ".join(run.sentences) for run in failed]
    repeated = sum(sum(run.repeated().values()) for run in runs)
    is_clean = all(run.failed_cleanly for run in failed)
    failure = failures[0] if failures else None
    # a stream that says INCOMPLETE to the last has lost nothing in silence
    difference = destination.against(bill, runs[-1].complete)
    return Outcome(difference, repeated, failure, is_clean)


def show_late(bill: Emulator, rows: int, seed: int) -> None:
    """Let changed rows show up only now that have been changed minutes ago.

    No earlier than the newest row of their list less the look-back, as it is promised.
    """
    chance = random.Random(f"late-{seed}")
    for name in sorted(in_process.incremental_streams()):
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
