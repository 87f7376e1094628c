"""The table of the benchmark: each measurement, its ratio, its target, and whether it was met."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADS = ("part", "case", "measured", "ratio", "target", "")


@dataclass(frozen=True)
class Line:
    """One line of the table. `is_met` is None if there is no target."""

    part: str
    case: str
    measured: str
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the line's cells."""
        result = {None: "", True: "met", False: "MISSED"}[self.is_met]
        return self.part, self.case, self.measured, self.ratio, self.target, result


@dataclass(frozen=True)
class Part:
    """The result of one part: lines of the table, text to put below the table, an SVG picture."""

    lines: tuple[Line, ...]
    below: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Ratio:
    """A measured value divided by a reference, which `of` names."""

    value: float
    of: str

    def at_most(self, target: float, part: str, case: str, measured: str) -> Line:
        """Make a line whose target is met if the ratio is not above it."""
        is_met = self.value <= target
        return Line(part, case, measured, str(self), f"<= {target:.2f} x", is_met)

    def at_least(self, target: float, part: str, case: str, measured: str) -> Line:
        """Make a line whose target is met if the ratio is not below it."""
        is_met = self.value >= target
        return Line(part, case, measured, str(self), f">= {target:.2f} x", is_met)

    def __str__(self) -> str:
        return f"{self.value:.2f} x {self.of}"


def table(lines: Sequence[Line]) -> str:
    """Write the lines as a Markdown table whose columns are also aligned as plain text."""
    rows = [_HEADS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)


def machine() -> str:
    """Describe the machine by its cores, system and Python, with the day. Never by its name."""
    day = datetime.now(UTC).date().isoformat()
    return (
        f"{os.cpu_count()} cores ({_processor()}), {platform.system()}, "
        f"Python {platform.python_version()}, {day}"
    )


def commit() -> str:
    """Return the commit, with `+` if files differ from it. Empty if git cannot tell."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],  # noqa: S607 - any git will do
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return found.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def between_marks(document: str, mark: str, text: str) -> str:
    """Return a document with other text between `<!-- mark -->` and `<!-- end of mark -->`.

    Raises:
        ValueError: the document has no such marks.
    """
    before, begin, rest = document.partition(f"<!-- {mark} -->")
    _, end, after = rest.partition(f"<!-- end of {mark} -->")
    if not begin or not end:
        raise ValueError(f"The document has no marks of {mark}")
    return f"{before}{begin}\n{text}\n{end}{after}"
