"""The figures of a run as Markdown, put between the marks of docs/reliability.md."""

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

_LONGEST_LINE = 500


@dataclass(frozen=True)
class Part:
    """What a part of the suite came to, and in how many seconds."""

    name: str
    figures: dict[str, Any]
    seed: int
    seconds: float

    @property
    def bad(self) -> list[str]:
        """What must not be, in sentences; the parts name it `bad` or `failures`."""
        if "bad" in self.figures:
            return [str(line) for line in self.figures["bad"]]
        failures = self.figures.get("failures") or {}
        pairs = failures.items() if isinstance(failures, dict) else ((f, "") for f in failures)
        return [f"{name}: {why}" for name, why in pairs]


def with_figures(page: str, parts: Iterable[Part]) -> str:
    """Put the figures of these parts into the page; those of others stay.

    Raises:
        ValueError: the page has no marks for a part.

    """
    for part in parts:
        begin, end = f"<!-- {part.name} -->\n", f"<!-- end of {part.name} -->"
        start = page.index(begin) + len(begin)
        page = page[:start] + as_markdown(part) + page[page.index(end, start) :]
    return page


def as_markdown(part: Part) -> str:
    """Write a part's figures: when and where they were made, a table, then what is long."""
    rows = list(_rows(part.figures))
    lines = [_made(part), "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += [f"| bad | **{len(part.bad)}** |", ""]
    for name, value in part.figures.items():
        if isinstance(value, list) and name != "bad" and value:
            lines += _details(_words(name), [str(item) for item in value])
    if part.bad:
        lines += _details("what is bad", part.bad)
    return "\n".join(lines) + "\n"


def _rows(figures: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in figures.items():
        if name == "bad" or isinstance(value, list):
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


def _details(title: str, lines: list[str]) -> list[str]:
    shown = [f"- {line[:_LONGEST_LINE]}".replace("<", "&lt;") for line in lines]
    return [f"<details><summary>{title} ({len(lines)})</summary>", "", *shown, "", "</details>", ""]


def _made(part: Part) -> str:
    day = datetime.now(UTC).date().isoformat()
    return (
        f"Made on {day} at commit {_commit()} with seed {part.seed}, in {part.seconds:,.0f} s, on "
        f"{os.cpu_count()} cores ({platform.machine()}) with Python {platform.python_version()}."
    )


@functools.cache
def _commit() -> str:
    """Name the commit, once: the page that a run writes would make its next parts look dirty."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    described = subprocess.run(
        command,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
