"""The plan of a write, which is complete before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A request: the row before it (None for a create), and the fields that it sends."""

    list_name: str
    old: Row | None
    fields: Mapping[str, Any]
    replacing: bool
    user_id: str


@dataclass(frozen=True)
class Outcome:
    """The row after the request, and the other rows that change with it."""

    row: Row
    inserted: tuple[tuple[str, Row], ...] = ()
    replaced: tuple[tuple[str, Row], ...] = ()
