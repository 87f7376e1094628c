"""Reads the larger bodies of control calls: rows, changes to make, rows in bulk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bill_emulator.clock import canonical
from bill_emulator.contract import LISTS
from bill_emulator.control import fields as given
from bill_emulator.control.fields import BadControlError, Body
from bill_emulator.mutator import KINDS, Plan
from bill_emulator.row_copies import SPREADS, BulkPlan

if TYPE_CHECKING:
    from bill_emulator.store import Store

_MOST_ROWS = 5_000_000
_MOST_DAYS = 3_650
_MOST_CHANGES_A_SECOND = 100_000
_MOST_CHANGES_A_PAGE = 100_000
_MOST_SECONDS_A_PAGE = 86_400
_TIMES = ("createdTime", "updatedTime")


def mutator_plan(body: Body) -> Plan:
    """Read which rows to change, and how many per second and per page (0 if not given).

    Raises:
        BadControlError: a field is invalid.

    """
    return Plan(
        rate=given.number(body, "rate", 0, least=0, most=_MOST_CHANGES_A_SECOND),
        kinds=given.names(body, "kinds", KINDS),
        lists=given.names(body, "lists", LISTS),
        seed=given.whole(body, "seed", 1),
        per_page=given.whole(body, "per_page", 0, least=0, most=_MOST_CHANGES_A_PAGE),
        seconds_per_page=given.number(
            body, "seconds_per_page", 0, least=0, most=_MOST_SECONDS_A_PAGE
        ),
    )


def bulk_plan(body: Body) -> BulkPlan:
    """Read how many rows to add to which list, and how their times are spread.

    Raises:
        BadControlError: a field is invalid.

    """
    known = ("list_name", "rows", "spread", "days", "per_second", "seed", "replace")
    given.only(body, *known)
    return BulkPlan(
        list_name=_one_of(body, "list_name", tuple(LISTS)),
        rows=given.whole(body, "rows", least=1, most=_MOST_ROWS),
        spread=_one_of({"spread": SPREADS[0], **body}, "spread", SPREADS),
        days=given.whole(body, "days", BulkPlan.days, least=1, most=_MOST_DAYS),
        per_second=given.whole(body, "per_second", BulkPlan.per_second, least=1, most=_MOST_ROWS),
        seed=given.whole(body, "seed", BulkPlan.seed),
        replace=given.flag(body, "replace"),
    )


def rows_to_put(body: Any, list_name: str, store: Store) -> list[Body]:
    """Read rows, from an array or its field `rows`. Fill in missing ids and times.

    Raises:
        BadControlError: the body is not an array of objects, or an id or a time is invalid.

    """
    rows = body.get("rows") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadControlError("Send an array of rows, or {rows, replace}. A row is an object.")
    # Check all rows before the first gets an id, so that a refused call changes nothing.
    checked = [{**row, **_times(row)} for row in rows if _has_sound_id(row)]
    return [_complete(row, list_name, store) for row in checked]


def _has_sound_id(row: Body) -> bool:
    if given.text_or_none(row, "id") == "":
        raise BadControlError("id must be text that is not empty, or left out.")
    return True


def _times(row: Body) -> Body:
    """Return the times of a row as canonical strings."""
    sent = {name: given.text_or_none(row, name) for name in _TIMES}
    return {name: _canonical(name, text) for name, text in sent.items() if text is not None}


def _canonical(name: str, text: str) -> str:
    """Return an ISO 8601 time as a canonical string. Without a zone it is in UTC."""
    try:
        time = datetime.fromisoformat(text)
        return canonical(time if time.tzinfo else time.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise BadControlError(f"{name} must be an ISO 8601 date-time, not {text!r}.") from None


def _complete(row: Body, list_name: str, store: Store) -> Body:
    now = store.clock.stamp()
    filled = {
        "id": row.get("id") or store.ids.next(LISTS[list_name].id_prefix),
        "createdTime": row.get("createdTime") or row.get("updatedTime") or now,
        "updatedTime": row.get("updatedTime") or now,
    }
    return {**row, **filled}


def _one_of(body: Body, name: str, known: tuple[str, ...]) -> str:
    value = body.get(name)
    if value not in known:
        raise BadControlError(f"{name} must be one of {', '.join(known)}, not {value!r}.")
    return str(value)
