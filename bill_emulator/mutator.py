"""Changes rows while lists are read, as an organization at work does."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS

if TYPE_CHECKING:
    from bill_emulator.store import Row, Store

KINDS = ("update", "create", "archive")

_TICK_SECONDS = 0.005


@dataclass(frozen=True)
class Plan:
    """What to change: which lists, which kinds of change, how many a second."""

    rate: float
    kinds: tuple[str, ...] = KINDS
    lists: tuple[str, ...] = tuple(LISTS)
    seed: int = 1


class Mutator:
    """Changes rows of a store, at once or in the background.

    Changes go past BILL's write rules, straight to the rows: an update rewrites a text, a create
    copies a row under a new id, an archive turns `archived` over (where the list has it; else it
    is an update). All of them move updatedTime.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self.done: Counter[str] = Counter()

    def start(self, store: Store, plan: Plan) -> None:
        """Begin changing rows until `stop`; a running plan is stopped first."""
        self.stop()
        self._task = asyncio.create_task(self._run(store, plan))

    def stop(self) -> None:
        """Stop changing rows."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def running(self) -> bool:
        """Whether rows are being changed."""
        return self._task is not None and not self._task.done()

    def change(self, store: Store, plan: Plan, count: int) -> list[str]:
        """Make `count` changes at once; return what was done as `kind list id`."""
        chance = random.Random(f"mutator-{plan.seed}-{self.done.total()}")
        return [self._change_one(store, plan, chance) for _ in range(count)]

    async def _run(self, store: Store, plan: Plan) -> None:
        chance = random.Random(f"mutator-{plan.seed}")
        began = time.monotonic()
        made = 0
        while True:
            due = int((time.monotonic() - began) * plan.rate)
            for _ in range(due - made):
                self._change_one(store, plan, chance)
            made = max(made, due)
            await asyncio.sleep(_TICK_SECONDS)

    def _change_one(self, store: Store, plan: Plan, chance: random.Random) -> str:
        names = [name for name in plan.lists if store.count(name)]
        if not names:
            return "none"
        name = chance.choice(names)
        row = _some_row(store, name, chance)
        kind = chance.choice(plan.kinds)
        if kind == "create":
            row = _created(store, name, row)
        elif kind == "archive" and "archived" in LISTS[name].fields:
            store.replace(name, {**row, "archived": not row.get("archived", False)})
        else:
            kind = "update"
            store.replace(name, _updated(name, row, self.done.total()))
        self.done[kind] += 1
        return f"{kind} {name} {row['id']}"


def _some_row(store: Store, name: str, chance: random.Random) -> Row:
    keys = store.index(name, "createdTime").keys()
    return store.row(name, keys[chance.randrange(len(keys))][1])


def _created(store: Store, name: str, like: Row) -> Row:
    row: dict[str, Any] = {**like, "id": store.ids.next(LISTS[name].id_prefix)}
    store.insert(name, row)
    return row


def _updated(name: str, row: Row, number: int) -> Row:
    """Rewrite one text of a row."""
    fields = LISTS[name].fields
    text = next((f for f in ("description", "name", "lastName", "bankName") if f in fields), None)
    return {**row, text: f"changed {number}"} if text is not None else dict(row)
