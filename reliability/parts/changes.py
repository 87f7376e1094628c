"""Rows lost while data changes, by the connector and by a reader that trusts page tokens."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.process import Emulator
from reliability.harness.change_rounds import EQUAL_TIME_LISTS, SCALE, Round, connector, plain, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reliability.harness.change_rounds import Outcome

_POSITIONS = ("key", "offset")
_PRECISIONS = ("second", "millisecond")
_TIES = ("id", "random")
_MINUTES = (-300.0, -60.0, 0.0, 60.0, 300.0)
_ROUNDS_EACH = 6
_EQUAL_TIME_ROWS = 700
_PAGE_SIZE = 100
_MOST_FAILED = 0.05
"""As a share of the rounds. A reader that fails loses nothing, but is useless."""


def plans(seed: int, rounds_each: int = _ROUNDS_EACH) -> Iterator[Round]:
    """Yield rounds for each combination of the options that decide whether page tokens work.

    The first two rounds of each have 60 and 200 changes per second, and give many rows the same
    second. In the others, everything else is random too.
    """
    for position, precision, ties in itertools.product(_POSITIONS, _PRECISIONS, _TIES):
        options = {
            "page_token_position": position,
            "time_precision": precision,
            "tie_order": ties,
        }
        chance = random.Random(f"changes-{seed}-{position}-{precision}-{ties}")
        yield Round(chance.randrange(10**6), options, 60, 5, _EQUAL_TIME_ROWS, ("bills",))
        changing = ("bills", "vendors", "invoices")
        yield Round(chance.randrange(10**6), options, 200, 20, _EQUAL_TIME_ROWS, changing, changing)
        for _ in range(max(0, rounds_each - 2)):
            yield _random_round(chance, options)


def _random_round(chance: random.Random, options: dict[str, Any]) -> Round:
    chosen = {
        **options,
        "page_size_cap": chance.choice((_PAGE_SIZE, _PAGE_SIZE, 37, 9)),
        "visibility_delay_seconds": chance.choice((0, 0, 45, 240)),
        "filters_with_token": chance.choice(("accepted", "required", "refused")),
        "changed_query_with_token": chance.choice(("ignored", "refused", "applied")),
        "max_with_token": chance.choice(("applied", "ignored")),
        "empty_page_every": chance.choice((0, 0, 3)),
    }
    # with small pages, rows must not be created faster than anyone could read them
    small = chosen["page_size_cap"] != _PAGE_SIZE
    equal_time_lists = tuple(chance.sample(EQUAL_TIME_LISTS, chance.randint(0, 2)))
    return Round(
        seed=chance.randrange(10**6),
        options=chosen,
        rate=chance.choice((0, 20) if small else (0, 60, 200)),
        per_page=chance.choice((0, 1, 3) if small else (0, 1, 5, 25)),
        equal_time_rows=chance.choice((150, 400, _EQUAL_TIME_ROWS)),
        equal_time_lists=equal_time_lists,
        changing=equal_time_lists or tuple(LISTS),
        ahead=chance.choice(_MINUTES),
        late=chance.choice((0, 3, 20)),
        again=chance.random() < 0.5,  # noqa: PLR2004
    )


class _Tally:
    """The rows that were compared and lost, by combination of options."""

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
            failures = self.failed if outcome.is_clean else self.crashed
            failures.append(f"{outcome.failure[:200]} {plan}")

    def per_100_000(self) -> dict[str, float]:
        """Return the rows lost per 100,000, by combination and in total."""
        by_key = {key: _share(self.lost[key], rows) for key, rows in self.rows.items()}
        return {**by_key, "all": _share(self.lost.total(), self.rows.total())}


def _share(lost: int, rows: int) -> float:
    return round(lost * 100_000 / max(1, rows), 1)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Play all rounds with both readers. Return the rows that each lost per 100,000."""
    ours, theirs = _Tally(), _Tally()
    bad: list[str] = []
    every = list(plans(seed, 2 if quick else _ROUNDS_EACH))
    with Emulator(seed=seed, scale=SCALE) as bill:
        for number, plan in enumerate(every, 1):
            outcome = play(bill, plan, connector)
            ours.add(plan, outcome)
            if outcome.lost:
                bad.append(f"{outcome.lost} rows lost: {outcome.difference}; {plan}")
                say(f"changes: {bad[-1]}")
            theirs.add(plan, play(bill, plan, plain))
            if number % 8 == 0:
                say(f"changes: {number} of {len(every)} rounds, {len(bad)} with lost rows")
    if not theirs.lost:
        bad.append("the plain reader lost no row, so these rounds prove nothing")
    bad += [f"a sync failed without a clear message: {failure}" for failure in ours.crashed]
    if len(ours.failed) > _MOST_FAILED * len(every):
        bad.append(
            f"{len(ours.failed)} of {len(every)} rounds failed, even if with a clear message"
        )
    if ours.repeated:
        bad.append(f"{ours.repeated} rows were emitted twice in the same version within one sync")
    return {
        "rounds": len(every),
        "rows_compared": ours.rows.total(),
        "ours_lost": ours.lost.total(),
        "ours_per_100_000": ours.per_100_000(),
        "ours_repeated": ours.repeated,
        "plain_lost": theirs.lost.total(),
        "plain_per_100_000": theirs.per_100_000(),
        "rounds_that_failed_with_a_message": len(ours.failed),
        "failures": ours.failed,
        "bad": bad,
    }
