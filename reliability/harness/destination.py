"""The rows that a warehouse holds after some syncs, compared with BILL's rows.

This is the simplest destination that Airbyte allows. A row of an incremental stream replaces the
row with the same id (append and deduplicate). A full-refresh stream replaces its table once it is
COMPLETE.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reliability.harness.row_equality import differing, same
from testing.streams import FULL_REFRESH, INCREMENTAL, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Event, Json, SyncResult

_EXAMPLES = 5


@dataclass(frozen=True)
class Difference:
    """How a destination differs from BILL, as numbers of rows by stream.

    `missing` rows are not in the destination, `stale` rows are there in another version, and
    `unknown` rows are not in BILL. `rows` is the number of BILL's rows.
    """

    rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    stale: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """The number of BILL's rows that are missing or stale."""
        return sum(self.missing.values()) + sum(self.stale.values())

    @property
    def is_none(self) -> bool:
        """Whether destination and BILL are equal."""
        return not (self.lost or self.unknown)

    def __str__(self) -> str:
        counts = {"missing": self.missing, "stale": self.stale, "unknown": self.unknown}
        found = [f"{word} {by_stream}" for word, by_stream in counts.items() if by_stream]
        return "; ".join([*found, *self.examples]) or "no difference"


class Destination:
    """The tables and the last states, which stay from one sync to the next."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Json]] = {name: {} for name in STREAMS}
        self.states: dict[str, Json] = {}

    @property
    def state(self) -> list[Json]:
        """The state messages for the next sync."""
        return list(self.states.values())

    def load(self, result: SyncResult, *, killed: bool = False) -> None:
        """Load the result of a sync.

        If the sync was `killed`, only records before the stream's last state are kept. Platforms
        promise no more, and losing the others is the harder case for the connector.
        """
        events = _before_last_state(result.events) if killed else result.events
        fresh: dict[str, dict[str, Json]] = {}
        for event in events:
            if event.kind == "state":
                self.states[event.stream] = event.content
            elif event.kind == "record":
                in_place = event.stream in INCREMENTAL
                table = (
                    self.tables[event.stream] if in_place else fresh.setdefault(event.stream, {})
                )
                table[event.content["id"]] = event.content
        for name in result.complete.intersection(FULL_REFRESH):
            self.tables[name] = fresh.get(name, {})

    def compare(self, bill: Emulator, streams: Iterable[str] = tuple(STREAMS)) -> Difference:
        """Compare the tables with the rows that BILL has now, as its options make it send them."""
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
                    _add_example(examples, name, row, "missing")
                elif not same(name, found[row_id], row):
                    stale[name] += 1
                    _add_example(examples, name, row, differing(name, found[row_id], row))
        return Difference(rows, +missing, +stale, +unknown, tuple(examples))


def _before_last_state(events: tuple[Event, ...]) -> list[Event]:
    """Drop the records of each stream that come after its last state."""
    last = {event.stream: n for n, event in enumerate(events) if event.kind == "state"}
    return [event for n, event in enumerate(events) if n <= last.get(event.stream, -1)]


def _add_example(examples: list[str], name: str, row: Json, what: Any) -> None:
    if len(examples) < _EXAMPLES:
        examples.append(f"{name} {row['id']} of {row.get('updatedTime')}: {str(what)[:200]}")
