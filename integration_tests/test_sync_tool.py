"""billcom-sync by its command line: what is in the database equals BILL, and faults are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from demo.changes import Bookkeeper
from testing.streams import INCREMENTAL, STREAMS
from testing.sync_tool import SyncTool

if TYPE_CHECKING:
    from pathlib import Path

    from bill_emulator.process import Emulator

# each run starts two processes, one of which imports the connector: three seconds and more
pytestmark = pytest.mark.slow

EVERYTHING = ("--since", "2000-01-01")
TWO = ("--streams", "bills", "users")


@pytest.fixture
def tool(bill: Emulator, tmp_path: Path) -> SyncTool:
    return SyncTool(bill.config(), tmp_path)


def logins(bill: Emulator) -> int:
    return len(bill.calls("/v3/login"))


class TestSyncs:
    def test_a_first_and_an_incremental_sync_give_what_bill_has_with_one_sign_in_each(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        bill.options(balance_touches_vendor=True)
        first = tool.run(*EVERYTHING)

        assert (first.exit_code, first.stderr) == (0, "")
        assert "Complete: 20 streams" in first.stdout
        assert tool.differences(bill, STREAMS) == []
        assert bill.counts()["logins"] == 1
        assert bill.counts()["live_sessions"] == 0

        bookkeeper = Bookkeeper(bill.base_url)
        bookkeeper.sign_in(bill.config())
        bookkeeper.work()
        bill.mutate(100)
        bill.reset_counts()
        second = tool.run()

        assert second.exit_code == 0
        assert tool.differences(bill, STREAMS) == []
        assert bill.counts()["logins"] == 1
        for name in INCREMENTAL:
            assert rows_of(second.stdout, name) < len(bill.data(name)), f"{name} was read whole"

    def test_a_year_is_read_unless_more_is_asked_for_and_that_is_said_wherever_it_matters(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        partial = tool.run(*TWO).stdout
        before = len(tool.query("SELECT id FROM bills"))

        assert before < len(bill.data("bills"))
        assert "the default Anchor Date" in partial
        (line,) = [line for line in partial.splitlines() if line.startswith("bills  ")]
        assert " since 20" in line
        (total,) = [line for line in partial.splitlines() if line.startswith("total ")]
        assert "older ones are missing" in total
        (hint,) = [line for line in partial.splitlines() if "run this once with" in line]
        backfill = hint.split("with ")[1].rstrip(".").split()
        assert backfill[0] == "--backfill"

        complete = tool.run("--streams", "bills", *backfill).stdout

        assert tool.differences(bill, ["bills"]) == []
        assert rows_of(complete, "bills") < len(bill.data("bills"))
        assert "older ones are missing" not in complete
        assert rows_of(tool.run("--streams", "bills").stdout, "bills") < 100

    def test_the_backfill_that_the_summary_offers_works_if_a_stream_may_not_be_read(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        bill.forbid("payments")
        tool.run("--streams", "bills", "payments")

        run = tool.run("--streams", "bills", "payments", "--backfill", "2000-01-01", "2030-01-01")

        assert run.exit_code == 0
        assert "payments is not backfilled" in run.stdout
        assert tool.differences(bill, ["bills"]) == []

    def test_an_earlier_anchor_date_is_noticed(self, bill: Emulator, tool: SyncTool) -> None:
        tool.run(*TWO)
        tool.configure({**bill.config(), "anchor_date": "2020-01-01"})

        said = tool.run(*TWO).stdout

        assert "The anchor date is now 2020-01-01, but the first sync began at" in said
        assert "--backfill 2020-01-01 20" in said

    def test_a_full_refresh_replaces_the_table_and_reads_everything(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        tool.run(*TWO)
        bill.put_rows("bills", bill.data("bills")[10:], replace=True)

        run = tool.run(*TWO, "--full-refresh", "bills")

        assert run.exit_code == 0
        assert tool.differences(bill, ["bills"]) == []
        bill.mutate(20, lists=["bills"])
        assert rows_of(tool.run("--streams", "bills").stdout, "bills") < len(bill.data("bills"))
        assert tool.differences(bill, ["bills"]) == []

    def test_quiet_prints_one_line(self, tool: SyncTool) -> None:
        run = tool.run(*TWO, "--quiet")

        (line,) = run.stdout.splitlines()
        assert line.startswith("Complete: 2 streams")
        assert run.stderr == ""


class TestFaults:
    def test_a_wrong_password_is_sent_once_and_no_database_is_left(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        tool.configure({**bill.config(), "password": "wrong-password"})

        run = tool.run()

        assert run.exit_code == 1
        assert "BILL does not know this username and password" in run.stderr
        assert "Traceback" not in run.stderr
        assert logins(bill) == 1
        assert list(tool.config_path.parent.iterdir()) == [tool.config_path]

    def test_streams_that_the_user_may_not_read_are_left_out_and_named_before_the_read(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        bill.forbid("users", "roles")

        run = tool.run(*EVERYTHING)

        assert (run.exit_code, run.stderr) == (0, "")
        named = run.stdout.index("users is left out: BILL denied this user permission")
        assert named < run.stdout.index(": complete,")
        assert run.stdout.rstrip().endswith("this user may not read them: users, roles.")
        others = [name for name in STREAMS if name not in {"users", "roles"}]
        assert tool.differences(bill, others) == []
        assert (
            tool.query(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_name IN ('users', 'roles')"
            )
            == []
        )

    def test_if_no_stream_may_be_read_the_reason_is_told(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        bill.forbid("users")

        run = tool.run("--streams", "users")

        assert run.exit_code == 1
        assert "users is left out: BILL denied this user permission" in run.stdout
        assert "This user may not read any of these streams." in run.stderr

    def test_if_a_stream_fails_all_others_are_kept_and_the_next_sync_completes_it(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        bill.forbid("roles")
        bill.bulk("bills", 1_000)
        # the first page is tried before the read
        bill.fault("error", path="/v3/bills", status=422, code="BDC_9999", skip=2)

        run = tool.run(*EVERYTHING)

        assert run.exit_code == 1
        assert "BILL refused the request while reading bills (BDC_9999" in run.stderr
        assert "Failed: bills. Complete: 18 of 20 streams" in run.stderr
        others = [name for name in STREAMS if name not in {"bills", "roles"}]
        assert tool.differences(bill, others) == []
        assert "older ones are missing" not in run.stdout
        assert "open payables" not in run.stdout

        bill.clear_faults()
        bill.forbid()
        assert tool.run().exit_code == 0
        assert tool.differences(bill, STREAMS) == []

    @pytest.mark.parametrize(
        ("option", "words"),
        [
            ("--streams=bils", "There is no stream named bils. Did you mean bills?"),
            ("--config=/nowhere/config.json", "config.json cannot be read: No such file"),
            ("--database=/nowhere/bill.duckdb", "/nowhere"),
            ("--database=mysql://host/bill", "must be the path of a DuckDB file or a postgresql"),
        ],
    )
    def test_what_cannot_be_used_is_told_in_one_line_before_a_call(
        self, bill: Emulator, tool: SyncTool, option: str, words: str
    ) -> None:
        run = tool.run(option)

        assert run.exit_code == 2
        (line,) = run.stderr.splitlines()
        assert words in line
        assert bill.calls() == []
        assert list(tool.config_path.parent.iterdir()) == [tool.config_path]

    def test_a_wrong_configuration_is_told_by_the_connectors_own_sentence(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        tool.configure({**bill.config(), "anchor_date": "soon"})

        run = tool.run()

        assert run.exit_code == 2
        assert run.stderr.startswith("Anchor Date 'soon' is not a date.")
        assert bill.calls() == []

    def test_a_database_that_another_program_uses_is_refused(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        with duckdb.connect(tool.database):
            run = tool.run(*TWO)

        assert run.exit_code == 2
        (line,) = run.stderr.splitlines()
        assert "bill.duckdb" in line
        assert bill.calls() == []

    def test_a_second_organization_is_refused(self, bill: Emulator, tool: SyncTool) -> None:
        tool.run("--streams", "users")
        bill.reset_counts()
        tool.configure({**bill.config(), "organization_id": "00802OTHERORGANIZATION"})

        run = tool.run("--streams", "users")

        assert run.exit_code == 2
        assert "Sync each organization into its own database." in run.stderr
        assert bill.calls() == []

    def test_the_configuration_may_be_a_pipe_of_the_shell(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        import os  # noqa: PLC0415
        import subprocess  # noqa: PLC0415

        from testing.sync_tool import PROGRAM  # noqa: PLC0415

        reader, writer = os.pipe()
        os.write(writer, json.dumps(bill.config()).encode())
        os.close(writer)
        arguments = ("--config", f"/dev/fd/{reader}", "--database", tool.database)

        run = subprocess.run(
            [*PROGRAM, *arguments, "--streams", "users"], pass_fds=[reader], check=False
        )

        assert run.returncode == 0
        assert tool.differences(bill, ["users"]) == []

    def test_a_closed_stdout_does_not_stop_it(self, bill: Emulator, tool: SyncTool) -> None:
        import os  # noqa: PLC0415
        import subprocess  # noqa: PLC0415

        from testing.sync_tool import PROGRAM  # noqa: PLC0415

        arguments = ("--config", str(tool.config_path), "--database", tool.database)

        run = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *PROGRAM, *arguments, *TWO],
            env={**os.environ, "NO_PROXY": "*"},
            check=False,
        )

        assert run.returncode == 0
        assert tool.differences(bill, ["users"]) == []


class TestTerminal:
    def test_retries_and_results_stay_on_the_screen_and_the_live_lines_go(
        self, bill: Emulator, tool: SyncTool
    ) -> None:
        bill.bulk("bills", 1_000)
        bill.fault("error", path="/v3/bills", status=500, times=1, skip=2)
        bill.forbid("roles")

        code, screen = tool.run_on_terminal("--streams", "bills", "users", "roles", *EVERYTHING)

        assert code == 0
        shown = screen.text()
        assert "roles is left out: BILL denied this user permission" in shown
        assert "Reading bills: HTTP 500" in shown
        assert "Retrying in 1 s (1 of 8)." in shown.replace("\n", "")
        assert "users: complete, " in shown
        assert "all streams" not in shown
        assert "Complete: 2 streams" in shown
        assert tool.differences(bill, ["bills", "users"]) == []


def rows_of(stdout: str, stream: str) -> int:
    """Return how many rows of a stream a run has read, from its table."""
    (line,) = [line for line in stdout.splitlines() if line.startswith(f"{stream}  ")]
    return int(line.split()[1].replace(",", ""))
