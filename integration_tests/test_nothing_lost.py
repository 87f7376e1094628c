"""Whatever BILL's page tokens are, and whatever changes meanwhile: no row is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reliability.harness import in_process
from reliability.harness.destination import Destination
from reliability.harness.rounds import Round, ours, plainly, play
from reliability.parts.state_machine import NothingLost, PlainReader, new_emulator, try_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator

EXAMPLES = 5
PLAIN_EXAMPLES = 15
HARD = Round(
    seed=7,
    options={"page_token_position": "offset", "tie_order": "random"},
    per_page=20,
    crowd=600,
    crowded=("bills", "vendors"),
    changing=("bills", "vendors"),
)


@pytest.fixture(scope="module")
def changing_bill() -> Iterator[Emulator]:
    with new_emulator() as emulator:
        yield emulator


def test_after_any_interleaving_a_quiet_sync_leaves_what_bill_has(changing_bill: Emulator) -> None:
    counted = try_out(NothingLost, changing_bill, EXAMPLES)
    assert counted.rows > 1_000
    assert counted.lost == 0


def test_a_reader_that_trusts_page_tokens_loses_rows_in_the_same_interleavings(
    changing_bill: Emulator,
) -> None:
    assert try_out(PlainReader, changing_bill, PLAIN_EXAMPLES).lost > 0


@pytest.mark.parametrize("position", ["offset", "key"])
def test_crowded_seconds_in_random_order_lose_rows_for_a_plain_reader_alone(
    changing_bill: Emulator, position: str
) -> None:
    hard = Round(**{**vars(HARD), "options": {**HARD.options, "page_token_position": position}})
    found = play(changing_bill, hard, ours)
    assert found.failure is None
    assert (found.lost, found.repeated) == (0, 0), str(found.difference)
    assert play(changing_bill, hard, plainly).lost > 0


@pytest.mark.parametrize("calls", [6, 12, 24])
def test_a_list_that_fails_half_way_leaves_a_state_from_which_nothing_is_lost(
    changing_bill: Emulator, calls: int
) -> None:
    """Given parts of a list read ahead, a part before them fails; the state may not pass it."""
    changing_bill.as_new(1, 0.05)
    changing_bill.latency(5)
    changing_bill.bulk("bills", 3000)
    changing_bill.fault("error", path="/v3/bills", status=500, skip=calls)
    streams = ("bills", "roles", "users", "bank_accounts")
    incremental = in_process.incremental_streams()
    destination = Destination()
    failed = in_process.sync(changing_bill, [], streams=streams)
    destination.take(failed, incremental, killed=True)
    assert failed.failed_cleanly
    assert "bills" not in failed.complete
    changing_bill.clear_faults()
    again = in_process.sync(changing_bill, destination.state, streams=streams)
    destination.take(again, incremental)
    assert again.succeeded
    assert destination.against(changing_bill, streams).is_none
