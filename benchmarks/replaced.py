"""What the connector's own parts gain over those of the CDK that they replace, one by one.

The connector is run with a part put back (`put_back`), in turns with itself as it is. The parts
that read (requester, paginator, decoder, retriever, cursor, concurrent source) depend on each other
and can be put back together alone: the stock manifest is what they are then.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_process import Canned
from benchmarks.contenders import OURS, Files, read_command
from benchmarks.measuring import Run, interleaved, median, run
from benchmarks.report import Line, Part

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 60_000
_ROUNDS = 3


def measure(rows: int = ROWS, rounds: int = _ROUNDS) -> Part:
    """Give a line for each part that can be put back."""
    lines: list[Line] = []
    with Canned(rows) as bill, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        config = bill.config()
        files = Files(Path(folder))
        read = read_command(OURS, files, config, ["bills"])[len(OURS) :]
        for what, arguments, part in ((f"{rows:,} bills", read, "printing"),):
            back = [sys.executable, "-m", "benchmarks.put_back", part, *arguments]
            runs: dict[str, Callable[[], Run]] = {
                f"{what} as it is": functools.partial(run, [*OURS, *arguments]),
                f"{what} with the CDK's {part}": functools.partial(run, back),
            }
            # the first round compiles what they import
            found = interleaved(rounds + 1, runs)
            ours, theirs = (
                median([each.processor for each in of_one[1:]]) for of_one in found.values()
            )
            measured = f"{theirs:.2f} s of processor, {ours:.2f} s as it is, medians of {rounds}"
            lines.append(
                Line("replaced", list(runs)[1], measured, f"{theirs / ours:.2f} x as it is")
            )
    return Part(tuple(lines))
