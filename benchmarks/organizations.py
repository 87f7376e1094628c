"""BILL organizations of four shapes in the emulator: small, even, skewed and bursty."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE_SIZE = 100
_SMALL_SCALE = 0.04  # its longest list has some 80 rows
_BULK = "bills"
_LONG = 50_000


@dataclass(frozen=True)
class Organization:
    """An organization: `rows` is the length of each list that is filled; other lists stay small.

    `spread` says how the updatedTime of filled lists is distributed over two years: `even`, or
    `bursty` with 60 % of the rows on one day.
    """

    name: str
    rows: Mapping[str, int] = field(default_factory=dict)
    spread: str = "even"
    has_archived: bool = True

    def start(self, latency_ms: float) -> Emulator:
        """Start an emulator with this organization. The caller stops it."""
        bill = Emulator(seed=1, scale=_SMALL_SCALE, latency_ms=latency_ms).start()
        for list_name, rows in self.rows.items():
            bill.bulk(list_name, rows, spread=self.spread, days=730, replace=True)
        for list_name in () if self.has_archived else LISTS:
            live = [row for row in bill.data(list_name) if not row.get("archived")]
            bill.put_rows(list_name, live, replace=True)
        bill.reset_counts()
        return bill

    def counts(self, bill: Emulator) -> dict[str, int]:
        """Return the number of rows of each list."""
        return {name: self.rows.get(name) or len(bill.data(name)) for name in LISTS}


def small(*, with_archived: bool = True) -> Organization:
    """Every list has less than a page of rows, some of them archived where BILL allows it."""
    if with_archived:
        return Organization("small")
    return Organization("small, nothing archived", has_archived=False)


def even(rows: int) -> Organization:
    """All lists have the same number of rows. `rows` is the sum."""
    lists = MappingProxyType(dict.fromkeys(LISTS, rows // len(LISTS)))
    return Organization(_named("even", rows), lists)


def skewed(rows: int) -> Organization:
    """90 % of the rows are bills, and the other lists share the rest."""
    others = {name: rows // 10 // (len(LISTS) - 1) for name in LISTS if name != _BULK}
    lists = MappingProxyType({_BULK: rows * 9 // 10, **others})
    return Organization(_named("skewed", rows), lists)


def bursty(rows: int) -> Organization:
    """60 % of the bills were updated on one day of two years, as after an import."""
    return Organization(_named("bursty", rows), MappingProxyType({_BULK: rows}), spread="bursty")


def _named(shape: str, rows: int) -> str:
    """Name an organization; a short one by its rows too, as the table also has the long one."""
    return shape if rows >= _LONG else f"{shape} of {rows:,} rows"


def fewest_pages(rows: Mapping[str, int]) -> int:
    """Return the fewest pages that hold the rows of these lists. An empty list takes one call."""
    return sum(max(1, -(-count // PAGE_SIZE)) for count in rows.values())
