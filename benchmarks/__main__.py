"""`python -m benchmarks`: all parts, or those that PARTS names, as one table.

A run of all parts as they are meant writes the table into docs/performance.md and its picture
beside it; one that a variable changes writes neither.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.measuring import CHECKOUT, say
from benchmarks.parts import end_to_end, growth, printing, processor, startup, waiting
from benchmarks.report import Part, commit, machine, table, write_between_marks

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = CHECKOUT / "docs" / "performance.md"
PICTURE = CHECKOUT / "docs" / "waiting.svg"
CHANGES = ("PARTS", "ROWS", "ROUNDS", "CONNECTOR")
"""The variables by which a run is another than the one of the document."""
ROWS = int(os.environ.get("ROWS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))

PARTS: dict[str, Callable[[], Part]] = {
    "waiting": waiting.measure,
    "processor": partial(processor.measure, ROWS, ROUNDS),
    "printing": printing.measure,
    "startup": partial(startup.measure, ROUNDS),
    "growth": growth.measure,
    "end_to_end": end_to_end.measure,
}


def main() -> int:
    """Run the parts and print what they found; 2 where a part is asked for that there is not."""
    wanted = os.environ.get("PARTS", "").replace(",", " ").split() or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        say(f"There is no part {', '.join(unknown)}: {', '.join(PARTS)}.")
        return 2
    began = time.monotonic()
    found: list[Part] = []
    for name in wanted:
        say(f"{name}:")
        found.append(PARTS[name]())
    text = _text(found, (time.monotonic() - began) / 60)
    sys.stdout.write(text + "\n")
    if not any(os.environ.get(name) for name in CHANGES):
        write_between_marks(DOCUMENT, text)
        PICTURE.write_text("".join(part.picture for part in found), encoding="utf-8")
    return 0


def _text(parts: list[Part], minutes: float) -> str:
    lines = [line for part in parts for line in part.lines]
    judged = [line.held for line in lines if line.held is not None]
    said = (
        f"Measured on {machine()}, at commit {commit() or 'unknown'}, in {minutes:.1f} minutes. "
        f"{sum(judged)} of {len(judged)} targets held."
    )
    below = [f"```text\n{part.below}\n```" for part in parts if part.below]
    return "\n\n".join([said, table(lines), *below])


if __name__ == "__main__":
    sys.exit(main())
