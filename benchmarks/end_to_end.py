"""Into a database: rows a second through PyAirbyte into DuckDB and PostgreSQL, and where they go.

The same bills four times, in turns: the connector alone, PyAirbyte dropping what it takes, DuckDB,
PostgreSQL. What one has more than the one before it is what the step between them costs.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_process import Canned
from benchmarks.contenders import OURS, Files, read_command
from benchmarks.measuring import interleaved, run
from benchmarks.report import Line, Part
from integration_tests.postgres import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 20_000
_ROUNDS = 1
_ANCHOR = "2024-01-01"
_PART = "end to end"


@dataclass(frozen=True)
class Synced:
    """One sync: rows, seconds in all, and those after the last row was read."""

    rows: int
    seconds: float
    loading: float = 0.0


def measure(rows: int = ROWS) -> Part:
    """Sync into everything there is on this machine."""
    with (
        Canned(rows) as bill,
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        _postgres() as server,
    ):
        files, numbers = Files(Path(folder)), count()
        config = {**bill.config(), "anchor_date": _ANCHOR}
        what: dict[str, Callable[[], Synced]] = {
            "the connector alone": lambda: _alone(bill, files, config),
            "PyAirbyte, rows dropped": lambda: _synced(bill, files, config, "none"),
            "PyAirbyte into DuckDB": lambda: _synced(
                bill, files, config, f"{folder}/bill_{next(numbers)}.duckdb"
            ),
        }
        if server is not None:
            what["PyAirbyte into PostgreSQL"] = lambda: _synced(
                bill, files, config, server.create_database(f"benchmark_{next(numbers)}")
            )
        # each database is new, and the first round compiles what they import
        found = {
            name: min(rounds[1:], key=lambda synced: synced.seconds)
            for name, rounds in interleaved(_ROUNDS + 1, what).items()
        }
    alone = found["the connector alone"]
    lines = [_line(name, synced, alone) for name, synced in found.items()]
    lines += [
        Line(_PART, f"a sync by {name}", _steps(alone, found["PyAirbyte, rows dropped"], synced))
        for name, synced in list(found.items())[2:]
    ]
    if server is None:
        lines.append(Line(_PART, "PyAirbyte into PostgreSQL", "there is none on this machine"))
    return Part(tuple(lines))


def _steps(alone: Synced, dropped: Synced, synced: Synced) -> str:
    """Say where a sync's time goes: what it has more than the one with less to do."""
    taking = max(0.0, dropped.seconds - alone.seconds)
    writing = synced.seconds - synced.loading - alone.seconds - taking
    return (
        f"connector {alone.seconds:.1f} s, PyAirbyte taking its rows {taking:.1f} s, writing its "
        f"files {writing:.1f} s, the database loading and merging them {synced.loading:.1f} s"
    )


@contextmanager
def _postgres() -> Iterator[Postgres | None]:
    folder = programs()
    if folder is None:
        yield None
        return
    with Postgres(folder) as server:
        yield server


def _alone(bill: Canned, files: Files, config: dict[str, str]) -> Synced:
    found = run(read_command(OURS, files, config, ["bills"]))
    return Synced(bill.rows, found.seconds)


def _synced(bill: Canned, files: Files, config: dict[str, str], database: str) -> Synced:
    result = files.folder / "result.json"
    command = [sys.executable, "-m", "benchmarks.pyairbyte_sync", files.write("config", config)]
    run([*command, database, str(result)], files.folder / "out")
    found = files.read("result")
    if found["rows"] != bill.rows:
        raise ValueError(f"{database}: {found['rows']} of {bill.rows} rows arrived")
    return Synced(int(found["rows"]), found["seconds"], found["loading"])


def _line(name: str, synced: Synced, alone: Synced) -> Line:
    measured = f"{synced.rows / synced.seconds:,.0f} rows/s, {synced.seconds:.1f} s"
    if synced.loading:
        measured += f", {synced.loading:.1f} s of it after the last row"
    ratio = "" if synced is alone else f"{synced.seconds / alone.seconds:.2f} x alone"
    return Line(_PART, f"{synced.rows:,} bills, {name}", measured, ratio)
