"""Section 3, hours: a sync that lasts days on the clock, and none here.

The clocks of BILL and connector are moved on together while records are taken, so that one sync
crosses session idle time, a sync token's 48 hours, and hourly limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from reliability.harness import in_process
from reliability.harness.destination import Destination
from reliability.harness.rounds import TOLD

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
    """How a sync's time goes: its clock moves by `step` seconds `steps` times, evenly.

    It must meet what it is for: at least so many `logins`, and, where `limit` lowers what an hour
    allows, refusals for the hour.
    """

    name: str
    step: float
    steps: int
    sync_token: bool = False
    limit: int = _USUAL_LIMIT
    logins: int = 1


COURSES = (
    Course("three hours in minutes' steps", 60, 180),
    Course("three hours with 40 idle minutes between", 40 * 60, 5, logins=2),
    Course("a sync token over 48 idle hours, twice", 49 * _HOUR, 2, sync_token=True, logins=2),
    Course("three hours and two hourly limits", 15 * 60, 12, limit=_LIMIT),
    Course(
        "a sync token, a week, and hourly limits", 12 * _HOUR, 14, sync_token=True, limit=_LIMIT
    ),
)


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Sync along each course, changes on the way; then once more in quiet, and compare."""
    bad: list[str] = []
    hours: dict[str, float] = {}
    logins: dict[str, int] = {}
    limits: dict[str, int] = {}
    with Emulator(seed=seed, scale=SCALE, latency_ms=2) as bill:
        for course in COURSES[:2] if quick else COURSES:
            bill.as_new(seed, SCALE)
            bill.bulk("bills", _MORE_BILLS, seed=seed)
            bill.options(**TOLD, hourly_limit=course.limit)
            moved = bill.get("/clock")["offset_seconds"]
            problem, counts = _follow(bill, course)
            hours[course.name] = round((bill.get("/clock")["offset_seconds"] - moved) / _HOUR, 1)
            logins[course.name] = counts["logins"]
            limits[course.name] = _refused_for_the_hour(counts)
            if problem:
                bad.append(f"{course.name}: {problem}")
            say(f"hours: {course.name}: {problem or 'exact'}")
    return {"hours": hours, "logins": logins, "refused_for_the_hour": limits, "bad": bad}


def _follow(bill: Emulator, course: Course) -> tuple[str | None, Json]:
    """Sync along a course, then in quiet; give what is wrong, and the first sync's counts."""
    clock = in_process.Together(bill)
    config = bill.config(sync_token=course.sync_token)
    total = sum(len(bill.data(name)) for name in bill_lists())
    every = max(1, total // (course.steps + 1))
    seen = 0

    def let_time_pass(event: Event) -> None:
        nonlocal seen
        if event.kind == "record":
            seen += 1
            if seen % every == 0 and seen // every <= course.steps:
                clock.advance(course.step)
                bill.mutate(2, seed=seen)

    destination = Destination()
    long = in_process.sync(bill, [], clock=clock, config=config, on_event=let_time_pass)
    counts = bill.counts()
    destination.take(long, in_process.incremental_streams())
    if not long.succeeded:
        return long.crash or " / ".join(long.sentences), counts
    bill.options(hourly_limit=_USUAL_LIMIT)
    quiet = in_process.sync(bill, destination.state, config=config)
    destination.take(quiet, in_process.incremental_streams())
    difference = destination.against(bill)
    if not quiet.succeeded or not difference.is_none:
        return str(difference), counts
    return _missed(course, counts), counts


def _missed(course: Course, counts: Json) -> str | None:
    """Say what a course is for and has not met: it would prove nothing."""
    if counts["logins"] < course.logins:
        return f"{counts['logins']} logins, not {course.logins}"
    if course.limit < _USUAL_LIMIT and _refused_for_the_hour(counts) < _LEAST_REFUSALS:
        return f"refused for the hour {_refused_for_the_hour(counts)} times"
    return None


def _refused_for_the_hour(counts: Json) -> int:
    return int(counts["refused"].get("BDC_1144", 0))


def bill_lists() -> tuple[str, ...]:
    """Give the names of all streams."""
    return tuple(stream["name"] for stream in in_process.catalog())
