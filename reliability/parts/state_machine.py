"""Any interleaving of changes and syncs, then one last sync: the destination must equal BILL.

This is a hypothesis state machine. Its rules change rows, give many rows the same second, advance
time, change the emulator's options, sync while rows change, and kill syncs at any message. The
plain reader runs in the same machine and must lose rows. Otherwise the machine could not detect
lost rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator
from reliability.harness import in_process, naive_token_reader
from reliability.harness.change_rounds import (
    DATED_CHANGES,
    EQUAL_TIME_LISTS,
    NO_HOURLY_LIMIT,
    show_late_rows,
)
from reliability.harness.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import Json, SyncResult

SCALE = 0.02
STEPS = 8
_CHECKPOINT_ROWS = 10
_PAGING_OPTIONS: dict[str, tuple[Any, ...]] = {
    "page_token_position": ("offset", "key"),
    "tie_order": ("random", "id"),
    "page_size_cap": (100, 50, 20),
    "page_token_form": ("opaque", "numeric", "literal", "url"),
    "filters_with_token": ("accepted", "required", "refused"),
    "changed_query_with_token": ("ignored", "refused", "applied"),
    "max_with_token": ("applied", "ignored"),
    "next_page_at_end": ("absent", "null", "empty"),
    "empty_page_every": (0, 2, 3),
}
"""How lists are paged. These options may change between syncs."""
_LASTING_OPTIONS: dict[str, tuple[Any, ...]] = {
    "time_precision": ("second", "millisecond"),
    "time_fraction": ("milliseconds", "none"),
    "time_suffix": ("+00:00", "Z", "+0000"),
    "unpopulated": ("absent", "null"),
    "visibility_delay_seconds": (0, 0, 120),
    "archived_rows": ("included", "included", "hidden"),
}
"""How rows look, and when they are visible. BILL would not change these options from day to day."""
_paging = st.fixed_dictionaries({n: st.sampled_from(v) for n, v in _PAGING_OPTIONS.items()})
_lasting = st.fixed_dictionaries({n: st.sampled_from(v) for n, v in _LASTING_OPTIONS.items()})
_seeds = st.integers(0, 10**6)


@dataclass
class Totals:
    """Totals over the examples of one machine."""

    examples: int = 0
    syncs: int = 0
    kills: int = 0
    rows: int = 0
    lost: int = 0


class NothingLost(RuleBasedStateMachine):
    """One company, one destination, and a reader between them."""

    bill: ClassVar[Emulator]
    totals: ClassVar[Totals]
    must_hold: ClassVar[bool] = True
    """Whether a lost row fails the example. For the plain reader, lost rows are only counted."""

    def __init__(self) -> None:
        super().__init__()
        self.destination = Destination()
        self.delay = 0

    @initialize(seed=st.integers(0, 50), lasting=_lasting, paging=_paging)
    def begin(self, seed: int, lasting: dict[str, Any], paging: dict[str, Any]) -> None:
        """Start with a company, and with options of which some never change."""
        self.bill.as_new(seed, SCALE)
        self.bill.options(**DATED_CHANGES, **NO_HOURLY_LIMIT, **lasting, **paging)
        self.delay = lasting["visibility_delay_seconds"]

    @rule(paging=_paging)
    def change_paging(self, paging: dict[str, Any]) -> None:
        """Change how lists are paged from now on."""
        self.bill.options(**paging)

    @rule(count=st.sampled_from((1, 10, 60)), seed=_seeds)
    def change_rows(self, count: int, seed: int) -> None:
        """Change rows while no sync runs."""
        self.bill.mutate(count, seed=seed)

    @rule(name=st.sampled_from(EQUAL_TIME_LISTS), rows=st.sampled_from((30, 130, 260)), seed=_seeds)
    def give_many_rows_the_same_second(self, name: str, rows: int, seed: int) -> None:
        """Add more rows to one second than a page holds."""
        self.bill.bulk(name, rows, spread="ties", per_second=250, seed=seed)

    @rule(seconds=st.sampled_from((0.4, 1, 30, 3600, 86_400)))
    def let_time_pass(self, seconds: float) -> None:
        """Advance the time."""
        self.bill.advance(seconds)

    @precondition(lambda self: not self.delay)
    @rule(rows=st.integers(1, 5), seed=_seeds)
    def show_late_rows(self, rows: int, seed: int) -> None:
        """Make rows visible minutes after they changed."""
        show_late_rows(self.bill, rows, seed)

    @rule(
        per_page=st.sampled_from((0, 2, 10, 40)),
        in_few_lists=st.booleans(),
        ahead=st.sampled_from((0.0, 0.0, -240.0, 240.0)),
        seed=_seeds,
    )
    def sync(self, per_page: int, ahead: float, seed: int, *, in_few_lists: bool) -> None:
        """Sync while rows change."""
        result = self.read_while_rows_change(per_page, ahead, seed, in_few_lists=in_few_lists)
        self.destination.load(result)

    @rule(per_page=st.sampled_from((0, 2, 40)), share=st.floats(0, 1), seed=_seeds)
    def sync_and_be_killed(self, per_page: int, share: float, seed: int) -> None:
        """Sync, but give the destination only the beginning."""
        result = self.read_while_rows_change(per_page, 0.0, seed, in_few_lists=True)
        seen = result.until(int(len(result.events) * share))
        self.destination.load(seen, killed=True)
        self.totals.kills += 1

    def read_while_rows_change(
        self, per_page: int, ahead: float, seed: int, *, in_few_lists: bool
    ) -> SyncResult:
        """Read from the destination's state, while rows change with each page."""
        if per_page:
            lists = list(EQUAL_TIME_LISTS if in_few_lists else LISTS)
            self.bill.start_mutator(per_page=per_page, seconds_per_page=0.2, seed=seed, lists=lists)
        result = self.read(self.destination.state, ahead)
        self.bill.stop_mutator()
        self.totals.syncs += 1
        # hypothesis expects failures as AssertionError
        assert result.succeeded, result.crash or result.error_messages  # noqa: S101
        assert not self.must_hold or not result.repeated(), result.repeated()  # noqa: S101
        return result

    def read(self, state: list[Json], ahead: float) -> SyncResult:
        """Run one sync from a state."""
        return in_process.sync(self.bill, state, ahead=ahead, checkpoint_rows=_CHECKPOINT_ROWS)

    def teardown(self) -> None:
        """Sync once more, when nothing changes and all rows are visible, and compare."""
        self.bill.advance(self.delay + 2)
        result = self.read(self.destination.state, 0.0)
        assert result.succeeded, result.crash or result.error_messages  # noqa: S101
        self.destination.load(result)
        difference = self.destination.compare(self.bill)
        self.totals.examples += 1
        self.totals.syncs += 1
        self.totals.rows += difference.rows
        self.totals.lost += difference.lost
        assert difference.is_none or not self.must_hold, str(difference)  # noqa: S101


