"""The connector reads every row of every stream exactly once, and its queries are BILL's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bill_emulator.contract import LISTS
from testing.rows import assert_same_rows, by_id
from testing.streams import INCREMENTAL, STREAMS

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.result import Result
    from testing.rows import Json

LOOKBACK = timedelta(minutes=10)
TIME = r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"'
CONDITION = re.compile(rf"(updatedTime|createdTime):(gte|lte|lt):{TIME}|(id):(ne):(\w+)")


def updated(row: Json) -> datetime:
    return datetime.fromisoformat(row["updatedTime"])


def fill(bill: Emulator, rows: int, **plan: Any) -> None:
    """Add copies of the company's rows to every list until it has this many."""
    for name in LISTS:
        bill.bulk(name, rows - len(bill.data(name)), **plan)


@pytest.mark.parametrize(
    ("rows", "spread", "options"),
    [
        pytest.param(
            230,
            "ties",
            {"page_token_form": "numeric", "next_page_at_end": "null", "empty_page_every": 2},
            id="numbers as tokens, an empty page in the middle, null at the end",
        ),
        pytest.param(
            200,
            "bursty",
            {
                "page_token_form": "literal",
                "next_page_at_end": "empty",
                "filters_with_token": "required",
                "changed_query_with_token": "refused",
                "max_with_token": "applied",
                "unpopulated": "null",
                "time_suffix": "Z",
                "time_fraction": "none",
            },
            id="literals as tokens, a last page of exactly 100, empty text at the end",
        ),
        pytest.param(
            101,
            "even",
            {
                "page_token_form": "url",
                "empty_page_every": 3,
                "whole_numbers": "integer",
                "time_precision": "millisecond",
                "unquoted_times": "refused",
            },
            id="tokens that need encoding, a last page of one row",
        ),
    ],
)
def test_every_row_of_every_stream_is_read_once_with_bills_values_and_fits_its_schema(
    bill: Emulator, connector: Connector, rows: int, spread: str, options: dict[str, Any]
) -> None:
    fill(bill, rows, spread=spread)
    bill.options(**options)
    started = datetime.now(UTC)

    result = connector.read()

    assert result.exit_code == 0
    assert set(result.records) == set(LISTS)
    for name in LISTS:
        expected = bill.data(name, rendered=True)
        assert len(expected) == rows
        assert_same_rows(result.records[name], expected, name)
    assert any(row.get("archived") for row in result.records["bills"])
    assert_queries_are_bills(bill, started)


def assert_queries_are_bills(bill: Emulator, started: datetime) -> None:
    """Check `max`, `sort` and `filters` of every page.

    A page begins at the newest time of the page before, so lower bounds differ. A moment with more
    rows than a page is read by createdTime, and may exclude some rows by their ids.
    """
    for name, contract in LISTS.items():
        queries = [c["query"] for c in bill.calls("/v3/") if c["path"] == contract.path]
        assert len(queries) >= 2, name
        for query in queries:
            assert query["max"] == "100", name
            if name in INCREMENTAL:
                assert_bounded(query, started)
            elif STREAMS[name].sort is None:
                assert set(query) <= {"max", "page"}, f"{name}: {query}"
            else:
                # no sort where BILL refuses it; descending to check that BILL keeps an order
                assert query.get("sort") in {"createdTime:asc", "createdTime:desc", None}
                assert "updatedTime" not in query.get("filters", "")


def assert_bounded(query: Json, started: datetime) -> None:
    """Check a page of an incremental list: its filters stay within the sync's time range."""
    parts = [CONDITION.fullmatch(part) for part in query["filters"].split(",")]
    assert all(parts), query["filters"]
    found = [[group for group in part.groups() if group] for part in parts if part]
    bounds = {(field, operator): value for field, operator, value in found if field != "id"}
    uppers = [v for (field, op), v in bounds.items() if field == "updatedTime" and op != "gte"]
    assert ("updatedTime", "gte") in bounds
    assert uppers
    lower = datetime.fromisoformat(bounds["updatedTime", "gte"])
    upper = min(map(datetime.fromisoformat, uppers))
    # until the sync's start by BILL's clock, which has whole seconds
    assert upper <= datetime.now(UTC) + timedelta(seconds=1)
    field, _, direction = query["sort"].partition(":")
    assert direction in {"asc", "desc"}
    if field == "createdTime" or len(found) > len(bounds):
        assert upper - lower <= timedelta(seconds=1)
    else:
        assert field == "updatedTime"
        assert started <= upper or ("updatedTime", "lt") in bounds


