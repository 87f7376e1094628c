"""Whether time grows with the rows and memory does not: ten, and a hundred times as many rows."""

from __future__ import annotations

from itertools import pairwise

from benchmarks.measuring import median
from benchmarks.processor import OURS, Costs, compare
from benchmarks.report import Line, Part

SIZES = (10_000, 100_000, 1_000_000)
MOST_OF_LINEAR = 1.10
MOST_OF_MEMORY = 1.25
_PART = "growth"
_ROUNDS = 3


def measure(sizes: tuple[int, ...] = SIZES) -> Part:
    """Read so many rows, the longest once and the others three times.

    Judged is the time a row takes while reading, so that start-up, which does not grow, cannot
    pass for growth that is less than linear.
    """
    found = {
        rows: compare(rows, 1 if rows == max(sizes) else _ROUNDS, [OURS])[OURS] for rows in sizes
    }
    lines = [_line(rows, costs) for rows, costs in found.items()]
    for (fewer, small), (more, large) in pairwise(found.items()):
        lines += _growth(fewer, small, more, large)
    return Part(tuple(lines))


def _line(rows: int, costs: Costs) -> Line:
    measured = (
        f"{median([cost.run.seconds for cost in costs.runs]):.1f} s, {_reading(costs):.1f} s of it "
        f"reading, peak {costs.peak_mb:.0f} MB"
    )
    return Line(_PART, f"{rows:,} rows, median of {len(costs.runs)}", measured)


def _reading(costs: Costs) -> float:
    return median([cost.served.seconds for cost in costs.runs])


def _growth(fewer: int, small: Costs, more: int, large: Costs) -> list[Line]:
    times = _reading(large) / _reading(small)
    linear = times / (more / fewer)
    memory = large.peak_mb / small.peak_mb
    case = f"{fewer:,} to {more:,} rows"
    return [
        Line(
            _PART,
            case,
            f"{times:.1f} times the time for {more // fewer} times the rows",
            f"{linear:.2f} x linear",
            f"<= {MOST_OF_LINEAR:.2f} x",
            linear <= MOST_OF_LINEAR,
        ),
        Line(
            _PART,
            case,
            f"{small.peak_mb:.0f} MB to {large.peak_mb:.0f} MB",
            f"{memory:.2f} x memory",
            f"<= {MOST_OF_MEMORY:.2f} x",
            memory <= MOST_OF_MEMORY,
        ),
    ]
