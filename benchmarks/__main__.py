"""`python -m benchmarks`: all parts, or those that the variable PARTS names, as one table.

A run with default settings writes the table into docs/performance.md, the picture docs/waiting.svg,
and the figures taken from both. A run that changes a setting only prints the table.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import figures
from benchmarks.measuring import say
from benchmarks.parts import cpu_time, end_to_end, growth, record_output, startup, waiting
from benchmarks.report import Part, between_marks, commit, machine, table

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = figures.TABLE
PICTURE = figures.WHOLE_PICTURE
CHANGES = ("PARTS", "ROWS", "ROUNDS", "CONNECTOR")
"""The environment variables that change a run's settings, so that it is not written."""
ROWS = int(os.environ.get("ROWS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))

PARTS: dict[str, Callable[[], Part]] = {
    "waiting": waiting.measure,
    "processor": partial(cpu_time.measure, ROWS, ROUNDS),
    "printing": record_output.measure,
    "startup": partial(startup.measure, ROUNDS),
    "growth": growth.measure,
    "end_to_end": end_to_end.measure,
}


def main() -> int:
    """Run the parts and print their table. Return 2 if a part does not exist."""
    wanted = os.environ.get("PARTS", "").replace(",", " ").split() or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        say(f"There is no part {', '.join(unknown)}. The parts are {', '.join(PARTS)}.")
        return 2
    began = time.monotonic()
    found: list[Part] = []
    for name in wanted:
        say(f"{name}:")
        found.append(PARTS[name]())
    text = _text(found, (time.monotonic() - began) / 60)
    sys.stdout.write(text + "\n")
    if not any(os.environ.get(name) for name in CHANGES):
        document = between_marks(DOCUMENT.read_text(encoding="utf-8"), "benchmark", text)
        DOCUMENT.write_text(document, encoding="utf-8")
        PICTURE.write_text("".join(part.picture for part in found), encoding="utf-8")
        write_figures()
    return 0


def write_figures() -> None:
    """Write the figures and the short picture of the run that was just written."""
    for path, content in figures.contents().items():
        path.write_text(content, encoding="utf-8")


def _text(parts: list[Part], minutes: float) -> str:
    lines = [line for part in parts for line in part.lines]
    judged = [line.is_met for line in lines if line.is_met is not None]
    summary = (
        f"Measured on {machine()}, at commit {commit() or 'unknown'}, in {minutes:.1f} minutes. "
        f"{sum(judged)} of {len(judged)} targets were met."
    )
    below = [f"```text\n{part.below}\n```" for part in parts if part.below]
    return "\n\n".join([summary, table(lines), *below])


if __name__ == "__main__":
    sys.exit(main())