def test_one_login_serves_all_streams_with_three_calls_at_once(
    bill: Emulator, connector: Connector
) -> None:
    bill.latency(500, path="/v3/classifications")
    result = connector.read()
    assert result.exit_code == 0
    assert set(result.statuses) == set(LISTS)
    counts = bill.counts()
    assert counts["logins"] == 1
    assert counts["most_at_once"] == 3
    assert (counts["logouts"], counts["live_sessions"]) == (1, 0)
    assert counts["refused"] == {}


def test_a_second_sync_reads_only_the_lookback_and_a_third_also_the_changes(
    bill: Emulator, connector: Connector
) -> None:
    for name in INCREMENTAL:
        bill.bulk(name, 40, days=1, seed=2)
    first = connector.read(INCREMENTAL)
    assert first.exit_code == 0

    second = connector.read(INCREMENTAL, first.state_file)

    assert second.exit_code == 0
    assert second.newest_states == first.newest_states
    for name in INCREMENTAL:
        newest = max(updated(row) for row in bill.data(name))
        inside = [row for row in bill.data(name) if updated(row) >= newest - LOOKBACK]
        assert_same_rows(second.records.get(name, []), inside, name)

    # rows are changed, created and archived, each with the present as updatedTime
    done = bill.mutate(60, lists=sorted(INCREMENTAL))
    touched = {(name, row_id) for _, name, row_id in (line.split() for line in done)}

    third = connector.read(INCREMENTAL, second.state_file)

    assert third.exit_code == 0
    for name in INCREMENTAL:
        rows = by_id(third.records.get(name, []))
        now = by_id(bill.data(name, rendered=True))
        assert rows == {row_id: now[row_id] for row_id in rows}
        assert {row_id for of, row_id in touched if of == name} <= set(rows)
    assert any(line.startswith("archive") for line in done)


def test_two_syncs_give_what_bill_has_although_rows_changed_during_the_first(
    bill: Emulator, connector: Connector
) -> None:
    for name in INCREMENTAL:
        bill.bulk(name, 250)
    bill.latency(30)
    # by default a balance changes without its updatedTime, which no incremental read can see
    bill.options(balance_touches_vendor=True)
    bill.start_mutator(150, lists=sorted(INCREMENTAL))
    first = connector.read(INCREMENTAL)
    assert bill.stop_mutator()["done"]["update"] > 0

    second = connector.read(INCREMENTAL, first.state_file)

    for name in INCREMENTAL:
        database = {**by_id(first.records[name]), **by_id(second.records.get(name, []))}
        assert database == by_id(bill.data(name, rendered=True)), name


def test_the_anchor_date_limits_the_first_incremental_sync_but_no_full_refresh(
    bill: Emulator, connector: Connector
) -> None:
    incremental, whole = ["bills", "vendors"], ["invoices", "customers"]
    for name in (*incremental, *whole):
        bill.bulk(name, 120)
    anchor = datetime.now(UTC) - timedelta(days=90)
    anchored = connector.having(anchor_date=anchor.isoformat(timespec="seconds"))

    result = anchored.read([*incremental, *whole], full_refresh=whole)
    by_default = connector.having(anchor_date=None).read(incremental)

    for name in whole:
        assert_same_rows(result.records[name], bill.data(name), name)
    for name in incremental:
        rows = bill.data(name)
        since = [row for row in rows if updated(row) >= anchor.replace(microsecond=0)]
        assert 0 < len(since) < len(rows)
        assert_same_rows(result.records[name], since, name)
        a_year = [r for r in rows if updated(r) > datetime.now(UTC) - timedelta(days=365)]
        assert abs(len(by_default.records[name]) - len(a_year)) <= 2
        oldest = min(updated(row) for row in by_default.records[name])
        assert datetime.now(UTC) - oldest < timedelta(days=367)
    assert states_are_times(result)


def states_are_times(result: Result) -> bool:
    """Tell whether each state is an updatedTime in UTC, and perhaps `archived_listed`."""
    states = result.newest_states.values()
    return all(
        set(state) - {"archived_listed"} == {"updatedTime"} and state["updatedTime"].endswith("Z")
        for state in states
    )
