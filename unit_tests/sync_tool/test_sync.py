"""What a sync writes and commits, and when, for the messages of a reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sync_tool.arguments import Options
from sync_tool.destinations import State, Table
from sync_tool.messages import (
    Estimate,
    Failure,
    Forbidden,
    Log,
    Message,
    Row,
    StateOf,
    Status,
)
from sync_tool.plan import Start, plan_streams
from sync_tool.progress import Progress, Result
from sync_tool.ranges import EVERYTHING, CoveredRanges, Range, as_json, describe
from sync_tool.sync import COMMIT_ROWS, COMMIT_SECONDS, Sync

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
STATE = {"updatedTime": "2026-05-01T00:00:00.000Z"}
LATER = {"updatedTime": "2026-06-01T00:00:00.000Z"}


@dataclass
class RecordedDestination:
    """A destination that records what is done to it, one line each."""

    done: list[str] = field(default_factory=list)
    committed: dict[str, State | None] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    name: str = "b.duckdb"

    def states(self) -> Mapping[str, State]:
        return {}

    def settings(self) -> Mapping[str, Any]:
        return {}

    def save_settings(self, settings: Mapping[str, Any]) -> None:
        self.saved.update(settings)

    def open_table(self, table: Table) -> None:
        self.done.append(f"open {table.stream}")

    def write(self, stream: str, rows: Sequence[bytes]) -> None:
        self.done.append(f"write {len(rows)} {stream}")

    def commit(self, states: Mapping[str, State | None]) -> None:
        self.done.append(" ".join(["commit", *states]))
        self.committed.update(states)

    def complete(self, stream: str) -> None:
        self.done.append(f"complete {stream}")

    def discard(self, stream: str) -> None:
        self.done.append(f"discard {stream}")

    def query(self, sql: str) -> list[dict[str, Any]]:
        raise NotImplementedError(sql)

    def close(self) -> None:
        self.done.append("close")


@dataclass
class RecordedDisplay:
    """A display that records its lines."""

    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def info(self, text: str) -> None:
        self.lines.append(text)

    def error(self, text: str) -> None:
        self.errors.append(text)

    def refresh(self, progress: Progress) -> None:
        pass

    def close(self) -> None:
        pass


class Bench:
    """A sync of these streams, with a clock that the test moves, after the sign-in."""

    def __init__(
        self,
        *streams: str,
        full_refresh: tuple[str, ...] = (),
        backfill: tuple[date, date] | None = None,
    ) -> None:
        self.now = 0.0
        self.destination, self.display = RecordedDestination(), RecordedDisplay()
        self.progress = Progress(streams, 0)
        since = {"read": as_json([Range(ANCHOR)]), "reading": []}
        synced = streams if backfill else full_refresh
        saved = dict.fromkeys(synced, since)
        self.covered = CoveredRanges(saved)
        plans = plan_streams(
            Options("c", "d", streams, frozenset(full_refresh), backfill=backfill),
            dict.fromkeys(synced, STATE),
            self.covered,
            Start(ANCHOR, ANCHOR - ANCHOR),
        )
        self.sync = Sync(
            self.destination,
            plans,
            self.covered,
            self.progress,
            self.display,
            clock=lambda: self.now,
        )
        self.take(Forbidden({}))
        self.destination.done.clear()

    def take(self, *messages: Message) -> list[str]:
        """Give the sync messages that arrive together; return what it did because of them."""
        before = len(self.destination.done)
        self.sync.take(messages)
        return self.destination.done[before:]

    def take_later(self, *messages: Message) -> list[str]:
        """Give it messages after a while."""
        self.now += COMMIT_SECONDS
        return self.take(*messages)


def rows(count: int, stream: str = "bills") -> list[Message]:
    return [Row(stream, b"{}")] * count


def test_rows_that_arrive_together_are_written_together() -> None:
    bench = Bench("bills", "vendors")

    assert bench.take(*rows(2), *rows(1, "vendors"), *rows(3)) == [
        "write 2 bills",
        "write 1 vendors",
        "write 3 bills",
    ]
    assert bench.progress.rows == 6


def test_rows_are_committed_with_the_newest_state_once_there_are_many() -> None:
    bench = Bench("bills")
    bench.take(*rows(COMMIT_ROWS - 1), StateOf("bills", STATE), StateOf("bills", LATER))
    assert bench.destination.committed == {}

    assert bench.take(*rows(1)) == ["write 1 bills", "commit bills"]
    assert bench.destination.committed == {"bills": LATER}


def test_few_rows_are_committed_after_a_while() -> None:
    bench = Bench("bills")
    bench.take(*rows(1))

    assert bench.take_later() == ["commit"]
    assert bench.take_later() == []


def test_what_is_being_read_is_saved_with_the_first_rows() -> None:
    bench = Bench("bills")
    bench.take(*rows(1))
    bench.take_later()

    assert CoveredRanges(bench.destination.saved["ranges"]).reading("bills") == (Range(ANCHOR),)


def test_a_backfill_is_saved_with_the_state_that_goes_back_before_the_first_row() -> None:
    bench = Bench("bills", "vendors", backfill=(date(2025, 1, 1), date(2025, 1, 31)))

    bench.take_later()

    saved = CoveredRanges(bench.destination.saved["ranges"])
    for name in ("bills", "vendors"):
        state = bench.destination.committed[name]
        assert state
        assert state["updatedTime"].startswith("2025-01-01")
        assert describe(saved.reading(name)) == "2025-01-01 to 2025-01-31"


def test_a_first_sync_that_reads_nothing_commits_nothing() -> None:
    bench = Bench("bills")

    assert bench.take_later() == []


def test_a_complete_stream_covers_its_range() -> None:
    bench = Bench("bills")
    bench.take(StateOf("bills", STATE), Status("bills", "COMPLETE"))
    bench.take_later()

    saved = CoveredRanges(bench.destination.saved["ranges"])
    assert (describe(saved.of("bills")), saved.reading("bills")) == ("since 2026-01-01", ())
    assert bench.progress.streams["bills"].result is Result.COMPLETE
    assert bench.display.lines == ["bills: complete, 0 rows"]


def test_the_state_of_a_table_that_is_replaced_waits_for_its_last_row() -> None:
    bench = Bench("bills", full_refresh=("bills",))
    bench.take(*rows(COMMIT_ROWS), StateOf("bills", STATE))
    assert bench.destination.committed == {}

    bench.take(StateOf("bills", LATER), Status("bills", "COMPLETE"))
    bench.take_later()

    assert bench.destination.done[-2:] == ["complete bills", "commit bills"]
    assert bench.destination.committed == {"bills": LATER}
    assert bench.covered.of("bills") == (EVERYTHING,)


def test_the_state_of_a_stream_without_a_cursor_is_not_kept() -> None:
    bench = Bench("users")
    bench.take(StateOf("users", {"__ab_no_cursor_state_message": True}))
    bench.take(Status("users", "COMPLETE"))
    bench.take_later()

    assert bench.destination.committed == {}


def test_the_rows_of_a_stream_that_fails_are_kept_or_discarded_by_the_destination() -> None:
    bench = Bench("bills", "users")
    bench.take(*rows(1, "users"), Failure("users", "It failed."), Status("users", "INCOMPLETE"))

    assert bench.destination.done == ["write 1 users", "discard users"]
    assert bench.progress.streams["users"].result is Result.FAILED
    assert bench.display.errors == ["It failed."]
    assert bench.covered.of("users") == ()


def test_the_connectors_closing_error_is_not_shown_after_that_of_a_stream() -> None:
    bench = Bench("bills")
    bench.take(Failure("bills", "It failed."), Failure(None, "These streams did not complete."))

    assert bench.display.errors == ["It failed."]
    assert len(bench.sync.failures) == 2


def test_an_unexpected_error_is_shown_with_its_details() -> None:
    bench = Bench("bills")
    bench.take(Failure(None, "Unexpected.", "Traceback ..."))

    assert bench.display.errors == ["Unexpected.\nTraceback ..."]


def test_tables_are_opened_only_of_streams_that_may_be_read() -> None:
    bench = Bench("bills", "users")

    done = bench.take(Forbidden({"users": "BILL denied it."}))

    assert done == ["open bills"]
    assert bench.progress.streams["users"].result is Result.LEFT_OUT
    assert bench.display.lines == ["users is left out: BILL denied it."]


@pytest.mark.parametrize(
    ("level", "text", "is_shown"),
    [
        ("INFO", "Reading bills updated since 2025-11-26.", True),
        ("WARN", "BILL did not return bills in order.", True),
        ("DEBUG", "A call.", False),
        ("ERROR", "bills failed: It is also a message of its own.", False),
        ("INFO", "Read 5 rows of bills.", False),
        ("INFO", "Still reading bills (1,200 rows so far).", False),
    ],
)
def test_log_lines_are_shown_unless_they_are_said_already(
    level: str, text: str, *, is_shown: bool
) -> None:
    bench = Bench("bills")
    bench.take(Log(level, text))

    assert (bench.display.lines == [text]) is is_shown


def test_states_and_estimates_become_progress() -> None:
    bench = Bench("bills")
    bench.take(Status("bills", "STARTED"), StateOf("bills", STATE), Estimate("bills", 7))

    stream = bench.progress.streams["bills"]
    assert (stream.result, stream.reached, stream.estimate) == (Result.READING, "2026-05-01", 7)
