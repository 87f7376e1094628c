"""How time and memory grow with the number of rows: time linearly, memory not at all."""

from __future__ import annotations

import functools
import tempfile
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_bill.process import Canned
from benchmarks.measuring import interleaved, median
from benchmarks.parts.cpu_time import Cost, Costs, cost_of
from benchmarks.readers.commands import Files, connector
from benchmarks.report import Line, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES = (10_000, 100_000, 1_000_000)
MOST_OF_LINEAR = 1.10
MOST_OF_MEMORY = 1.25
_PART = "growth"
_ROUNDS = 3


def measure(sizes: tuple[int, ...] = SIZES) -> Part:
    """Read each number of rows: the largest once, the others three times, alternating.

    The compared time is that of reading, without start-up. Start-up does not grow, so it would make
    growth look less than linear.
    """
    *others, most = sizes
    found = _alternating(others, _ROUNDS) | _alternating([most], 1)
    lines = [_line(rows, costs) for rows, costs in found.items()]
    for (fewer, small), (more, large) in pairwise(found.items()):
        lines += _growth(fewer, small, more, large)
    return Part(tuple(lines))


def _alternating(sizes: Sequence[int], rounds: int) -> dict[int, Costs]:
    """Read each number of rows, alternating, so that a slower minute does not look like growth."""
    with ExitStack() as running:
        what: dict[str, Callable[[], Cost]] = {}
        for rows in sizes:
            bill = running.enter_context(Canned(rows))
            folder = running.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-"))
            reader = connector(Files(Path(folder)), bill.config())
            what[f"{rows:,} rows"] = functools.partial(cost_of, reader, bill)
        found = interleaved(rounds, what).values()
    return {rows: Costs(rows, tuple(costs)) for rows, costs in zip(sizes, found, strict=True)}


def _line(rows: int, costs: Costs) -> Line:
    measured = (
        f"{median([cost.run.seconds for cost in costs.runs]):.1f} s, of which reading "
        f"{_reading(costs):.1f} s, peak {costs.peak_mb:.0f} MB"
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
