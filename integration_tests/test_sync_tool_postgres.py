"""billcom-sync into PostgreSQL, by its command line."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from demo.changes import Bookkeeper
from testing.postgres_server import Postgres, programs
from testing.streams import STREAMS
from testing.sync_tool import SyncTool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bill_emulator.process import Emulator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    with Postgres(folder) as running:
        yield running


@pytest.fixture
def tool(
    bill: Emulator, server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SyncTool:
    """Give the tool with a new database, whose password is in the environment."""
    url = server.create_database(f"bill_{uuid.uuid4().hex}")
    password = urlsplit(url).password or ""
    monkeypatch.setenv("PGPASSWORD", password)
    return SyncTool(bill.config(), tmp_path, url.replace(f":{password}@", "@"))


def test_a_first_and_an_incremental_sync_give_what_bill_has(bill: Emulator, tool: SyncTool) -> None:
    bill.options(balance_touches_vendor=True)
    first = tool.run("--since", "2000-01-01")
    assert (first.exit_code, first.stderr) == (0, "")
    assert tool.differences(bill, STREAMS) == []
    assert "over 90 days late" in first.stdout

    bookkeeper = Bookkeeper(bill.base_url)
    bookkeeper.sign_in(bill.config())
    bookkeeper.work()
    bill.mutate(100)

    assert tool.run().exit_code == 0
    assert tool.differences(bill, STREAMS) == []


def test_a_wrong_password_is_told_in_one_line_that_does_not_show_it(
    bill: Emulator, tool: SyncTool
) -> None:
    run = tool.run(PGPASSWORD="a-wrong-password")

    assert run.exit_code == 2
    (line,) = run.stderr.splitlines()
    assert "password" in line
    assert "a-wrong-password" not in run.stdout + line
    assert bill.calls() == []
