"""Every plausible BILL: a sync ends with right data or with a clear message, nothing else."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bill_emulator.contract import LISTS
from bill_emulator.options.rows import RowOptions
from bill_emulator.process import Emulator
from reliability.cases.emulator_options import (
    FORBIDDEN_LIST,
    WRONG_CREDENTIALS,
    Case,
    combined_cases,
    single_cases,
)
from reliability.harness import in_process
from reliability.harness.change_rounds import DATED_CHANGES
from reliability.harness.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import SyncResult

SCALE = 0.05
COMBINATIONS = 300
_MORE = {"bills": 230, "customers": 110, "roles": 120}
"""Rows added to lists, so that each of the three kinds of list has more than a page."""
_CHANGES = 40
_CALLS_OF_A_SESSION = 9
_SECONDS_A_PAGE = 25
_CALLS_AN_HOUR = 35
_CALLS_WITHOUT_A_LIMIT = 1_000_000
_LONGEST_WHY = 600


@dataclass(frozen=True)
class CaseResult:
    """The result of a case, and the reason."""

    kind: Literal["right", "failed", "WRONG"]
    why: str = ""


def judge(bill: Emulator, case: Case) -> CaseResult:
    """Sync, change some rows, sync again, and judge the result."""
    _prepare(bill, case)
    destination = Destination()
    for number in (1, 2):
        _set_up_situation(bill, case)
        day = _day_of(bill)
        result = _sync(bill, case, destination)
        bill.stop_mutator()
        destination.load(result)
        wrong = _wrong(case, result)
        if not wrong and result.succeeded and _settles_by_clock(case) and _day_of(bill) != day:
            # a new day during the sync changed payments that had been read or are not visible yet
            result = _sync_without_limits(bill, case, destination)
            wrong = _wrong(case, result)
        wrong = wrong or _wrong_data(bill, case, result, destination)
        if wrong:
            return CaseResult("WRONG", f"sync {number}: {wrong}")
        if not result.succeeded:
            return _failed(bill, case, result, destination)
        bill.mutate(_CHANGES, seed=case.seed + number)
        _make_visible(bill, case)
    return CaseResult("right")


def _prepare(bill: Emulator, case: Case) -> None:
    bill.as_new(case.seed, SCALE)
    for name, rows in _MORE.items():
        bill.bulk(name, rows, spread="bursty", seed=case.seed)
    bill.options(**case.options)
    bill.mutate(_CHANGES, seed=case.seed)
    _make_visible(bill, case)


def _sync_without_limits(bill: Emulator, case: Case, destination: Destination) -> SyncResult:
    """Sync once more without limits. With low limits, days would pass again."""
    bill.clear_faults()
    limit = bill.get("/options")["hourly_limit"]
    bill.options(hourly_limit=_CALLS_WITHOUT_A_LIMIT)
    _make_visible(bill, case)
    result = in_process.sync(bill, destination.state, config=_config(bill, case))
    bill.options(hourly_limit=limit)
    destination.load(result)
    return result


def _make_visible(bill: Emulator, case: Case) -> None:
    if _settles_by_clock(case):
        bill.settle()  # otherwise the next call does it, and its changes become visible even later
    bill.advance(case.options.get("visibility_delay_seconds", 0) + 2)


def _settles_by_clock(case: Case) -> bool:
    return case.options.get("payments_settle") == "by_clock"


def _day_of(bill: Emulator) -> str:
    return str(bill.get("/clock")["now"])[:10]


def _set_up_situation(bill: Emulator, case: Case) -> None:
    bill.clear_faults()
    bill.stop_mutator()
    if case.situation == "busy slots":
        status = case.options.get("limit_status", 422)
        bill.fault("error", path="/v3/", method="GET", status=status, code="BDC_1322", rate=0.1)
    elif case.situation == "hourly limit" and "hourly_limit" not in case.options:
        bill.options(hourly_limit=_CALLS_AN_HOUR)
    elif case.situation == "slow pages":
        bill.start_mutator(seconds_per_page=_SECONDS_A_PAGE)
    elif case.situation == "forbidden list":
        bill.forbid(FORBIDDEN_LIST)


def _sync(bill: Emulator, case: Case, destination: Destination) -> SyncResult:
    wrong = {
        "wrong password": {"password": "not-the-password"},
        "wrong developer key": {"dev_key": "NOTTHEKEY"},
        "wrong organization": {"organization_id": "00802NOTTHEORGANIZ00"},
    }.get(case.situation, {})
    records = itertools.count(1)

    def expire_sessions(event: Any) -> None:
        if event.kind == "record" and next(records) % 150 == 1:
            bill.expire_sessions_after(_CALLS_OF_A_SESSION)

    return in_process.sync(
        bill,
        destination.state,
        config={**_config(bill, case), **wrong},
        on_event=expire_sessions if case.situation == "expiring sessions" else None,
    )


def _config(bill: Emulator, case: Case) -> dict[str, str]:
    return {**bill.config(sync_token=case.sync_token), "anchor_date": in_process.BEFORE_ANY_DATA}


def _wrong(case: Case, result: SyncResult) -> str | None:
    """Return what is wrong with a sync regardless of its data, or None."""
    if result.crash:
        return f"crashed: {result.crash}"
    if result.succeeded and case.situation in WRONG_CREDENTIALS:
        return "succeeded with wrong credentials"
    unread = set(LISTS) - result.complete
    if result.succeeded and unread:
        return f"succeeded without {sorted(unread)}"
    if not result.succeeded and not result.failed_cleanly:
        return f"failed without a clear message: {result.error_messages}"
    if not result.succeeded and (not unread or unread - case.may_fail):
        return f"failed although it could have succeeded: {_why(result)}"
    if result.repeated():
        return f"rows were emitted twice: {result.repeated()}"
    return None


def _wrong_data(
    bill: Emulator, case: Case, result: SyncResult, destination: Destination
) -> str | None:
    """Return how the destination differs from BILL in the COMPLETE streams, or None."""
    if not result.succeeded and _settles_by_clock(case):
        return None  # rows may have changed since; the data after the next sync is judged
    difference = destination.compare(bill, result.complete)
    if difference.is_none or (
        case.has_undated_changes and not difference.missing and not difference.unknown
    ):
        return None
    return f"succeeded with {difference}"


def _why(result: SyncResult) -> str:
    return " / ".join(result.error_messages)[:_LONGEST_WHY]


def _failed(bill: Emulator, case: Case, result: SyncResult, destination: Destination) -> CaseResult:
    """Judge a failure: once BILL has its default options again, the next sync must be exact.

    Options that change how rows look stay. Rows that were read before would not be read again only
    because they look different.
    """
    why = _why(result)
    bill.clear_faults()
    looks = {field.name for field in dataclasses.fields(RowOptions)}
    kept = {name: value for name, value in case.options.items() if name in looks}
    bill.default_options()
    bill.options(**{**DATED_CHANGES, **kept})
    _make_visible(bill, case)
    bill.advance(3600)
    again = in_process.sync(bill, destination.state)
    destination.load(again)
    if not again.succeeded:
        return CaseResult(
            "WRONG", f"after a failure ({why}) the next sync failed: {again.error_messages}"
        )
    difference = destination.compare(bill)
    if not difference.is_none and not case.has_undated_changes:
        return CaseResult("WRONG", f"after a failure ({why}) after the next sync {difference}")
    return CaseResult("failed", why)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Judge every option alone, then random combinations."""
    singles = list(single_cases(seed))
    combined = list(combined_cases(20 if quick else COMBINATIONS, seed))
    if quick:
        singles = singles[::4]
    counts: dict[str, Counter[str]] = {"single": Counter(), "combined": Counter()}
    failures: list[str] = []
    bad: list[str] = []
    with Emulator(seed=seed, scale=SCALE, latency_ms=1) as bill:
        for number, case in enumerate([*singles, *combined], 1):
            judged = judge(bill, case)
            counts["single" if number <= len(singles) else "combined"][judged.kind] += 1
            line = f"{case.name}: {judged.why}"
            if judged.kind == "WRONG":
                bad.append(f"{line}; {case}")
                say(f"matrix: WRONG {bad[-1]}")
            elif judged.kind == "failed":
                failures.append(line)
            if number % 25 == 0:
                say(f"matrix: {number} of {len(singles) + len(combined)}, {len(bad)} wrong")
    return {
        "singles": len(singles),
        "singles_right": counts["single"]["right"],
        "singles_failed": counts["single"]["failed"],
        "combinations": len(combined),
        "combinations_right": counts["combined"]["right"],
        "combinations_failed": counts["combined"]["failed"],
        "wrong": len(bad),
        "failures": failures,
        "bad": bad,
    }
