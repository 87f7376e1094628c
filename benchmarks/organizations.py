"""BILL organizations of four shapes, made in an emulator: which lists are long, and where."""

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
    """An organization's lists: `rows` of those that are filled up, the others stay small.

    `spread` is how the updatedTime of the filled lists lies in two years: `even`, or `bursty` with
    60 % of the rows within one day.
    """

    name: str
    rows: Mapping[str, int] = field(default_factory=dict)
    spread: str = "even"
    has_archived: bool = True

    def start(self, latency_ms: float) -> Emulator:
        """Give an emulator, started, with the organization in it; the caller stops it."""
        bill = Emulator(seed=1, scale=_SMALL_SCALE, latency_ms=latency_ms).start()
        for list_name, rows in self.rows.items():
            bill.bulk(list_name, rows, spread=self.spread, days=730, replace=True)
        for list_name in () if self.has_archived else LISTS:
            live = [row for row in bill.data(list_name) if not row.get("archived")]
            bill.put_rows(list_name, live, replace=True)
        bill.reset_counts()
        return bill

    def counts(self, bill: Emulator) -> dict[str, int]:
        """Give the number of rows of each list."""
        return {name: self.rows.get(name) or len(bill.data(name)) for name in LISTS}


def small(*, with_archived: bool = True) -> Organization:
    """Every list has fewer rows than a page; with archived rows, each that can has at least one."""
    if with_archived:
        return Organization("small")
    return Organization("small, nothing archived", has_archived=False)


def even(rows: int) -> Organization:
    """All lists have the same number of rows; `rows` is their sum."""
    lists = MappingProxyType(dict.fromkeys(LISTS, rows // len(LISTS)))
    return Organization(_named("even", rows), lists)


def skewed(rows: int) -> Organization:
    """Bills are 90 % of the rows, the other lists share the rest."""
    others = {name: rows // 10 // (len(LISTS) - 1) for name in LISTS if name != _BULK}
    lists = MappingProxyType({_BULK: rows * 9 // 10, **others})
    return Organization(_named("skewed", rows), lists)


def bursty(rows: int) -> Organization:
    """60 % of the bills were updated on one day of two years, as by an import."""
    return Organization(_named("bursty", rows), MappingProxyType({_BULK: rows}), spread="bursty")


def _named(shape: str, rows: int) -> str:
    """Tell a short one from the long one of its shape, beside which it stands in one table."""
    return shape if rows >= _LONG else f"{shape} of {rows:,} rows"


def fewest_pages(rows: Mapping[str, int]) -> int:
    """Give the fewest pages that hold the rows of these lists; an empty list takes one to see."""
    return sum(max(1, -(-count // PAGE_SIZE)) for count in rows.values())
