"""What a write will do, worked out whole before anything is changed: a refusal changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A request read: the row before it (None on create), and the fields it sends."""

    list_name: str
    old: Row | None
    fields: Mapping[str, Any]
    replacing: bool
    user_id: str


@dataclass(frozen=True)
class Outcome:
    """The row after the request, and what else changes with it."""

    row: Row
    inserted: tuple[tuple[str, Row], ...] = ()
    replaced: tuple[tuple[str, Row], ...] = ()
