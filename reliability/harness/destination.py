"""What a warehouse holds after some syncs, held against what BILL has.

The destination is the plainest one that Airbyte allows: a row read incrementally replaces the row
of its id (append and dedup); a list read whole replaces its table once the stream is COMPLETE.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from reliability.harness.row_equality import differing, same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Event, Json, Run

_EXAMPLES = 5


@dataclass(frozen=True)
class Difference:
    """What a destination has otherwise than BILL, in rows.

    `missing` are not there at all, `stale` are there in another version, `unknown` are not BILL's.
    """

    rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    stale: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """How many of BILL's rows are missing or stale."""
        return sum(self.missing.values()) + sum(self.stale.values())

    @property
    def is_none(self) -> bool:
        """Whether destination and BILL are the same."""
        return not (self.lost or self.unknown)

    def __str__(self) -> str:
        parts = [("missing", self.missing), ("stale", self.stale), ("unknown", self.unknown)]
        said = [f"{word} {counts}" for word, counts in parts if counts]
        return "; ".join([*said, *self.examples]) or "the same"


class Destination:
    """Tables and last states, as a destination keeps them between syncs."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Json]] = {name: {} for name in LISTS}
        self.states: dict[str, Json] = {}

    @property
    def state(self) -> list[Json]:
        """The state messages that the next sync is given."""
        return list(self.states.values())

    def take(self, run: Run, incremental: Collection[str], *, killed: bool = False) -> None:
        """Take in a sync.

        After one that was `killed` only what a state message covers is kept: platforms promise no
        more, and dropping the rest is the harder case for the connector.
        """
        events = _covered(run.events) if killed else run.events
        fresh: dict[str, dict[str, Json]] = {}
        for event in events:
            if event.kind == "state":
                self.states[event.stream] = event.content
            elif event.kind == "record":
                in_place = event.stream in incremental
                table = (
                    self.tables[event.stream] if in_place else fresh.setdefault(event.stream, {})
                )
                table[event.content["id"]] = event.content
        for name in run.complete - set(incremental):
            self.tables[name] = fresh.get(name, {})

    def against(self, bill: Emulator, streams: Iterable[str] = LISTS) -> Difference:
        """Compare with all that BILL has now, as it would send it under its options."""
        missing: Counter[str] = Counter()
        stale: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        examples: list[str] = []
        rows = 0
        for name in streams:
            wanted = {row["id"]: row for row in bill.data(name, rendered=True)}
            found = self.tables[name]
            rows += len(wanted)
            unknown[name] += len(found.keys() - wanted.keys())
            for row_id, row in wanted.items():
                if row_id not in found:
                    missing[name] += 1
                    _note(examples, name, row, "missing")
                elif not same(name, found[row_id], row):
                    stale[name] += 1
                    _note(examples, name, row, differing(name, found[row_id], row))
        return Difference(rows, +missing, +stale, +unknown, tuple(examples[:_EXAMPLES]))


def _covered(events: tuple[Event, ...]) -> list[Event]:
    """Leave out, of each stream, the records behind its last state."""
    last = {event.stream: n for n, event in enumerate(events) if event.kind == "state"}
    return [event for n, event in enumerate(events) if n <= last.get(event.stream, -1)]


def _note(examples: list[str], name: str, row: Json, what: Any) -> None:
    if len(examples) < _EXAMPLES:
        examples.append(f"{name} {row['id']} of {row.get('updatedTime')}: {str(what)[:200]}")
