"""Archives and restores rows, which is BILL's soft delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS
from bill_emulator.writes import balances, parties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Row

CASCADING = frozenset({"chart_of_accounts"})
"""Lists in which archiving a parent archives its children [LIVE GS]. Restoring the parent does not
restore them. Whether other classifications do this is [UNKNOWN]."""


def archive(store: Store, list_name: str, row_id: str) -> Row:
    """Archive a row, which moves its updatedTime [LIVE NG].

    Nothing changes if it is already archived [DOC R:archivevendor].

    Raises:
        Refused: there is no such row, or it is a bank account that is not verified.
    """
    row = balances.row_of(store, list_name, row_id)
    if row.get("archived"):
        return row
    parties.check_changeable(list_name, row)
    stored = balances.replace(store, list_name, _marked(list_name, row, archived=True))
    if list_name in CASCADING:
        for child in list(_descendants(store, list_name, row_id)):
            touch = store.options.archive_cascade_touches_children
            balances.replace(
                store, list_name, _marked(list_name, child, archived=True), touch=touch
            )
    return stored


def restore(store: Store, list_name: str, row_id: str) -> Row:
    """Restore a row. Nothing changes if it is not archived [DOC R:restore...].

    Raises:
        Refused: there is no such row.
    """
    row = balances.row_of(store, list_name, row_id)
    if not row.get("archived"):
        return row
    return balances.replace(store, list_name, _marked(list_name, row, archived=False))


def _marked(list_name: str, row: Row, *, archived: bool) -> Row:
    """Return the row with `archived` set. Only ACTIVE rows are not archived [DOC CL 2026-03-20]."""
    if "recordStatus" not in LISTS[list_name].fields:
        return {**row, "archived": archived}
    return {**row, "archived": archived, "recordStatus": "INACTIVE" if archived else "ACTIVE"}


def _descendants(store: Store, list_name: str, row_id: str) -> Iterator[Row]:
    """Return the descendants of a row that are not archived."""
    for row in store.rows(list_name):
        if row.get("parentId") == row_id:
            if not row.get("archived"):
                yield row
            yield from _descendants(store, list_name, row["id"])
