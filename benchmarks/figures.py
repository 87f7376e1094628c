"""The three figures at the top of README.md and docs/performance.md, and the picture beside them.

They are taken from the table and the picture of the last complete run, so they cannot differ from
it. `make benchmark` and `make generate` write them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks import timeline_picture
from benchmarks.measuring import CHECKOUT
from benchmarks.parts.waiting import LONG_ROWS
from benchmarks.report import between_marks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TABLE = CHECKOUT / "docs" / "performance.md"
WHOLE_PICTURE = CHECKOUT / "docs" / "waiting.svg"
PICTURE = CHECKOUT / "docs" / "calls-in-flight.svg"
DOCUMENTS = (CHECKOUT / "README.md", TABLE)
MARK = "figures"
_FIRST = "skewed, 200 ms, first"
_NAMES = {
    _FIRST: f"First sync of {LONG_ROWS:,} rows, at 200 ms per call",
    "skewed, 200 ms, nothing new": "Next sync, with nothing new",
}
"""The syncs that the short picture shows, each with its name there."""


def contents() -> dict[Path, str]:
    """Return the content that the documents and the short picture should have, by path."""
    text = figures(TABLE.read_text(encoding="utf-8"))
    written = {
        path: between_marks(path.read_text(encoding="utf-8"), MARK, text) for path in DOCUMENTS
    }
    whole = WHOLE_PICTURE.read_text(encoding="utf-8")
    return {**written, PICTURE: timeline_picture.excerpt(whole, _NAMES)}


def figures(page: str) -> str:
    """Write the three figures as a list, from the table of a page.

    Raises:
        KeyError: the table lacks a case.
        ValueError: a cell has another form.
    """
    rows = _rows(page)
    seconds = float(_found(r"^([\d.]+) s", rows["waiting", _FIRST][0]))
    of_limit = _ratio(rows["waiting", _FIRST])
    speed = _found(r"^([\d,]+) rows/s", rows["processor", "against stock manifest"][0])
    of_stock = _ratio(rows["processor", "against stock manifest"])
    peak = _found(r"peak (\d+) MB", rows["growth", "1,000,000 rows, median of 1"][0])
    waiting = (
        f"**{LONG_ROWS:,} rows in {seconds:.0f} seconds** at 200 ms per call, {of_limit:.2f} times "
        "the least that BILL's limit of three calls at once allows."
    )
    reading = (
        f"**{speed} rows per second** when BILL answers at once, {of_stock:.1f} times a connector "
        "made only of the parts of Airbyte's CDK."
    )
    memory = f"**{peak} MB of memory** at most while reading one million rows."
    return "\n".join(f"- {figure}" for figure in (waiting, reading, memory))


def _rows(page: str) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Return measured value and ratio of each row of the table by part and case.

    A case can have several rows. The first one counts.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6:  # noqa: PLR2004 - the columns of the table
            found.setdefault((cells[0], cells[1]), (cells[2], cells[3]))
    return found


def _ratio(row: tuple[str, str]) -> float:
    return float(_found(r"^([\d.]+) x", row[1]))


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"{text!r} does not match {pattern}")
    return match[1]
