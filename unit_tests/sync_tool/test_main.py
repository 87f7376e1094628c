"""The command speaks before it imports what is slow."""

import subprocess
import sys

SLOW = {"airbyte_cdk", "duckdb", "psycopg", "pandas", "requests", "rich"}


def test_neither_the_command_nor_the_sync_imports_what_is_slow() -> None:
    code = "import sys, sync_tool.__main__, sync_tool.run; print(*sys.modules)"
    run = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert SLOW & set(run.stdout.split()) == set()
