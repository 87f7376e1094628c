"""Changes rows while lists are read, as the users of an organization do."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS
from bill_emulator.mutator import changes

if TYPE_CHECKING:
    from bill_emulator.emulated_bill import Bill
    from bill_emulator.store import Store

KINDS = ("update", "create", "archive")

_TICK_SECONDS = 0.005


@dataclass(frozen=True)
class Plan:
    """What to change: which lists, which kinds of change, and how many changes per second.

    After each page of a list, `per_page` rows change and the emulator's clock moves by
    `seconds_per_page`. This interleaves reads and changes in the same way on any machine.
    """

    rate: float
    kinds: tuple[str, ...] = KINDS
    lists: tuple[str, ...] = tuple(LISTS)
    seed: int = 1
    per_page: int = 0
    seconds_per_page: float = 0.0


class Mutator:
    """Changes rows of a store, at once or in the background.

    An update rewrites a text. A create makes a row similar to another by BILL's rules. An archive
    archives or restores a row. If that is not possible, the change is an update, for example in a
    list that cannot be archived, or for a row that lacks required fields. All changes move the
    updatedTime of the row. `balance_touches_vendor` decides whether a new balance moves that of
    the vendor or customer.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._bill: Bill | None = None
        self.done: Counter[str] = Counter()

    def start(self, bill: Bill, plan: Plan) -> None:
        """Start changing rows, until `stop`. A running plan is stopped first."""
        self.stop()
        self._task = asyncio.create_task(self._run(bill.store, plan))
        if plan.per_page or plan.seconds_per_page:
            self._bill = bill
            chance = random.Random(f"mutator-pages-{plan.seed}")
            bill.after_page = partial(self._after_page, bill, plan, chance)

    def stop(self) -> None:
        """Stop changing rows."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._bill is not None:
            self._bill.after_page = None
            self._bill = None

    @property
    def running(self) -> bool:
        """Return whether rows are being changed."""
        return self._task is not None and not self._task.done()

    def change(self, store: Store, plan: Plan, count: int) -> list[str]:
        """Make `count` changes at once. Return each as `kind list id`."""
        chance = random.Random(f"mutator-{plan.seed}-{self.done.total()}")
        return [self._change_one(store, plan, chance) for _ in range(count)]

    def _after_page(self, bill: Bill, plan: Plan, chance: random.Random) -> None:
        bill.clock.advance(plan.seconds_per_page)
        for _ in range(plan.per_page):
            self._change_one(bill.store, plan, chance)

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
        kind = chance.choice(plan.kinds)
        row = None
        if kind == "create":
            row = changes.create(store, name, chance)
        elif kind == "archive":
            row = changes.archive(store, name, chance)
        if row is None:
            kind = "update"
            some = changes.some_row(store, name, chance)
            row = changes.update(store, name, some, self.done.total())
        self.done[kind] += 1
        return f"{kind} {name} {row['id']}"
