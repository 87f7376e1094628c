"""No row is lost, however BILL's page tokens work and whatever changes during a sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bill_emulator.process import Emulator
from reliability.harness import in_process
from reliability.harness.change_rounds import Round, connector, plain, play
from reliability.harness.destination import Destination
from reliability.parts.state_machine import SCALE, NothingLost, PlainReader, run_examples

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 5
PLAIN_EXAMPLES = 15
HARD = Round(
    seed=7,
    options={"page_token_position": "offset", "tie_order": "random"},
    per_page=20,
    equal_time_rows=600,
    equal_time_lists=("bills", "vendors"),
    changing=("bills", "vendors"),
)


@pytest.fixture(scope="module")
def changing_bill() -> Iterator[Emulator]:
    with Emulator(seed=1, scale=SCALE, latency_ms=0) as emulator:
        yield emulator


def test_after_any_interleaving_one_more_sync_makes_the_destination_equal_to_bill(
    changing_bill: Emulator,
) -> None:
    totals = run_examples(NothingLost, changing_bill, EXAMPLES)
    assert totals.rows > 1_000
    assert totals.lost == 0


def test_a_reader_that_trusts_page_tokens_loses_rows_in_the_same_interleavings(
    changing_bill: Emulator,
) -> None:
    assert run_examples(PlainReader, changing_bill, PLAIN_EXAMPLES).lost > 0


@pytest.mark.parametrize("position", ["offset", "key"])
def test_only_a_plain_reader_loses_rows_with_equal_times_in_random_order(
    changing_bill: Emulator, position: str
) -> None:
    hard = Round(**{**vars(HARD), "options": {**HARD.options, "page_token_position": position}})
    found = play(changing_bill, hard, connector)
    assert found.failure is None
    assert (found.lost, found.repeated) == (0, 0), str(found.difference)
    assert play(changing_bill, hard, plain).lost > 0


@pytest.mark.parametrize("calls", [6, 12, 24])
def test_after_a_list_failed_half_way_the_next_sync_loses_nothing(
    changing_bill: Emulator, calls: int
) -> None:
    """A part of the list fails, while later parts have been read. The state must not pass it."""
    changing_bill.as_new(1, 0.05)
    changing_bill.latency(5)
    changing_bill.bulk("bills", 3000)
    changing_bill.fault("error", path="/v3/bills", status=500, skip=calls)
    streams = ("bills", "roles", "users", "bank_accounts")
    destination = Destination()
    failed = in_process.sync(changing_bill, [], streams=streams)
    destination.load(failed, killed=True)
    assert failed.failed_cleanly
    assert "bills" not in failed.complete
    changing_bill.clear_faults()
    again = in_process.sync(changing_bill, destination.state, streams=streams)
    destination.load(again)
    assert again.succeeded
    assert destination.compare(changing_bill, streams).is_none
