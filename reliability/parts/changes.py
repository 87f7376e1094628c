"""Section 1: rows lost while data moves, by the connector and by plain token-following."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator
from reliability.harness.rounds import CROWDED, SCALE, Round, ours, plainly, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reliability.harness.rounds import Outcome

_POSITIONS = ("key", "offset")
_PRECISIONS = ("second", "millisecond")
_TIES = ("id", "random")
_MINUTES = (-300.0, -60.0, 0.0, 60.0, 300.0)
_ROUNDS_EACH = 6
_CROWD = 700
_PAGE_SIZE = 100
_MOST_FAILED = 0.05
"""Share of the rounds: what refuses to read loses nothing, and is of no use."""


def plans(seed: int, rounds_each: int = _ROUNDS_EACH) -> Iterator[Round]:
    """Give rounds for each combination of what decides whether page tokens hold.

    The first rounds of each are those of the issue: 60 and 200 changes a second, and crowded
    seconds. The others draw everything else at random too.
    """
    for position, precision, ties in itertools.product(_POSITIONS, _PRECISIONS, _TIES):
        options = {
            "page_token_position": position,
            "time_precision": precision,
            "tie_order": ties,
        }
        chance = random.Random(f"changes-{seed}-{position}-{precision}-{ties}")
        yield Round(chance.randrange(10**6), options, 60, 5, _CROWD, ("bills",))
        changing = ("bills", "vendors", "invoices")
        yield Round(chance.randrange(10**6), options, 200, 20, _CROWD, changing, changing)
        for _ in range(max(0, rounds_each - 2)):
            yield _drawn(chance, options)


def _drawn(chance: random.Random, options: dict[str, Any]) -> Round:
    drawn = {
        **options,
        "page_size_cap": chance.choice((_PAGE_SIZE, _PAGE_SIZE, 37, 9)),
        "visibility_delay_seconds": chance.choice((0, 0, 45, 240)),
        "filters_with_token": chance.choice(("accepted", "required", "refused")),
        "changed_query_with_token": chance.choice(("ignored", "refused", "applied")),
        "max_with_token": chance.choice(("applied", "ignored")),
        "empty_page_every": chance.choice((0, 0, 3)),
    }
    # on small pages rows may not be created faster than anybody could read them
    small = drawn["page_size_cap"] != _PAGE_SIZE
    crowded = tuple(chance.sample(CROWDED, chance.randint(0, 2)))
    return Round(
        seed=chance.randrange(10**6),
        options=drawn,
        rate=chance.choice((0, 20) if small else (0, 60, 200)),
        per_page=chance.choice((0, 1, 3) if small else (0, 1, 5, 25)),
        crowd=chance.choice((150, 400, _CROWD)),
        crowded=crowded,
        changing=crowded or tuple(LISTS),
        ahead=chance.choice(_MINUTES),
        late=chance.choice((0, 3, 20)),
        again=chance.random() < 0.5,  # noqa: PLR2004
    )


class _Tally:
    """Rows compared and lost, by the combination of options."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.repeated = 0
        self.failed: list[str] = []
        self.crashed: list[str] = []

    def add(self, plan: Round, outcome: Outcome) -> None:
        key = "{page_token_position}, ties by {tie_order}".format(**plan.options)
        self.rows[key] += outcome.difference.rows
        self.lost[key] += outcome.lost
        self.repeated += outcome.repeated
        if outcome.failure:
            told = self.failed if outcome.is_clean else self.crashed
            told.append(f"{outcome.failure[:200]} {plan}")

    def per_100_000(self) -> dict[str, float]:
        """Give the rows lost of each 100,000, by combination and in all."""
        by_key = {key: _share(self.lost[key], rows) for key, rows in self.rows.items()}
        return {**by_key, "all": _share(self.lost.total(), self.rows.total())}


def _share(lost: int, rows: int) -> float:
    return round(lost * 100_000 / max(1, rows), 1)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Play all rounds with both readers; give the rows lost of 100,000."""
    mine, others = _Tally(), _Tally()
    bad: list[str] = []
    every = list(plans(seed, 2 if quick else _ROUNDS_EACH))
    with Emulator(seed=seed, scale=SCALE) as bill:
        for number, plan in enumerate(every, 1):
            outcome = play(bill, plan, ours)
            mine.add(plan, outcome)
            if outcome.lost:
                bad.append(f"{outcome.lost} rows lost: {outcome.difference}; {plan}")
                say(f"changes: {bad[-1]}")
            others.add(plan, play(bill, plan, plainly))
            if number % 8 == 0:
                say(f"changes: {number} of {len(every)} rounds, {len(bad)} lost rows")
    if not others.lost:
        bad.append("the plain reader lost nothing, so these rounds prove nothing")
    bad += [f"a sync failed without a sentence: {failure}" for failure in mine.crashed]
    if len(mine.failed) > _MOST_FAILED * len(every):
        bad.append(f"{len(mine.failed)} of {len(every)} rounds failed, if in a sentence")
    if mine.repeated:
        bad.append(f"{mine.repeated} rows came twice in the same version within one sync")
    return {
        "rounds": len(every),
        "rows_compared": mine.rows.total(),
        "ours_lost": mine.lost.total(),
        "ours_per_100_000": mine.per_100_000(),
        "ours_repeated": mine.repeated,
        "plain_lost": others.lost.total(),
        "plain_per_100_000": others.per_100_000(),
        "rounds_failed_in_a_sentence": len(mine.failed),
        "failures": mine.failed,
        "bad": bad,
    }
