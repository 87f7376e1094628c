"""Makes long lists fast: copies of a list's rows with new ids and times."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bill_emulator.clock import canonical
from bill_emulator.contract import LISTS
from bill_emulator.ids import Ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bill_emulator.store import Row, Store

SPREADS = ("even", "bursty", "ties")

_BURST_SHARE = 0.6
_DAY = 86_400


@dataclass(frozen=True)
class BulkPlan:
    """How many rows to add to which list, and how their updatedTime is spread over `days`.

    With `spread` `even`, times are uniformly random. With `bursty`, 60 % of them are within one
    day in the middle. With `ties`, each second that is used has `per_second` rows.
    """

    list_name: str
    rows: int
    spread: str = "even"
    days: int = 730
    per_second: int = 250
    seed: int = 1
    replace: bool = False


def load_bulk(store: Store, plan: BulkPlan) -> int:
    """Add `plan.rows` rows, or replace all rows by them. Return how many rows the list has.

    Raises:
        ValueError: the list has no row to copy, or the spread is unknown.

    """
    templates = list(store.rows(plan.list_name))[:500]
    if not templates:
        raise ValueError(f"{plan.list_name} has no row to copy")
    if plan.spread not in SPREADS:
        raise ValueError(f"spread must be one of {', '.join(SPREADS)}")
    if plan.replace:
        store.clear(plan.list_name)
    store.load(plan.list_name, _copies(plan, templates, store.clock.now()))
    gc.freeze()  # The garbage collector should not visit a million rows for each page.
    return store.count(plan.list_name)


def _copies(plan: BulkPlan, templates: list[Row], now: datetime) -> Iterator[Row]:
    ids = Ids(plan.seed + 7_000_003)
    prefix = LISTS[plan.list_name].id_prefix
    for number, seconds in enumerate(_ages(plan)):
        template = templates[number % len(templates)]
        updated = canonical(now.replace(microsecond=0) - timedelta(seconds=seconds))
        yield {
            **template,
            "id": ids.next(prefix),
            "createdTime": updated,
            "updatedTime": updated,
        }


def _ages(plan: BulkPlan) -> Iterator[int]:
    """Return the age of each row in whole seconds."""
    chance = random.Random(f"bulk-{plan.seed}")
    whole = max(1, plan.days * _DAY)
    middle = whole // 2
    for number in range(plan.rows):
        if plan.spread == "ties":
            yield (number // max(1, plan.per_second)) % whole
        elif plan.spread == "bursty" and chance.random() < _BURST_SHARE:
            yield middle + chance.randrange(_DAY)
        else:
            yield chance.randrange(whole)
