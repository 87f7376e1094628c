"""One bad input: the files a user might hand in, and what the connector has to make of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """The input is refused in one sentence, which has all these `words`.

    With `stream` it is that stream's sentence: the others are read, and the sync ends with 1.
    """

    words: tuple[str, ...]
    stream: str | None = None


@dataclass(frozen=True)
class Taken:
    """The input is understood: `how` says as what, and a sync with it succeeds.

    `since` gives the streams that are read, and the moment from which on their rows come; None for
    all of them.
    """

    how: str
    since: Mapping[str, datetime | None]


@dataclass(frozen=True)
class Case:
    """A named input, as the bytes of each file; None leaves the argument out.

    `is_checked` says whether `check` is to answer as `read` does: it sees the configuration alone.
    `secrets` are those that stand in its own configuration, by name: no answer may show them, nor
    BILL's right ones, its sessions, or bank and tax numbers outside of records.
    """

    name: str
    expected: Told | Taken
    config: bytes = field(repr=False)
    catalog: bytes = field(repr=False)
    state: bytes | None = field(default=None, repr=False)
    is_checked: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def told(*words: str, stream: str | None = None) -> Told:
    """Give the expectation of one sentence with these words."""
    return Told(words, stream)


def as_bytes(content: Any) -> bytes:
    """Give a file's content: bytes as they are, text in UTF-8, anything else as JSON."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return json.dumps(content).encode()
