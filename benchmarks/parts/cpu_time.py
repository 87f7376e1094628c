"""The CPU time and memory of reading, compared with other ways to read the same bills.

All readers read the same rows from the canned server, which answers without delay. Readers
alternate, each in a process of its own, with stdout to /dev/null. Rows per second are over the
whole life of the process, with its start-up.
"""

from __future__ import annotations

import functools
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_bill.process import Canned, Served
from benchmarks.measuring import Run, interleaved, median, run
from benchmarks.readers.commands import Files, Reader, bills_readers
from benchmarks.report import Line, Part, Ratio

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_OF_STOCK = 3.5
LEAST_OF_BARE = 0.5
OURS, STOCK, BARE = "source-billcom", "stock manifest", "bare loop"
SLOW = frozenset({STOCK, "one list at a time", "dlt rest_api"})
"""The readers that run only in every other round."""
_PART = "processor"
_MILLION = 1_000_000
_WARM_UP_ROWS = 300
_WITHIN_SECONDS = 300


@dataclass(frozen=True)
class Cost:
    """One run and what the server saw of it."""

    run: Run
    served: Served


@dataclass(frozen=True)
class Costs:
    """The runs of a reader, and the medians of their figures."""

    rows: int
    runs: tuple[Cost, ...]

    @property
    def rows_per_second(self) -> float:
        """Rows divided by the time from the start to the end of the process."""
        return self.rows / median([cost.run.seconds for cost in self.runs])

    @property
    def reading_rows_per_second(self) -> float:
        """Rows divided by the time from the first call's arrival to the last one's end."""
        return self.rows / median([cost.served.seconds for cost in self.runs])

    @property
    def cpu_per_million(self) -> float:
        """Seconds of CPU time per million rows. Start-up is included."""
        return median([cost.run.cpu_seconds for cost in self.runs]) / self.rows * _MILLION

    @property
    def peak_mb(self) -> float:
        """The median of the runs' peak memory, in MB."""
        return median([cost.run.peak_mb for cost in self.runs])

    @property
    def calls(self) -> int:
        """The number of calls."""
        return int(median([cost.served.calls for cost in self.runs]))


def cost_of(reader: Reader, bill: Canned) -> Cost:
    """Run a reader once.

    Raises:
        ValueError: it did not read all rows.
    """
    bill.reset()
    found = run(reader.command)
    served = bill.served()
    if served.rows < bill.rows:
        raise ValueError(f"{reader.name} read {served.rows} of {bill.rows} rows")
    return Cost(found, served)


def compare(rows: int, rounds: int, within: float = math.inf) -> dict[str, Costs]:
    """Run all readers; they alternate.

    A round with few rows comes first and is not counted: in it Python compiles imported modules.
    """
    if rows > _WARM_UP_ROWS:
        compare(_WARM_UP_ROWS, 1)
    with Canned(rows) as bill, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        what: dict[str, Callable[[], Cost]] = {
            reader.name: functools.partial(cost_of, reader, bill)
            for reader in bills_readers(Files(Path(folder)), bill.config())
        }
        found = interleaved(rounds, what, within, every_other=SLOW)
    return {name: Costs(rows, tuple(costs)) for name, costs in found.items()}


def measure(rows: int, rounds: int) -> Part:
    """Compare all readers. A slow machine runs fewer rounds, so that the run ends."""
    found = compare(rows, rounds, within=_WITHIN_SECONDS)
    ours, stock, bare = found[OURS], found[STOCK], found[BARE]
    lines = [
        Line(
            _PART,
            f"{name}, {rows:,} bills, median of {len(costs.runs)}",
            _measured(costs),
            _ratios(costs, stock, bare),
        )
        for name, costs in found.items()
    ]
    lines.append(_server(bare))
    speed = f"{ours.rows_per_second:,.0f} rows/s"
    for name, other, least in ((STOCK, stock, LEAST_OF_STOCK), (BARE, bare, LEAST_OF_BARE)):
        ratio = Ratio(ours.rows_per_second / other.rows_per_second, name)
        lines.append(ratio.at_least(least, _PART, f"against {name}", speed))
    return Part(tuple(lines))


def _server(bare: Costs) -> Line:
    """Write the server's own share of the bare loop's time, which limits how exact a ratio is."""
    share = median([cost.served.cpu_seconds / cost.served.seconds for cost in bare.runs])
    a_call = median([cost.served.cpu_seconds / cost.served.calls for cost in bare.runs])
    measured = f"{1_000 * a_call:.2f} ms of CPU time per call, {share:.0%} of the bare loop"
    return Line(_PART, "the server itself", measured)


def _measured(costs: Costs) -> str:
    return (
        f"{costs.rows_per_second:,.0f} rows/s "
        f"({costs.reading_rows_per_second:,.0f} while reading), "
        f"{costs.cpu_per_million:.0f} s of CPU time per million rows, "
        f"peak {costs.peak_mb:.0f} MB, "
        f"{costs.calls:,} calls"
    )


def _ratios(costs: Costs, stock: Costs, bare: Costs) -> str:
    of_stock = costs.rows_per_second / stock.rows_per_second
    of_bare = costs.rows_per_second / bare.rows_per_second
    by_stock = stock.cpu_per_million / costs.cpu_per_million
    by_bare = bare.cpu_per_million / costs.cpu_per_million
    return (
        f"{of_stock:.2f} x stock, {of_bare:.2f} x bare; by CPU time {by_stock:.2f}, {by_bare:.2f}"
    )
