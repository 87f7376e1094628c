"""A run of billcom-sync that is stopped keeps what was read, and the next run continues."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from testing.sync_tool import RunningSync, SyncTool
from testing.waiting import wait_until

if TYPE_CHECKING:
    from bill_emulator.process import Emulator

pytestmark = pytest.mark.slow

BILLS = 12_000
TWO = ("--streams", "bills", "users", "--since", "2000-01-01")


@pytest.fixture
def tool(bill: Emulator, tmp_path: Path) -> SyncTool:
    """Give the tool with a BILL whose list of bills takes a while."""
    bill.bulk("bills", BILLS)
    bill.latency(30)
    return SyncTool(bill.config(), tmp_path)


def calls_for_bills(bill: Emulator) -> int:
    counted: int = bill.counts()["by_path"]["/v3/bills"]
    return counted


def wait_for_calls(bill: Emulator, calls: int) -> None:
    wait_until(lambda: bill.counts()["by_path"].get("/v3/bills", 0) >= calls, f"{calls} calls")


def rows_kept(tool: SyncTool) -> int:
    (row,) = tool.query("SELECT count(*) AS rows FROM bills")
    return int(row["rows"])


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_keeps_the_rows_and_the_same_command_continues(
    bill: Emulator, tool: SyncTool, number: signal.Signals, code: int
) -> None:
    running = tool.start(*TWO)
    wait_for_calls(bill, 70)

    run = running.signal(number).finish()

    assert run.exit_code == code
    assert run.stderr == ""
    assert run.stdout.rstrip().endswith("Run the same command again to continue.")
    assert "Interrupted after" in run.stdout
    kept = rows_kept(tool)
    assert 4_000 < kept < BILLS
    assert bill.counts()["live_sessions"] == 0

    bill.reset_counts()
    assert tool.run(*TWO).exit_code == 0
    assert tool.differences(bill, ["bills", "users"]) == []
    # rows since the last state are read again: a thousand, and the pages in flight
    assert calls_for_bills(bill) * 100 < BILLS - kept + 3_000


def test_a_kill_loses_at_most_what_was_not_committed_and_ends_the_reader(
    bill: Emulator, tool: SyncTool
) -> None:
    # with three calls at once, 80 calls take longer than the time between two commits
    bill.latency(300)
    running = tool.start(*TWO)
    wait_for_calls(bill, 80)

    assert running.signal(signal.SIGKILL).finish().exit_code == -signal.SIGKILL

    wait_until(lambda: bill.counts()["live_sessions"] == 0, "the reader signed out")
    kept = rows_kept(tool)
    assert 0 < kept < BILLS
    bill.latency(30)
    bill.reset_counts()
    assert tool.run(*TWO).exit_code == 0
    assert tool.differences(bill, ["bills", "users"]) == []
    assert calls_for_bills(bill) * 100 < BILLS - kept + 3_000


def test_a_reader_that_is_killed_is_told_and_its_rows_are_kept(
    bill: Emulator, tool: SyncTool
) -> None:
    running = tool.start(*TWO)
    wait_for_calls(bill, 70)
    os.kill(_reader_of(running), signal.SIGKILL)

    run = running.finish()

    assert run.exit_code == 1
    assert "The process that reads BILL ended unexpectedly (signal SIGKILL)." in run.stderr
    assert "Failed: bills." in run.stderr
    assert 4_000 < rows_kept(tool) < BILLS
    assert tool.run(*TWO).exit_code == 0
    assert tool.differences(bill, ["bills", "users"]) == []


def test_an_interrupted_backfill_is_completed_by_the_next_sync(
    bill: Emulator, tool: SyncTool
) -> None:
    assert tool.run("--streams", "bills").exit_code == 0
    missing = BILLS - rows_kept(tool)
    assert missing > 1_000
    bill.reset_counts()
    running = tool.start("--streams", "bills", "--backfill", "2000-01-01", "2030-01-01")
    wait_for_calls(bill, 15)
    assert running.signal(signal.SIGTERM).finish().exit_code == 143

    run = tool.run("--streams", "bills")

    assert run.exit_code == 0
    assert tool.differences(bill, ["bills"]) == []
    assert "older ones are missing" not in run.stdout


def test_a_backfill_that_is_interrupted_before_its_first_rows_is_completed_by_the_next_sync(
    bill: Emulator, tool: SyncTool
) -> None:
    assert tool.run("--streams", "bills", "vendors").exit_code == 0
    assert tool.differences(bill, ["vendors"]) != []
    bill.latency(1_000, "/v3/bills")
    bill.latency(1_000, "/v3/vendors")
    running = tool.start(
        "--streams", "bills", "vendors", "--backfill", "2000-01-01", "2030-01-01"
    ).wait_for("Reading vendors updated since 2000-01-01")
    assert running.signal(signal.SIGTERM).finish().exit_code == 143
    bill.default_latency()

    assert tool.run("--streams", "bills", "vendors").exit_code == 0

    assert tool.differences(bill, ["bills", "vendors"]) == []


def test_a_signal_before_the_sign_in_leaves_nothing(bill: Emulator, tool: SyncTool) -> None:
    running = tool.start(*TWO).wait_for("billcom-sync: BILL into")

    run = running.signal(signal.SIGINT).finish()

    assert run.exit_code == 130
    assert bill.calls("/v3/login") == []
    assert not Path(tool.database).exists()


def test_an_interrupted_full_refresh_keeps_the_old_table(bill: Emulator, tool: SyncTool) -> None:
    assert tool.run(*TWO).exit_code == 0
    bill.reset_counts()
    running = tool.start("--streams", "bills", "--full-refresh")
    wait_for_calls(bill, 40)
    assert running.signal(signal.SIGTERM).finish().exit_code == 143

    assert tool.differences(bill, ["bills"]) == []
    assert tool.run("--streams", "bills").exit_code == 0


def _reader_of(running: RunningSync) -> int:
    """Return the process id of a run's reader."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[1]) == running.pid:
                children.append(int(path.parent.name))
    (reader,) = children
    return reader
