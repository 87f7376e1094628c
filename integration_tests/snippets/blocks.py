"""The fenced code blocks of the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

from testing.connector import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("sh", "python", "sql", "yaml", "json")
OTHER_LANGUAGES = ("", "text")
"""Languages of blocks that nobody runs: output."""
_BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block. `document` is the path in the repository."""

    document: str
    language: str
    text: str

    @property
    def first_line(self) -> str:
        """The first line, which identifies the block in its document."""
        return self.text.partition("\n")[0]

    @property
    def lines(self) -> list[str]:
        """The lines as `commands_of` gives them."""
        return commands_of(self.text)


def commands_of(text: str) -> list[str]:
    """Return the lines of a block or a script, without comments, empty lines and indentation.

    A command that a script runs in the background is the same as one that a reader runs in another
    terminal.
    """
    stripped = [line.split("  # ")[0].strip().removesuffix(" &") for line in text.splitlines()]
    return [line for line in stripped if line and not line.startswith("#")]


def blocks_of(document: str, text: str) -> Iterator[Block]:
    """Yield the blocks of a document's text in order."""
    for _, language, content in _BLOCK.findall(text):
        if language not in OTHER_LANGUAGES:
            yield Block(document, language, dedent(content))


def all_blocks() -> list[Block]:
    """Return the blocks of all documents that tell a reader what to run."""
    paths = [
        CHECKOUT / "README.md",
        CHECKOUT / "CONTRIBUTING.md",
        *sorted((CHECKOUT / "docs").glob("*.md")),
    ]
    return [
        block
        for path in paths
        for block in blocks_of(str(path.relative_to(CHECKOUT)), path.read_text(encoding="utf-8"))
    ]
