"""Into a database: rows a second through PyAirbyte into DuckDB and PostgreSQL, and where they go.

The same bills in four ways, in turns: the connector alone, PyAirbyte dropping what it takes,
DuckDB, PostgreSQL. What one takes longer than the one before it in the same round is what the step
between them costs.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canned_bill.process import Canned
from benchmarks.measuring import median, run
from benchmarks.readers.commands import Files
from benchmarks.report import Line, Part
from testing.postgres import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS = 20_000
_ROUNDS = 3
_PART = "end to end"
_ALONE, _DROPPED = "the connector alone", "PyAirbyte, rows dropped"
_DUCKDB, _POSTGRES = "PyAirbyte into DuckDB", "PyAirbyte into PostgreSQL"


@dataclass(frozen=True)
class Synced:
    """One sync: seconds in all, and those after the last row was read."""

    seconds: float
    loading: float = 0.0


def measure(rows: int = ROWS, rounds: int = _ROUNDS) -> Part:
    """Sync into everything there is on this machine, each time into a new database.

    A first round compiles what it imports, which the median leaves out.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, _postgres() as server:
        databases = {
            _DROPPED: ["none"] * rounds,
            _DUCKDB: [f"{folder}/bill_{number}.duckdb" for number in range(rounds)],
        }
        if server is not None:
            names = [f"benchmark_{number}" for number in range(rounds)]
            databases[_POSTGRES] = [server.create_database(name) for name in names]
        found = _synced(Files(Path(folder)), rows, rounds, databases)
    lines = [_line(name, rows, syncs, found[_ALONE]) for name, syncs in found.items()]
    lines += [
        Line(_PART, f"a sync by {name}", _steps(found[_ALONE], found[_DROPPED], found[name]))
        for name in (_DUCKDB, _POSTGRES)
        if name in found
    ]
    if server is None:
        lines.append(Line(_PART, _POSTGRES, "there is none on this machine"))
    return Part(tuple(lines))


def _synced(
    files: Files, rows: int, rounds: int, databases: dict[str, list[str]]
) -> dict[str, list[Synced]]:
    """Give the syncs of each way, one a round."""
    with Canned(rows) as bill:
        plan = {
            "config": bill.config(),
            "rows": rows,
            "rounds": rounds,
            "alone": _ALONE,
            "databases": databases,
        }
        result = str(files.folder / "result.json")
        program = [sys.executable, "-m", "benchmarks.readers.pyairbyte_sync"]
        run([*program, files.write("plan", plan), result], files.folder / "out")
    found = files.read("result")
    return {name: [Synced(**sync) for sync in syncs] for name, syncs in found.items()}


@contextmanager
def _postgres() -> Iterator[Postgres | None]:
    folder = programs()
    if folder is None:
        yield None
        return
    with Postgres(folder) as server:
        yield server


def _line(name: str, rows: int, syncs: Sequence[Synced], alone: Sequence[Synced]) -> Line:
    seconds, loading = _seconds(syncs), median([sync.loading for sync in syncs])
    measured = f"{rows / seconds:,.0f} rows/s, {seconds:.1f} s"
    if loading:
        measured += f", {loading:.1f} s of it after the last row"
    ratio = "" if syncs is alone else f"{seconds / _seconds(alone):.2f} x alone"
    return Line(_PART, f"{rows:,} bills, {name}, median of {len(syncs)}", measured, ratio)


def _seconds(syncs: Sequence[Synced]) -> float:
    return median([sync.seconds for sync in syncs])


def _steps(alone: Sequence[Synced], dropped: Sequence[Synced], syncs: Sequence[Synced]) -> str:
    """Say where a sync's time goes: what it has more than the one with less to do, by rounds.

    A difference below nothing is noise, and shows how much of it there is.
    """
    rounds = list(zip(alone, dropped, syncs, strict=True))
    taking = _difference([without.seconds - bare.seconds for bare, without, _ in rounds])
    writing = _difference(
        [sync.seconds - sync.loading - without.seconds for _, without, sync in rounds]
    )
    loading = median([sync.loading for sync in syncs])
    return (
        f"connector {_seconds(alone):.1f} s, PyAirbyte taking its rows {taking}, writing its "
        f"files {writing}, the database loading and merging them {loading:.1f} s"
    )


def _difference(seconds: Sequence[float]) -> str:
    return f"{median(seconds):z.1f} s ({min(seconds):z.1f} to {max(seconds):z.1f})"
