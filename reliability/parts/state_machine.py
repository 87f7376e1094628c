"""Any interleaving of changes and syncs, then one quiet sync: the destination is BILL, exactly.

A hypothesis state machine. Its rules change rows, crowd seconds, move time, change what BILL
leaves open, sync while rows change, and kill syncs at any message. The plain reader is put through
the very same machine to show that it can tell: it must lose rows there.
"""

from __future__ import annotations

import functools
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
from reliability.harness import in_process, plain_reader
from reliability.harness.destination import Destination
from reliability.harness.rounds import CROWDED, NO_HOUR, TOLD, show_late

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import Json, Run

SCALE = 0.02
STEPS = 8
_CHECKPOINT_ROWS = 10
_WALK_OPTIONS: dict[str, tuple[Any, ...]] = {
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
"""How lists are walked: may differ from sync to sync."""
_LASTING_OPTIONS: dict[str, tuple[Any, ...]] = {
    "time_precision": ("second", "millisecond"),
    "time_fraction": ("milliseconds", "none"),
    "time_suffix": ("+00:00", "Z", "+0000"),
    "unpopulated": ("absent", "null"),
    "visibility_delay_seconds": (0, 0, 120),
    "archived_rows": ("included", "included", "hidden"),
}
"""How rows look, and when: BILL would not change them from day to day."""
_walks = st.fixed_dictionaries({n: st.sampled_from(v) for n, v in _WALK_OPTIONS.items()})
_lasting = st.fixed_dictionaries({n: st.sampled_from(v) for n, v in _LASTING_OPTIONS.items()})
_seeds = st.integers(0, 10**6)


@dataclass
class Counted:
    """What the examples of one machine came to in all."""

    examples: int = 0
    syncs: int = 0
    kills: int = 0
    rows: int = 0
    lost: int = 0


class NothingLost(RuleBasedStateMachine):
    """One company, one destination, and a reader between them."""

    bill: ClassVar[Emulator]
    counted: ClassVar[Counted]
    must_hold: ClassVar[bool] = True
    """Whether a lost row fails the example; the plain reader's are only counted."""

    def __init__(self) -> None:
        super().__init__()
        self.destination = Destination()
        self.delay = 0

    @initialize(seed=st.integers(0, 50), lasting=_lasting, walk=_walks)
    def begin(self, seed: int, lasting: dict[str, Any], walk: dict[str, Any]) -> None:
        """Begin with a company and what BILL does for good."""
        self.bill.as_new(seed, SCALE)
        self.bill.options(**TOLD, **NO_HOUR, **lasting, **walk)
        self.delay = lasting["visibility_delay_seconds"]

    @rule(walk=_walks)
    def change_how_lists_are_walked(self, walk: dict[str, Any]) -> None:
        """Let pages and tokens be otherwise from now on."""
        self.bill.options(**walk)

    @rule(count=st.sampled_from((1, 10, 60)), seed=_seeds)
    def change_rows(self, count: int, seed: int) -> None:
        """Change rows while nobody reads."""
        self.bill.mutate(count, seed=seed)

    @rule(name=st.sampled_from(CROWDED), rows=st.sampled_from((30, 130, 260)), seed=_seeds)
    def crowd_a_second(self, name: str, rows: int, seed: int) -> None:
        """Put more rows into a second than a page holds."""
        self.bill.bulk(name, rows, spread="ties", per_second=250, seed=seed)

    @rule(seconds=st.sampled_from((0.4, 1, 30, 3600, 86_400)))
    def let_time_pass(self, seconds: float) -> None:
        """Let time pass."""
        self.bill.advance(seconds)

    @precondition(lambda self: not self.delay)
    @rule(rows=st.integers(1, 5), seed=_seeds)
    def show_late_rows(self, rows: int, seed: int) -> None:
        """Let rows show up minutes after they changed."""
        show_late(self.bill, rows, seed)

    @rule(
        per_page=st.sampled_from((0, 2, 10, 40)),
        of_crowded=st.booleans(),
        ahead=st.sampled_from((0.0, 0.0, -240.0, 240.0)),
        seed=_seeds,
    )
    def sync(self, per_page: int, ahead: float, seed: int, *, of_crowded: bool) -> None:
        """Sync while rows change."""
        run = self.read_while_rows_change(per_page, ahead, seed, of_crowded=of_crowded)
        self.destination.take(run, in_process.incremental_streams())

    @rule(per_page=st.sampled_from((0, 2, 40)), share=st.floats(0, 1), seed=_seeds)
    def sync_and_be_killed(self, per_page: int, share: float, seed: int) -> None:
        """Sync, of which the destination sees the beginning."""
        run = self.read_while_rows_change(per_page, 0.0, seed, of_crowded=True)
        seen = run.until(int(len(run.events) * share))
        self.destination.take(seen, in_process.incremental_streams(), killed=True)
        self.counted.kills += 1

    def read_while_rows_change(
        self, per_page: int, ahead: float, seed: int, *, of_crowded: bool
    ) -> Run:
        """Read from the destination's state, rows changing with each page."""
        if per_page:
            lists = list(CROWDED if of_crowded else LISTS)
            self.bill.start_mutator(per_page=per_page, seconds_per_page=0.2, seed=seed, lists=lists)
        run = self.read(self.destination.state, ahead)
        self.bill.stop_mutator()
        self.counted.syncs += 1
        assert run.succeeded, run.crash or run.sentences  # noqa: S101 hypothesis wants it so
        assert not self.must_hold or not run.repeated(), run.repeated()  # noqa: S101 as above
        return run

    def read(self, state: list[Json], ahead: float) -> Run:
        """Read once, from a state."""
        return in_process.sync(self.bill, state, ahead=ahead, checkpoint_rows=_CHECKPOINT_ROWS)

    def teardown(self) -> None:
        """Sync once more, all being quiet and visible, and compare."""
        self.bill.advance(self.delay + 2)
        run = self.read(self.destination.state, 0.0)
        assert run.succeeded, run.crash or run.sentences  # noqa: S101 as above
        self.destination.take(run, in_process.incremental_streams())
        difference = self.destination.against(self.bill)
        self.counted.examples += 1
        self.counted.syncs += 1
        self.counted.rows += difference.rows
        self.counted.lost += difference.lost
        assert difference.is_none or not self.must_hold, str(difference)  # noqa: S101 as above


class PlainReader(NothingLost):
    """The same with the plain reader, whose losses are counted."""

    must_hold = False

    def read(self, state: list[Json], ahead: float) -> Run:  # noqa: ARG002 it asks no clock
        """Read once, from a state."""
        return plain_reader.sync(self.bill, state)


def try_out(machine: type[NothingLost], bill: Emulator, examples: int, seed: int = 1) -> Counted:
    """Run a machine on so many examples, the same ones for a seed; give what was counted.

    Raises:
        AssertionError: a row was lost, or came twice in a sync, or a sync failed.

    """
    counted = Counted()
    bound = type(machine.__name__, (machine,), {"bill": bill, "counted": counted})
    run_state_machine_as_test(
        hypothesis.seed(seed)(bound),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # an example takes seconds: shrinking one would take the time of hundreds
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return counted


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Try the machine out at length with the connector, and shorter with the plain reader."""
    bad: list[str] = []
    counted, others = Counted(), Counted()
    with Emulator(seed=seed, scale=SCALE, latency_ms=0) as bill:
        try:
            counted = try_out(NothingLost, bill, 5 if quick else 80, seed)
        except AssertionError as lost:
            bad.append(f"the state machine found: {str(lost)[:1500]}")
        say(f"machine: {counted}")
        others = try_out(PlainReader, bill, 5 if quick else 30, seed)
        say(f"machine, plain: {others}")
    if not others.lost:
        bad.append("the plain reader lost nothing, so the machine proves nothing")
    return {
        "examples": counted.examples,
        "syncs": counted.syncs,
        "killed_syncs": counted.kills,
        "ours_per_100_000": _share(counted),
        "plain_per_100_000": _share(others),
        "bad": bad,
    }


def _share(counted: Counted) -> float:
    return round(counted.lost * 100_000 / max(1, counted.rows), 1)


new_emulator = functools.partial(Emulator, seed=1, scale=SCALE, latency_ms=0)
