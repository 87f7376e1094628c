"""Section 2: every plausible BILL. Right data, or a failure in a sentence; nothing in between."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bill_emulator.contract import LISTS
from bill_emulator.options.rows import RowOptions
from bill_emulator.process import Emulator
from reliability.cases.emulator_options import FORBIDDEN, HOPELESS, Case, drawn_cases, single_cases
from reliability.harness import in_process
from reliability.harness.destination import Destination
from reliability.harness.rounds import TOLD

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import Run

SCALE = 0.05
LOTS = 300
_MORE = {"bills": 230, "customers": 110, "roles": 120}
"""Rows put on lists, so that the three kinds of list have more than a page."""
_CHANGES = 40
_CALLS_OF_A_SESSION = 9
_SECONDS_A_PAGE = 25
_CALLS_AN_HOUR = 35
_CALLS_OF_A_CALM_HOUR = 1_000_000
_LONGEST_WHY = 600


@dataclass(frozen=True)
class Verdict:
    """What a case came to, and why."""

    kind: Literal["right", "failed", "WRONG"]
    why: str = ""


def judge(bill: Emulator, case: Case) -> Verdict:
    """Sync, change some rows, sync again; then say what it came to."""
    _prepare(bill, case)
    destination = Destination()
    for number in (1, 2):
        _make_weather(bill, case)
        day = _day_of(bill)
        run = _sync(bill, case, destination)
        bill.stop_mutator()
        destination.take(run, in_process.incremental_streams())
        wrong = _wrong(case, run)
        if not wrong and run.succeeded and _settles_by_clock(case) and _day_of(bill) != day:
            # a day that began in mid-sync moved payments that had been read, or are not shown yet
            run = _sync_in_calm(bill, case, destination)
            wrong = _wrong(case, run)
        wrong = wrong or _wrong_data(bill, case, run, destination)
        if wrong:
            return Verdict("WRONG", f"sync {number}: {wrong}")
        if not run.succeeded:
            return _failed(bill, case, run, destination)
        bill.mutate(_CHANGES, seed=case.seed + number)
        _let_show(bill, case)
    return Verdict("right")


def _prepare(bill: Emulator, case: Case) -> None:
    bill.as_new(case.seed, SCALE)
    for name, rows in _MORE.items():
        bill.bulk(name, rows, spread="bursty", seed=case.seed)
    bill.options(**case.options)
    bill.mutate(_CHANGES, seed=case.seed)
    _let_show(bill, case)


def _sync_in_calm(bill: Emulator, case: Case, destination: Destination) -> Run:
    """Sync once more, with nothing to wait for: days would go by again with lowered limits."""
    bill.clear_faults()
    limit = bill.get("/options")["hourly_limit"]
    bill.options(hourly_limit=_CALLS_OF_A_CALM_HOUR)
    _let_show(bill, case)
    run = in_process.sync(bill, destination.state, config=_config(bill, case))
    bill.options(hourly_limit=limit)
    destination.take(run, in_process.incremental_streams())
    return run


def _let_show(bill: Emulator, case: Case) -> None:
    if _settles_by_clock(case):
        bill.settle()  # or the next call does it, and what it changes shows later still
    bill.advance(case.options.get("visibility_delay_seconds", 0) + 2)


def _settles_by_clock(case: Case) -> bool:
    return case.options.get("payments_settle") == "by_clock"


def _day_of(bill: Emulator) -> str:
    return str(bill.get("/clock")["now"])[:10]


def _make_weather(bill: Emulator, case: Case) -> None:
    bill.clear_faults()
    bill.stop_mutator()
    if case.weather == "turns":
        status = case.options.get("limit_status", 422)
        bill.fault("error", path="/v3/", method="GET", status=status, code="BDC_1322", rate=0.1)
    elif case.weather == "hour" and "hourly_limit" not in case.options:
        bill.options(hourly_limit=_CALLS_AN_HOUR)
    elif case.weather == "slow":
        bill.start_mutator(seconds_per_page=_SECONDS_A_PAGE)
    elif case.weather == "forbidden":
        bill.forbid(FORBIDDEN)


def _sync(bill: Emulator, case: Case, destination: Destination) -> Run:
    wrong = {
        "wrong password": {"password": "not-the-password"},
        "wrong developer key": {"dev_key": "NOTTHEKEY"},
        "wrong organization": {"organization_id": "00802NOTTHEORGANIZ00"},
    }.get(case.weather, {})
    records = itertools.count(1)

    def let_sessions_die(event: Any) -> None:
        if event.kind == "record" and next(records) % 150 == 1:
            bill.expire_sessions_after(_CALLS_OF_A_SESSION)

    return in_process.sync(
        bill,
        destination.state,
        config={**_config(bill, case), **wrong},
        on_event=let_sessions_die if case.weather == "sessions" else None,
    )


def _config(bill: Emulator, case: Case) -> dict[str, str]:
    return {**bill.config(sync_token=case.sync_token), "anchor_date": in_process.EVERYTHING}


def _wrong(case: Case, run: Run) -> str | None:
    """Say what must not be in a sync, whatever BILL's data is; None where all is as it may be."""
    if run.crash:
        return f"crashed: {run.crash}"
    if run.succeeded and case.weather in HOPELESS:
        return "succeeded with wrong credentials"
    unread = set(LISTS) - run.complete
    if run.succeeded and unread:
        return f"succeeded without {sorted(unread)}"
    if not run.succeeded and not run.failed_cleanly:
        return f"failed without a sentence: {run.sentences}"
    if not run.succeeded and (not unread or unread - case.may_fail):
        return f"failed where nothing makes it impossible: {_why(run)}"
    if run.repeated():
        return f"rows came twice: {run.repeated()}"
    return None


