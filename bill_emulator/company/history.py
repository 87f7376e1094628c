"""Changes rows after their creation: updates, bulk updates, archiving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.company.timeline import (
    DAY,
    LARGEST_GROUP,
    SMALLEST_GROUP,
    Timeline,
    moment_of,
    stamp,
)

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.context import Row


def update_some(rows: list[Row], rng: Random, timeline: Timeline, share: float = 0.4) -> None:
    """Set an updatedTime after creation on a share of the rows."""
    for row in rows:
        if rng.random() < share:
            created = moment_of(row["createdTime"])
            span = (timeline.end - created) / DAY
            row["updatedTime"] = stamp(timeline.after(rng, created, span))


def update_in_bulk(rows: list[Row], rng: Random, timeline: Timeline, share: float = 0.05) -> None:
    """Update groups of rows in one second each, as synchronizations do.

    A group has 5 to 60 rows that were last updated before its moment.
    """
    if len(rows) < 2 * SMALLEST_GROUP:
        return
    left = max(SMALLEST_GROUP, int(len(rows) * share))
    while left >= SMALLEST_GROUP:
        size = min(rng.randint(SMALLEST_GROUP, LARGEST_GROUP), left)
        left -= size
        moment = stamp(timeline.at_work(rng, timeline.today - int(rng.random() ** 2 * 400) - 1))
        drawn = rng.sample(rows, min(4 * size, len(rows)))
        older = [row for row in drawn if row["updatedTime"] <= moment]
        for row in older[:size]:
            row["updatedTime"] = moment


def archive_some(rows: list[Row], rng: Random, timeline: Timeline, share: float = 0.05) -> None:
    """Archive a share of the rows without children, at least one."""
    parents = {row.get("parentId") for row in rows}
    leaves = [row for row in rows if row["id"] not in parents]
    for row in rng.sample(leaves, min(len(leaves), max(1, round(len(rows) * share)))):
        archive_together([row], rng, timeline)


def archive_together(rows: list[Row], rng: Random, timeline: Timeline) -> None:
    """Archive rows in one second. This is their last update."""
    latest = moment_of(max(row["updatedTime"] for row in rows))
    moment = stamp(timeline.after(rng, latest, max(1.0, (timeline.end - latest) / DAY)))
    for row in rows:
        row["archived"] = True
        row["updatedTime"] = moment


def family(row: Row, rows: list[Row]) -> list[Row]:
    """Return a row and all its descendants in `rows`."""
    children: dict[str, list[Row]] = {}
    for other in rows:
        if "parentId" in other:
            children.setdefault(other["parentId"], []).append(other)
    members = [row]
    for member in members:
        members.extend(children.get(member["id"], ()))
    return members
