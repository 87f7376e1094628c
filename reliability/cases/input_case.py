"""One bad input: the files that a user might pass, and what the connector must do with them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Json = dict[str, Any]


@dataclass(frozen=True)
class Rejected:
    """The input is rejected with one message, which contains all `words` in any case.

    With `stream`, the message is about that stream only: the other streams are read, and the sync
    ends with exit code 1.
    """

    words: tuple[str, ...]
    stream: str | None = None

    def naming(self, *words: str) -> Rejected:
        """Return the expectation of the same message with further words, such as a field's name."""
        return Rejected((*self.words, *words), self.stream)


@dataclass(frozen=True)
class Accepted:
    """The input is understood, `meaning` says how, and a sync with it succeeds.

    `since` has the streams that are read, each with the updatedTime from which on its rows must
    come, or None for all rows.
    """

    meaning: str
    since: Mapping[str, datetime | None]


@dataclass(frozen=True)
class Case:
    """A named input, as the content of each file. None leaves the file out.

    `is_checked` says whether `check` must answer in the same way as `read`: it only gets the
    configuration. `secrets` are those of the case's own configuration, by name. No output may
    contain them.
    """

    name: str
    expected: Rejected | Accepted
    config: bytes = field(repr=False)
    catalog: bytes = field(repr=False)
    state: bytes | None = field(default=None, repr=False)
    is_checked: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def as_bytes(content: Any) -> bytes:
    """Return a file's content: bytes unchanged, text in UTF-8, anything else as JSON."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return json.dumps(content).encode()
