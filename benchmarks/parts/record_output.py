"""What the connector gains by printing records itself instead of letting the CDK do it."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_bill.process import Canned
from benchmarks.measuring import Run, interleaved, median, run
from benchmarks.readers.commands import CDK_RECORD_OUTPUT, OURS, Files, read_command
from benchmarks.report import Line, Part

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 60_000
_ROUNDS = 3


def measure(rows: int = ROWS, rounds: int = _ROUNDS) -> Part:
    """Read the same bills with both ways of printing; the two alternate.

    The first round is not counted, because Python compiles the imported modules in it.
    """
    with Canned(rows) as bill, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        arguments = read_command(OURS, Files(Path(folder)), bill.config(), ["bills"])[len(OURS) :]
        runs: dict[str, Callable[[], Run]] = {
            "our printing": functools.partial(run, [*OURS, *arguments]),
            "the CDK's printing": functools.partial(run, [*CDK_RECORD_OUTPUT, *arguments]),
        }
        found = interleaved(rounds + 1, runs)
    ours, cdks = (median([one.cpu_seconds for one in of_one[1:]]) for of_one in found.values())
    measured = f"{cdks:.2f} s of CPU time, ours {ours:.2f} s, medians of {rounds}"
    case = f"{rows:,} bills, printed by the CDK"
    return Part((Line("printing", case, measured, f"{cdks / ours:.2f} x ours"),))
