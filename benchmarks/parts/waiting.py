"""How long a sync waits for BILL: its calls times the latency, divided by three calls at once.

The connector's command reads every list of an organization from the emulator: first without a
state, then with the state of that sync and nothing new in BILL. The emulator measures, from the
arrival of the first call to the end of the last one. So login and logout count, start-up does not.
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
from benchmarks.readers.commands import OURS, Files, Json, read_command
from benchmarks.report import Line, Part, Ratio
from benchmarks.timeline import AT_ONCE, Timeline
from bill_emulator.contract import LISTS
from testing.streams import INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_emulator.process import Emulator

MOST_OF_LIMIT = 1.10
MOST_OF_FEWEST = 1.05
_ANCHOR = "2000-01-01"
_PART = "waiting"
_SHOWN_MS = 200
LONG_ROWS = 100_000
"""The rows of the long organizations."""
FIRST, NOTHING_NEW = "first", "nothing new"

Step = tuple[float, str]
"""A latency in ms, and the kind of sync: `FIRST` or `NOTHING_NEW`."""
Plan = list[tuple[Organization, tuple[Step, ...]]]
"""Organizations, each with its syncs in order."""


@dataclass(frozen=True)
class Waited:
    """One sync as the emulator saw it. `fewest` is the number of pages that had to be read."""

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
        """The sync's name in the table."""
        return case_name(self.organization, (self.latency_ms, self.kind))

    @property
    def limit(self) -> float:
        """The least seconds that are possible: the fewest pages, three calls at once."""
        return ceil(self.fewest) * self.latency_ms / 1000 / AT_ONCE

    @property
    def of_limit(self) -> float:
        """The whole time, with login and logout, divided by the limit."""
        return self.timeline.seconds / self.limit

    @property
    def in_session(self) -> float:
        """The seconds between login and logout."""
        begin, end = self.timeline.reading
        return end - begin

    @property
    def lost(self) -> dict[str, float]:
        """Where the seconds above the limit were lost."""
        a_call = self.latency_ms / 1000
        more_calls = (self.list_calls - self.fewest) * a_call / AT_ONCE
        server = max(0.0, self.timeline.mean_call - a_call) * self.list_calls / AT_ONCE
        sign_in = self.timeline.seconds - self.in_session
        known = more_calls + server + sign_in
        return {
            "more calls": more_calls,
            "the emulator's own time": server,
            "login and logout": sign_in,
            "idle slots": self.timeline.seconds - self.limit - known,
        }

    @property
    def of_fewest(self) -> float:
        """The calls of lists divided by the fewest."""
        return self.list_calls / self.fewest


def case_name(organization: str, step: Step) -> str:
    """Return a sync's name in the table."""
    latency, kind = step
    return f"{organization}, {latency:g} ms, {kind}"


def measure(plan: Plan | None = None) -> Part:
    """Run a plan, by default that of the document. The picture shows the syncs at 200 ms."""
    waited = [one for each in plan or document_plan() for one in syncs(*each)]
    drawn = {one.case: one.timeline for one in waited if one.latency_ms == _SHOWN_MS}
    return Part(
        tuple(line for one in waited for line in _lines(one)),
        _strips(waited),
        timeline_picture.svg(f"Calls in flight (BILL allows {AT_ONCE})", drawn),
    )


def document_plan() -> Plan:
    """Return the plan of the document, which takes about six minutes.

    The long organizations run at 200 ms, and some of them at 50 ms too. A sync makes the same calls
    at each latency, so short organizations of about 40 pages stand for the other latencies. `even`
    with nothing new would take a minute at 200 ms, because most of its lists are read whole.
    """
    return [
        (small(), _both((_SHOWN_MS, 50, 800))),
        (small(with_archived=False), _both((_SHOWN_MS,))),
        (even(LONG_ROWS), ((_SHOWN_MS, FIRST), (50, NOTHING_NEW))),
        (skewed(LONG_ROWS), _both((_SHOWN_MS, 50))),
        (bursty(50_000), _both((_SHOWN_MS,))),
        (even(2_700), _both((50,))),
        (skewed(2_700), _both((50,))),
        (bursty(2_100), (*_both((50,)), (800, FIRST))),
    ]


def _both(latencies: Sequence[float]) -> tuple[Step, ...]:
    return tuple((latency, kind) for latency in latencies for kind in (FIRST, NOTHING_NEW))


def syncs(organization: Organization, steps: Sequence[Step]) -> list[Waited]:
    """Run the syncs of an organization. One with nothing new resumes from the state before it."""
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
    """Run one sync and return the last state of each stream."""
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
    """Count the calls of lists that return no new page, by their purpose."""
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
            kinds["to check the order"] += 1
        elif "archived:" in query.get("filters", ""):
            kinds["for archived rows"] += 1
        elif text in asked:
            kinds["to repeat a page"] += 1
        asked.add(text)
    return dict(kinds)


def _nothing_new(rows: Mapping[str, int]) -> dict[str, int]:
    """Return the rows that must be read when nothing is new: only those of full-refresh lists."""
    return {name: 0 if name in INCREMENTAL else count for name, count in rows.items()}


def _lines(one: Waited) -> list[Line]:
    measured = (
        f"{one.timeline.seconds:.2f} s (lists {one.in_session:.2f} s), limit {one.limit:.2f} s, "
        f"tail {one.timeline.tail:.2f} s; {one.list_calls} calls of "
        f"{1000 * one.timeline.mean_call:.0f} ms, fewest {one.fewest}; {one.logins} login"
    )
    most = one.most_at_once
    if one.organization.startswith("small"):
        is_met = one.most_calls_of_a_list <= 1 and one.logins == 1 and most <= AT_ONCE
        per_list = f"{one.most_calls_of_a_list} per list"
        return [Line(_PART, one.case, measured, per_list, "1 call per list, 1 login", is_met)]
    limit, fewest = Ratio(one.of_limit, "limit"), Ratio(one.of_fewest, "fewest")
    return [
        limit.at_most(MOST_OF_LIMIT, _PART, one.case, measured),
        fewest.at_most(MOST_OF_FEWEST, _PART, one.case, _more_calls(one)),
        Line(_PART, one.case, "lost: " + _listed(one.lost, ".2f", " s")),
        Line(_PART, one.case, f"{most} calls at once", "", f"<= {AT_ONCE}", most <= AT_ONCE),
    ]


def _more_calls(one: Waited) -> str:
    more = one.list_calls - one.fewest
    kinds = {**one.kinds, "at the ends of parts": more - sum(one.kinds.values())}
    return f"{more} extra calls: " + _listed(kinds, "d", "")


def _listed(values: Mapping[str, float], form: str, unit: str) -> str:
    return ", ".join(f"{value:{form}}{unit} {name}" for name, value in values.items())


def _strips(waited: Sequence[Waited]) -> str:
    width = max(len(one.case) for one in waited)
    return "\n".join(
        f"{one.case.ljust(width)} {one.timeline.strip()} {one.timeline.seconds:.1f} s"
        for one in waited
    )