class PlainReader(NothingLost):
    """The same machine with the plain reader, whose lost rows are counted."""

    must_hold = False

    def read(self, state: list[Json], ahead: float) -> SyncResult:  # noqa: ARG002 has no clock
        """Run one sync from a state."""
        return naive_token_reader.sync(self.bill, state)


def run_examples(
    machine: type[NothingLost], bill: Emulator, examples: int, seed: int = 1
) -> Totals:
    """Run a machine on so many examples, which depend only on the seed.

    Raises:
        AssertionError: a row was lost, or was emitted twice in one sync, or a sync failed.

    """
    totals = Totals()
    bound = type(machine.__name__, (machine,), {"bill": bill, "totals": totals})
    run_state_machine_as_test(
        hypothesis.seed(seed)(bound),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # an example takes seconds, so shrinking one would take as long as hundreds
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return totals


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Run the machine with the connector, and with fewer examples with the plain reader."""
    bad: list[str] = []
    ours, theirs = Totals(), Totals()
    with Emulator(seed=seed, scale=SCALE, latency_ms=0) as bill:
        try:
            ours = run_examples(NothingLost, bill, 5 if quick else 80, seed)
        except AssertionError as failure:
            bad.append(f"the state machine found: {str(failure)[:1500]}")
        say(f"state_machine: {ours}")
        theirs = run_examples(PlainReader, bill, 5 if quick else 30, seed)
        say(f"state_machine, plain reader: {theirs}")
    if not theirs.lost:
        bad.append("the plain reader lost no row, so the machine proves nothing")
    return {
        "examples": ours.examples,
        "syncs": ours.syncs,
        "killed_syncs": ours.kills,
        "ours_per_100_000": _share(ours),
        "plain_per_100_000": _share(theirs),
        "bad": bad,
    }


def _share(totals: Totals) -> float:
    return round(totals.lost * 100_000 / max(1, totals.rows), 1)
