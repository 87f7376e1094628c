"""Rows per second into DuckDB and PostgreSQL, by PyAirbyte and by billcom-sync.

The same bills are read in four ways that alternate: by the connector alone, by PyAirbyte into
DuckDB, and by billcom-sync into DuckDB and into PostgreSQL.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_bill.process import Canned
from benchmarks.measuring import median, run
from benchmarks.readers.commands import Files
from benchmarks.report import Line, Part
from testing.postgres_server import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 20_000
_ROUNDS = 3
_PART = "end to end"
_ALONE, _PYAIRBYTE = "the connector alone", "PyAirbyte into DuckDB"
_DUCKDB, _POSTGRES = "billcom-sync into DuckDB", "billcom-sync into PostgreSQL"


def measure(rows: int = ROWS, rounds: int = _ROUNDS) -> Part:
    """Sync into DuckDB, and into PostgreSQL if this machine has it. Each sync has a new database.

    In the first round Python compiles imported modules. The median is not affected by it.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, _postgres() as server:
        by_tool = {_DUCKDB: [f"{folder}/tool_{number}.duckdb" for number in range(rounds)]}
        if server is not None:
            names = [f"benchmark_{number}" for number in range(rounds)]
            by_tool[_POSTGRES] = [server.create_database(name) for name in names]
        plan = {
            "rows": rows,
            "rounds": rounds,
            "alone": _ALONE,
            "pyairbyte": {
                _PYAIRBYTE: [f"{folder}/pyairbyte_{number}.duckdb" for number in range(rounds)]
            },
            "billcom_sync": by_tool,
        }
        found = _seconds(Files(Path(folder)), rows, plan)
    lines = [_line(name, rows, seconds, found[_ALONE]) for name, seconds in found.items()]
    if server is None:
        lines.append(Line(_PART, _POSTGRES, "not installed on this machine"))
    return Part(tuple(lines))


def _seconds(files: Files, rows: int, plan: dict[str, object]) -> dict[str, list[float]]:
    """Return the seconds of each way, one number for each round."""
    with Canned(rows) as bill:
        path = files.write("plan", {**plan, "config": bill.config()})
        result = str(files.folder / "result.json")
        program = [sys.executable, "-m", "benchmarks.readers.database_syncs"]
        run([*program, path, result], files.folder / "out")
    found = files.read("result")
    return {name: [sync["seconds"] for sync in syncs] for name, syncs in found.items()}


@contextmanager
def _postgres() -> Iterator[Postgres | None]:
    folder = programs()
    if folder is None:
        yield None
        return
    with Postgres(folder) as server:
        yield server


def _line(name: str, rows: int, syncs: list[float], alone: list[float]) -> Line:
    seconds = median(syncs)
    ratio = "" if syncs is alone else f"{seconds / median(alone):.2f} x alone"
    return Line(
        _PART,
        f"{rows:,} bills, {name}, median of {len(syncs)}",
        f"{rows / seconds:,.0f} rows/s, {seconds:.1f} s",
        ratio,
    )