def _wrong_data(bill: Emulator, case: Case, run: Run, destination: Destination) -> str | None:
    """Say where the destination has another than BILL in the streams that came to their end."""
    if not run.succeeded and _settles_by_clock(case):
        return None  # rows may have moved since; what the next sync leaves is judged
    difference = destination.against(bill, run.complete)
    if difference.is_none or (case.is_silent and not difference.missing and not difference.unknown):
        return None
    return f"passed with {difference}"


def _why(run: Run) -> str:
    return " / ".join(run.sentences)[:_LONGEST_WHY]


def _failed(bill: Emulator, case: Case, run: Run, destination: Destination) -> Verdict:
    """Judge a failure: once BILL is itself again, the next sync must make all right.

    How rows look stays as it was: rows that came before would not come again for their looks.
    """
    why = _why(run)
    bill.clear_faults()
    looks = {field.name for field in dataclasses.fields(RowOptions)}
    kept = {name: value for name, value in case.options.items() if name in looks}
    bill.default_options()
    bill.options(**{**TOLD, **kept})
    _let_show(bill, case)
    bill.advance(3600)
    again = in_process.sync(bill, destination.state)
    destination.take(again, in_process.incremental_streams())
    if not again.succeeded:
        return Verdict("WRONG", f"after a failure ({why}) the next sync failed: {again.sentences}")
    difference = destination.against(bill)
    if not difference.is_none and not case.is_silent:
        return Verdict("WRONG", f"after a failure ({why}) the next sync left {difference}")
    return Verdict("failed", why)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Judge every option by itself and combinations by lot."""
    singles = list(single_cases(seed))
    lots = list(drawn_cases(20 if quick else LOTS, seed))
    if quick:
        singles = singles[::4]
    counts: dict[str, Counter[str]] = {"single": Counter(), "lot": Counter()}
    failures: list[str] = []
    bad: list[str] = []
    with Emulator(seed=seed, scale=SCALE, latency_ms=1) as bill:
        for number, case in enumerate([*singles, *lots], 1):
            verdict = judge(bill, case)
            counts["single" if number <= len(singles) else "lot"][verdict.kind] += 1
            line = f"{case.name}: {verdict.why}"
            if verdict.kind == "WRONG":
                bad.append(f"{line}; {case}")
                say(f"matrix: WRONG {bad[-1]}")
            elif verdict.kind == "failed":
                failures.append(line)
            if number % 25 == 0:
                say(f"matrix: {number} of {len(singles) + len(lots)}, {len(bad)} wrong")
    return {
        "singles": len(singles),
        "singles_right": counts["single"]["right"],
        "singles_failed": counts["single"]["failed"],
        "lots": len(lots),
        "lots_right": counts["lot"]["right"],
        "lots_failed": counts["lot"]["failed"],
        "wrong": len(bad),
        "failures": failures,
        "bad": bad,
    }
