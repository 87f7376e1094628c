"""What a sync waits for: BILL's latency times its calls, over the three it allows at once.

The connector's own command reads every list of an organization from the emulator, once with no
state and once with the state of that and nothing new. Measured is what the emulator saw: from the
first call's arrival to the last one's end, so start-up is not in it, and login and logout are.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import timeline_picture
from benchmarks.measuring import run, say
from benchmarks.organizations import Organization, bursty, even, fewest_pages, skewed, small
from benchmarks.readers.commands import OURS, Files, Json, discovered, read_command
from benchmarks.report import Line, Part, Ratio
from benchmarks.timeline import AT_ONCE, Timeline
from bill_emulator.contract import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_emulator.process import Emulator

MOST_OF_LIMIT = 1.10
MOST_OF_FEWEST = 1.05
_ANCHOR = "2000-01-01"
_PART = "waiting"
_SHOWN_MS = 200
FIRST, NOTHING_NEW = "first", "nothing new"

Step = tuple[float, str]
"""A latency in ms, and the kind of sync."""
Plan = list[tuple[Organization, tuple[Step, ...]]]
"""Organizations, each with the syncs of it, one after the other."""


@dataclass(frozen=True)
class Waited:
    """One sync as the emulator saw it. `fewest` are the pages that hold what had to be read."""

    organization: str
    latency_ms: float
    kind: str
    fewest: int
    list_calls: int
    most_calls_of_a_list: int
    logins: int
    most_at_once: int
    kinds: Mapping[str, int]
    timeline: Timeline

    @property
    def case(self) -> str:
        """Name it."""
        return case_name(self.organization, (self.latency_ms, self.kind))

    @property
    def limit(self) -> float:
        """The seconds below which nobody can be: three calls at once, the fewest pages."""
        return ceil(self.fewest) * self.latency_ms / 1000 / AT_ONCE

    @property
    def of_limit(self) -> float:
        """All of its time, login and logout too, over the limit."""
        return self.timeline.seconds / self.limit

    @property
    def in_session(self) -> float:
        """The seconds between login and logout."""
        begin, end = self.timeline.reading
        return end - begin

    @property
    def lost(self) -> dict[str, float]:
        """What the seconds over the limit went to."""
        a_call = self.latency_ms / 1000
        more_calls = (self.list_calls - self.fewest) * a_call / AT_ONCE
        server = max(0.0, self.timeline.mean_call - a_call) * self.list_calls / AT_ONCE
        sign_in = self.timeline.seconds - self.in_session
        known = more_calls + server + sign_in
        return {
            "more calls": more_calls,
            "the emulator's own time": server,
            "login and logout": sign_in,
            "empty places": self.timeline.seconds - self.limit - known,
        }

    @property
    def of_fewest(self) -> float:
        """Calls of lists over the fewest."""
        return self.list_calls / self.fewest


def case_name(organization: str, step: Step) -> str:
    """Name a sync as the table does."""
    latency, kind = step
    return f"{organization}, {latency:g} ms, {kind}"


def measure(plan: Plan | None = None) -> Part:
    """Run a plan, or the one of the document, whose syncs at 200 ms are its picture."""
    waited = [one for each in plan or document_plan() for one in syncs(*each)]
    drawn = {one.case: one.timeline for one in waited if one.latency_ms == _SHOWN_MS}
    return Part(
        tuple(line for one in waited for line in _lines(one)),
        _strips(waited),
        timeline_picture.svg(f"Calls in flight, of {AT_ONCE} that BILL allows", drawn),
    )


def document_plan() -> Plan:
    """Give what is run, so that all of it takes six minutes.

    The long ones at 200 ms, one of them at 50 ms too; the other latencies on some 40 pages of the
    same shapes, 800 ms on one, since a sync's calls are the same at each latency. `even` reads
    most of its lists whole when nothing is new, a minute at 200 ms.
    """
    return [
        (small(), _both((_SHOWN_MS, 50, 800))),
        (small(with_archived=False), _both((_SHOWN_MS,))),
        (even(100_000), ((_SHOWN_MS, FIRST), (50, NOTHING_NEW))),
        (skewed(100_000), _both((_SHOWN_MS, 50))),
        (bursty(50_000), _both((_SHOWN_MS,))),
        (even(2_700), _both((50,))),
        (skewed(2_700), _both((50,))),
        (bursty(2_100), (*_both((50,)), (800, FIRST))),
    ]


def _both(latencies: Sequence[float]) -> tuple[Step, ...]:
    return tuple((latency, kind) for latency in latencies for kind in (FIRST, NOTHING_NEW))


def syncs(organization: Organization, steps: Sequence[Step]) -> list[Waited]:
    """Sync an organization step by step; one with nothing new goes on from the state before it."""
    waited: list[Waited] = []
    state: list[Json] | None = None
    bill = organization.start(steps[0][0])
    try:
        rows = organization.counts(bill)
        config = {**bill.config(), "anchor_date": _ANCHOR}
        for latency, kind in steps:
            bill.latency(latency)
            say("  " + case_name(organization.name, (latency, kind)))
            with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
                files = Files(Path(folder))
                state = _sync(bill, files, config, None if kind == FIRST else state)
            waited.append(_waited(bill, organization.name, latency, kind, rows))
    finally:
        bill.stop()
    return waited


def _sync(
    bill: Emulator, files: Files, config: Mapping[str, Any], state: list[Json] | None
) -> list[Json]:
    """Run one sync and give its last state of each stream."""
    out = files.folder / "out"
    command = read_command(OURS, files, config, state=state)
    bill.reset_counts()
    run(command, out)
    newest: dict[str, Json] = {}
    with out.open("rb") as lines:
        for line in lines:
            if b'"STATE"' in line[:40]:
                message = json.loads(line)["state"]
                newest[message["stream"]["stream_descriptor"]["name"]] = message
    return list(newest.values())


def _waited(
    bill: Emulator, organization: str, latency: float, kind: str, rows: Mapping[str, int]
) -> Waited:
    counts = bill.counts()
    by_path: dict[str, int] = counts["by_path"]
    calls = [by_path.get(contract.path, 0) for contract in LISTS.values()]
    return Waited(
        organization=organization,
        latency_ms=latency,
        kind=kind,
        fewest=fewest_pages(rows if kind == FIRST else _nothing_new(rows)),
        list_calls=sum(calls),
        most_calls_of_a_list=max(calls),
        logins=counts["logins"],
        most_at_once=counts["most_at_once"],
        kinds=_kinds(bill.calls("/v3/")),
        timeline=Timeline.of(bill.get("/timeline")),
    )


def _kinds(calls: Sequence[Json]) -> dict[str, int]:
    """Count the calls of lists that bring no new page, by why they were made."""
    paths = {contract.path for contract in LISTS.values()}
    kinds: Counter[str] = Counter()
    asked: set[str] = set()
    for call in calls:
        query = call["query"]
        if call["path"] not in paths:
            continue
        text = json.dumps([call["path"], query], sort_keys=True)
        if not call["status"].startswith("2"):
            kinds["refused"] += 1
        elif str(query.get("sort", "")).endswith(":desc"):
            kinds["to see the order"] += 1
        elif "archived:" in query.get("filters", ""):
            kinds["for archived rows"] += 1
        elif text in asked:
            kinds["to see ties again"] += 1
        asked.add(text)
    return dict(kinds)


def _nothing_new(rows: Mapping[str, int]) -> dict[str, int]:
    """Give what has to be read when nothing is new: a look at lists that can tell, else all."""
    incremental = {s["name"] for s in discovered(OURS) if len(s["supported_sync_modes"]) > 1}
    return {name: 0 if name in incremental else count for name, count in rows.items()}


def _lines(one: Waited) -> list[Line]:
    measured = (
        f"{one.timeline.seconds:.2f} s ({one.in_session:.2f} s lists), limit {one.limit:.2f} s, "
        f"tail {one.timeline.tail:.2f} s; {one.list_calls} calls of "
        f"{1000 * one.timeline.mean_call:.0f} ms, fewest {one.fewest}; {one.logins} login"
    )
    most = one.most_at_once
    if one.organization.startswith("small"):
        held = one.most_calls_of_a_list <= 1 and one.logins == 1 and most <= AT_ONCE
        a_list = f"{one.most_calls_of_a_list} a list"
        return [Line(_PART, one.case, measured, a_list, "1 call a list, 1 login", held)]
    limit, fewest = Ratio(one.of_limit, "limit"), Ratio(one.of_fewest, "fewest")
    return [
        limit.at_most(MOST_OF_LIMIT, _PART, one.case, measured),
        fewest.at_most(MOST_OF_FEWEST, _PART, one.case, _more_calls(one)),
        Line(_PART, one.case, "lost: " + _listed(one.lost, ".2f", " s")),
        Line(_PART, one.case, f"{most} calls at once", "", f"<= {AT_ONCE}", most <= AT_ONCE),
    ]


def _more_calls(one: Waited) -> str:
    others = one.list_calls - one.fewest - sum(one.kinds.values())
    kinds = {**one.kinds, "at the ends of parts": others}
    return f"{one.list_calls - one.fewest} calls more: " + _listed(kinds, "d", "")


def _listed(values: Mapping[str, float], form: str, unit: str) -> str:
    return ", ".join(f"{value:{form}}{unit} {name}" for name, value in values.items())


def _strips(waited: Sequence[Waited]) -> str:
    width = max(len(one.case) for one in waited)
    return "\n".join(
        f"{one.case.ljust(width)} {one.timeline.strip()} {one.timeline.seconds:.1f} s"
        for one in waited
    )
