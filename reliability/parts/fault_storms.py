"""All faults that can break a call, all at once, sync after sync.

Each sync ends with exact data, or fails with a clear message and a state from which the next sync
completes. A stall lasts longer than the connector waits for a byte. Both times are shortened: 3 s
and 2 s stand for minutes. The connector's waits between retries take no time.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from reliability.harness import in_process
from reliability.harness.change_rounds import DATED_CHANGES
from reliability.harness.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import SyncResult

SCALE = 0.05
STORMS = 40
_SHARE = 0.05
_MORE_BILLS = 900
_RETRY_POLICY = {"read_seconds": 2.0, "first_read_seconds": 2.0}
_STALL_SECONDS = 3.0
_MOST_SYNCS = 5


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Sync through many storms. Each destination must end up exact."""
    exact_at_once = failed_cleanly = syncs = 0
    faults: dict[str, int] = {}
    messages: set[str] = set()
    bad: list[str] = []
    storms = 12 if quick else STORMS
    with Emulator(seed=seed, scale=SCALE, latency_ms=2) as bill:
        for number in range(storms):
            chance = random.Random(f"storm-{seed}-{number}")
            bill.as_new(chance.randrange(10**6), SCALE)
            bill.options(**DATED_CHANGES, page_token_position=chance.choice(("key", "offset")))
            bill.bulk("bills", _MORE_BILLS, spread="bursty", seed=number)
            destination = Destination()
            for attempt in range(1, _MOST_SYNCS + 1):
                syncs += 1
                ended = _sync(bill, destination, chance)
                messages.update(ended.error_messages)
                if ended.crash or not (ended.succeeded or ended.failed_cleanly):
                    bad.append(f"storm {number}: {ended.crash or ended.error_messages}")
                    break
                if ended.repeated():
                    bad.append(f"storm {number}: rows were emitted twice: {ended.repeated()}")
                difference = destination.compare(bill, ended.complete)
                if not difference.is_none:
                    bad.append(f"storm {number}: {difference}")
                    break
                if ended.succeeded:
                    exact_at_once += attempt == 1
                    break
                failed_cleanly += 1
            else:
                bad.append(f"storm {number}: {_MOST_SYNCS} syncs did not complete")
            for kind, count in bill.counts()["faults"].items():
                faults[kind] = faults.get(kind, 0) + count
            if (number + 1) % 10 == 0:
                say(f"fault_storms: {number + 1} of {storms}, {len(bad)} bad {bad[-1:]}")
    return {
        "storms": storms,
        "exact_in_the_first_sync": exact_at_once,
        "syncs": syncs,
        "syncs_failed_cleanly": failed_cleanly,
        "faults_met": faults,
        "messages": sorted(messages),
        "bad": bad,
    }


def _sync(bill: Emulator, destination: Destination, chance: random.Random) -> SyncResult:
    _inject_faults(bill)
    records = itertools.count(1)
    every = chance.randint(80, 400)

    def expire_sessions(event: Any) -> None:
        if event.kind == "record" and next(records) % every == 0:
            bill.expire_sessions()

    ended = in_process.sync(
        bill,
        destination.state,
        on_event=expire_sessions,
        retry_policy=_RETRY_POLICY,
        checkpoint_rows=100,
    )
    bill.clear_faults()
    destination.load(ended, killed=not ended.succeeded)
    return ended


def _inject_faults(bill: Emulator) -> None:
    """Break 5 % of calls with each fault, logins too, and refuse three calls in a row."""
    bill.clear_faults()
    for kind, share in (("reset", 1), ("cut", 1), ("html", 1), ("error", 1), ("stall", 0.4)):
        bill.fault(kind, path="/v3/", rate=_SHARE * share, **_more(kind))
    for skip in (5, 20, 40):
        bill.fault("error", path="/v3/", status=422, code="BDC_1322", skip=skip, times=3)


def _more(kind: str) -> dict[str, Any]:
    if kind == "stall":
        return {"seconds": _STALL_SECONDS, "method": "GET"}
    if kind == "error":
        return {"status": 500, "code": "BDC_1001"}
    return {}
