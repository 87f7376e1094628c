"""Writes to a list as a whole: bulk requests and recorded payments.

BILL carries out a bulk request as a whole or not at all [DOC PM]. When one item fails, the
response also has BDC_1246.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.writes import archiving, balances, objects, payments, receipts
from bill_emulator.writes.route_table import BULK_LIMITS
from bill_emulator.writes.write_errors import Refused, invalid, missing, rolled_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Outcome, Row


@dataclass(frozen=True)
class Written:
    """The rows that a request has written, and their list, which may be another one."""

    list_name: str
    rows: Sequence[Row]


def perform(  # noqa: PLR0917 - what a request is made of
    store: Store,
    list_name: str,
    method: str,
    suffix: str,
    body: Any,
    params: Mapping[str, str],
    user_id: str,
) -> Written:
    """Carry out `method` on `{path of the list}/{suffix}`; see `table.COLLECTION`.

    Raises:
        Refused: BILL refuses it. Nothing has changed.
    """
    if suffix == "record-payment":
        if list_name == "bills":
            return Written("payments", [payments.record(store, body, user_id)])
        return Written("receivable_payments", [receipts.record(store, body)])
    if list_name == "payments":
        return Written("payments", payments.create_bulk(store, body, user_id))
    if suffix == "bulk":
        return Written(list_name, _many(store, list_name, method, body, user_id))
    change = archiving.archive if suffix == "bulk/archive" else archiving.restore
    ids = [row_id for row_id in params.get("ids", "").split(",") if row_id]
    if not ids:
        raise missing(["ids"])
    _check_size(list_name, ids)
    for row_id in ids:
        balances.row_of(store, list_name, row_id)
    return Written(list_name, [change(store, list_name, row_id) for row_id in ids])


def _many(store: Store, list_name: str, method: str, body: Any, user_id: str) -> list[Row]:
    if not isinstance(body, list) or not body:
        raise invalid("must be a JSON array of objects")
    _check_size(list_name, body)

    def plan(item: Any) -> Outcome:
        if method == "POST":
            return objects.planned_create(store, list_name, item, user_id)
        row_id = item.get("id") if isinstance(item, dict) else None
        if not isinstance(row_id, str):
            raise missing(["id"])
        replacing = method == "PUT"
        return objects.planned_update(store, list_name, row_id, item, user_id, replacing=replacing)

    return _all_or_none(store, list_name, body, plan, created=method == "POST")


def _check_size(list_name: str, items: Sequence[Any]) -> None:
    most = BULK_LIMITS[list_name]
    if len(items) > most:
        raise invalid(f"size must be between 1 and {most}")


def _all_or_none(
    store: Store,
    list_name: str,
    items: Sequence[Any],
    plan: Callable[[Any], Outcome],
    *,
    created: bool,
) -> list[Row]:
    """Plan all items before carrying out the first, so that a refusal changes nothing.

    Two items that change the same row or credit would be planned against the same state, so they
    are refused.
    """
    outcomes = []
    seen: set[str] = set()
    for item in items:
        try:
            outcome = plan(item)
            rows = [outcome.row, *(row for _, row in outcome.replaced)]
            if any(row["id"] in seen for row in rows):
                raise invalid("the same object is changed twice")
        except Refused as refusal:
            raise rolled_back(refusal) from None
        seen.update(row["id"] for row in rows)
        outcomes.append(outcome)
    return [objects.done(store, list_name, outcome, created=created) for outcome in outcomes]
