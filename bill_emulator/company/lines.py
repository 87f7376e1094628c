"""Generates line items: descriptions, amounts and classifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.company import money

if TYPE_CHECKING:
    from random import Random

    from bill_emulator.company.classifications import Classifications
    from bill_emulator.company.context import Pool, Row
    from bill_emulator.company.initial_data import Setup

LINE_COUNTS = (1, 2, 3, 4, 6, 9)
LINE_WEIGHTS = (48, 26, 12, 8, 4, 2)


def line_count(rng: Random) -> int:
    """Choose the number of lines of a document. Most have one or two."""
    return rng.choices(LINE_COUNTS, LINE_WEIGHTS)[0]


Choices = tuple[tuple[str, "Pool[Row]", float], ...]
"""Field name, pool and probability of each classification that a row can have."""


def classify(rng: Random, at: str, choices: Choices, *, fully: bool = False) -> Row | None:
    """Choose classifications that existed at a time.

    Args:
        rng: the random generator.
        at: canonical time of the creation of the document.
        choices: what to choose from.
        fully: choose all of them, so that short lists have every field.

    """
    found = {}
    for name, pool, chance in choices:
        if fully or rng.random() < chance:
            row = pool.pick(rng, at)
            if row is not None:
                found[name] = row["id"]
    return found or None


def common_choices(lists: Classifications) -> Choices:
    """Return the classifications that all kinds of lines can have, with probabilities."""
    return (
        ("accountingClassId", lists.accounting_classes, 0.2),
        ("departmentId", lists.departments, 0.4),
        ("jobId", lists.jobs, 0.25),
        ("locationId", lists.locations, 0.3),
    )


def header_choices(lists: Classifications) -> Choices:
    """Return the classifications of whole invoices, credit memos and recurring invoices."""
    return (
        ("accountingClassId", lists.accounting_classes, 0.1),
        ("departmentId", lists.departments, 0.15),
        ("jobId", lists.jobs, 0.12),
        ("locationId", lists.locations, 0.15),
    )


def quantity(rng: Random) -> tuple[int, float]:
    """Choose a quantity. Return it in half units, and as the number in the row."""
    halves = rng.choice((2, 2, 2, 4, 4, 6, 8, 3, 5, 10, 20, 48))
    return halves, halves / 2


def in_currency(cents: int, per_dollar: float) -> int:
    """Convert a price in dollars to another currency. Yen have no cents."""
    least = money.unit(per_dollar)
    return max(money.whole(int(cents * per_dollar), least), least)


class SalesLine:
    """A line of an invoice, credit memo or recurring invoice: an item sold."""

    def __init__(
        self, setup: Setup, rng: Random, at: str, per_dollar: float, *, fully: bool = False
    ) -> None:
        lists = setup.classifications
        item = lists.items.pick(rng, at)
        cents = money.price_between(rng, 2_000, 260_000)
        if item is not None and rng.random() < 0.6:
            cents = round(item["price"] * 100)
        # Even, so that half units are whole cents, or yen.
        even = 2 * money.unit(per_dollar)
        self.price = max(money.whole(in_currency(cents, per_dollar), even), even)
        halves, number = quantity(rng)
        self.amount = self.price * halves // 2
        self.taxable = bool(item and item.get("taxable"))
        choices = common_choices(lists)
        classifications = classify(rng, at, choices, fully=fully) or {}
        if item is not None:
            classifications["itemId"] = item["id"]
            if "chartOfAccountId" in item and rng.random() < 0.7:
                classifications["chartOfAccountId"] = item["chartOfAccountId"]
        self.row: Row = {
            # [UNKNOWN]: no source shows the ids of sales lines.
            "id": setup.context.ids.next("ili"),
            "description": item["name"] if item and rng.random() < 0.85 else None,
            "price": money.dollars(self.price),
            "quantity": number,
            "classifications": classifications or None,
        }
