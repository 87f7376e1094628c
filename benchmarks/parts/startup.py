"""How long spec, check and discover take, compared with the stock manifest."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_bill.process import Canned
from benchmarks.measuring import Run, interleaved, median, run
from benchmarks.readers.commands import OURS, STOCK, Files
from benchmarks.report import Line, Part

if TYPE_CHECKING:
    from collections.abc import Callable

_PROGRAMS = {"source-billcom": OURS, "stock manifest": STOCK}
_ROWS = 100


def measure(rounds: int) -> Part:
    """Run each command of both connectors; they alternate. Return a line for each command.

    The first round is not counted, because Python compiles the imported modules in it.
    """
    lines: list[Line] = []
    with Canned(_ROWS) as bill, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        config = Files(Path(folder)).write("config", bill.config())
        for command in ("spec", "check", "discover"):
            flags = [] if command == "spec" else ["--config", config]
            what: dict[str, Callable[[], Run]] = {
                f"{command} of {name}": functools.partial(run, [*program, command, *flags])
                for name, program in _PROGRAMS.items()
            }
            found = interleaved(rounds + 1, what)
            lines.append(_line(command, [runs[1:] for runs in found.values()]))
    return Part(tuple(lines))


def _line(command: str, runs: list[list[Run]]) -> Line:
    ours, stock = (median([one.seconds for one in of_one]) for of_one in runs)
    cpu = median([one.cpu_seconds for one in runs[0]])
    measured = f"{ours:.2f} s ({cpu:.2f} s of CPU time), stock manifest {stock:.2f} s"
    return Line(
        "start-up", f"{command}, median of {len(runs[0])}", measured, f"{ours / stock:.2f} x stock"
    )
