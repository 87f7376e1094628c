"""The command speaks before it imports what is slow."""

import os
import subprocess
import sys
from pathlib import Path

SLOW = {"airbyte_cdk", "duckdb", "psycopg", "pandas", "requests", "rich"}


def test_neither_the_command_nor_the_sync_imports_what_is_slow() -> None:
    code = "import sys, sync_tool.__main__, sync_tool.run; print(*sys.modules)"
    run = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert SLOW & set(run.stdout.split()) == set()


def test_a_character_that_the_terminal_does_not_have_does_not_stop_it(tmp_path: Path) -> None:
    database = tmp_path / "f\u00fcr" / "bill.duckdb"
    run = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "sync_tool", "--database", str(database)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 2
    assert run.stderr.startswith("There is no folder ")
    assert "f?r" in run.stderr
