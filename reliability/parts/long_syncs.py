"""Syncs that last hours or days by the clock, but only seconds here.

The clocks of BILL and the connector advance together while records are read. So one sync outlasts
the idle time of a session, the 48 hours of a sync token, and hourly limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from reliability.harness import in_process
from reliability.harness.change_rounds import DATED_CHANGES
from reliability.harness.destination import Destination
from testing.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reliability.harness.sync_result import Event, Json

SCALE = 0.1
_HOUR = 3_600
_MORE_BILLS = 4_000
_USUAL_LIMIT, _LIMIT = 20_000, 8
_LEAST_REFUSALS = 2


@dataclass(frozen=True)
class Course:
    """How time passes during a sync: the clock advances by `step` seconds, `steps` times.

    `limit` is the number of calls per hour. So that the course proves something, the sync must have
    at least so many `logins`, and must be refused for a lowered limit.
    """

    name: str
    step: float
    steps: int
    sync_token: bool = False
    limit: int = _USUAL_LIMIT
    logins: int = 1


COURSES = (
    Course("three hours in steps of a minute", 60, 180),
    Course("three hours in idle times of 40 minutes", 40 * 60, 5, logins=2),
    Course(
        "a sync token, twice idle for more than 48 hours", 49 * _HOUR, 2, sync_token=True, logins=2
    ),
    Course("three hours and a low hourly limit", 15 * 60, 12, limit=_LIMIT),
    Course(
        "a sync token, a week and a low hourly limit", 12 * _HOUR, 14, sync_token=True, limit=_LIMIT
    ),
)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Sync along each course while rows change, then once more without changes, and compare."""
    bad: list[str] = []
    hours: dict[str, float] = {}
    logins: dict[str, int] = {}
    limits: dict[str, int] = {}
    with Emulator(seed=seed, scale=SCALE, latency_ms=2) as bill:
        for course in COURSES[:2] if quick else COURSES:
            bill.as_new(seed, SCALE)
            bill.bulk("bills", _MORE_BILLS, seed=seed)
            bill.options(**DATED_CHANGES, hourly_limit=course.limit)
            moved = bill.get("/clock")["offset_seconds"]
            problem, counts = _follow(bill, course)
            hours[course.name] = round((bill.get("/clock")["offset_seconds"] - moved) / _HOUR, 1)
            logins[course.name] = counts["logins"]
            limits[course.name] = _hourly_refusals(counts)
            if problem:
                bad.append(f"{course.name}: {problem}")
            say(f"long_syncs: {course.name}: {problem or 'exact'}")
    return {"hours": hours, "logins": logins, "refused_for_the_hourly_limit": limits, "bad": bad}


def _follow(bill: Emulator, course: Course) -> tuple[str | None, Json]:
    """Sync along a course, then without changes. Return the problem and the first sync's counts."""
    clock = in_process.SharedClock(bill)
    config = bill.config(sync_token=course.sync_token)
    total = sum(len(bill.data(name)) for name in STREAMS)
    every = max(1, total // (course.steps + 1))
    seen = 0

    def advance_time(event: Event) -> None:
        nonlocal seen
        if event.kind == "record":
            seen += 1
            if seen % every == 0 and seen // every <= course.steps:
                clock.advance(course.step)
                bill.mutate(2, seed=seen)

    destination = Destination()
    long = in_process.sync(bill, [], clock=clock, config=config, on_event=advance_time)
    counts = bill.counts()
    destination.load(long)
    if not long.succeeded:
        return long.crash or " / ".join(long.error_messages), counts
    bill.options(hourly_limit=_USUAL_LIMIT)
    quiet = in_process.sync(bill, destination.state, config=config)
    destination.load(quiet)
    difference = destination.compare(bill)
    if not quiet.succeeded or not difference.is_none:
        return str(difference), counts
    return _missed(course, counts), counts


def _missed(course: Course, counts: Json) -> str | None:
    """Return what the course was meant to reach and did not. Then it would prove nothing."""
    if counts["logins"] < course.logins:
        return f"{counts['logins']} logins, not {course.logins}"
    if course.limit < _USUAL_LIMIT and _hourly_refusals(counts) < _LEAST_REFUSALS:
        return f"refused for the hourly limit only {_hourly_refusals(counts)} times"
    return None


def _hourly_refusals(counts: Json) -> int:
    return int(counts["refused"].get("BDC_1144", 0))
