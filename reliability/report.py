"""The figures of a run as Markdown, written into docs/reliability.md.

Long lists, such as the expected failures of the matrix, go to docs/reliability-failures.md. Both
pages have a pair of marks for each part: `<!-- changes -->` and `<!-- end of changes -->`.
"""

from __future__ import annotations

import functools
import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_CHECKOUT = Path(__file__).parents[1]
FIGURES_PAGE = _CHECKOUT / "docs" / "reliability.md"
FAILURES_PAGE = _CHECKOUT / "docs" / "reliability-failures.md"
_LONGEST_LINE = 500


@dataclass(frozen=True)
class Part:
    """The figures of one part, the seed of its random choices, and how many seconds it took."""

    name: str
    figures: dict[str, Any]
    seed: int
    seconds: float

    @property
    def bad(self) -> list[str]:
        """What must not happen and did, one line each. It makes the run fail."""
        return [str(line) for line in self.figures["bad"]]

    @property
    def lists(self) -> dict[str, list[str]]:
        """The figures that are lists and not empty, by the name that the pages show."""
        return {
            _words(name): [str(item) for item in value]
            for name, value in self.figures.items()
            if isinstance(value, list) and value
        }


def write_figures(
    part: Part, figures_page: Path = FIGURES_PAGE, failures_page: Path = FAILURES_PAGE
) -> None:
    """Replace what the two pages say about this part.

    Raises:
        ValueError: a page has no marks for the part.

    """
    for path, text in (
        (figures_page, figures_table(part, failures_page.name)),
        (failures_page, lists_text(part)),
    ):
        page = path.read_text("utf-8")
        path.write_text(_between_marks(page, part.name, text), "utf-8")


def _between_marks(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    start = page.index(begin) + len(begin)
    return page[:start] + text + page[page.index(end, start) :]


def figures_table(part: Part, failures_page: str) -> str:
    """Write when and where the part ran, and its figures as a table.

    A list is a row with its length and a link to the page that has it.
    """
    lines = [_origin(part), "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in _rows(part.figures)]
    lines += [
        f"| {name} | [{len(items)}]({failures_page}#{part.name}) |"
        for name, items in part.lists.items()
        if name != "bad"
    ]
    lines += [f"| bad | **{len(part.bad)}** |", ""]
    return "\n".join(lines)


def lists_text(part: Part) -> str:
    """Write the lists of a part, one line for each item."""
    lines = [_origin(part), ""]
    for name, items in part.lists.items():
        shown = [f"- {item[:_LONGEST_LINE]}".replace("<", "&lt;") for item in items]
        lines += [f"**{name} ({len(items)})**", "", *shown, ""]
    if not part.lists:
        lines += ["None.", ""]
    return "\n".join(lines)


def _rows(figures: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, list):
            continue
        if isinstance(value, dict):
            yield from ((f"{_words(name)}: {key}", _text(inner)) for key, inner in value.items())
        else:
            yield _words(name), _text(value)


def _words(name: str) -> str:
    return name.replace("_per_100_000", ", rows lost per 100,000").replace("_", " ")


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _origin(part: Part) -> str:
    day = datetime.now(UTC).date().isoformat()
    return (
        f"Made on {day} at commit {_commit()} with seed {part.seed}, in {part.seconds:,.0f} s, on "
        f"{os.cpu_count()} cores ({platform.machine()}) with Python {platform.python_version()}."
    )


@functools.cache
def _commit() -> str:
    """Return the name of the commit.

    It is asked for only once, because writing the pages makes the checkout dirty.
    """
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    described = subprocess.run(
        command,
        cwd=_CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
