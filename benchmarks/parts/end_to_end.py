"""Rows per second through PyAirbyte into DuckDB and PostgreSQL, and where the time goes.

The same bills are read in four ways that alternate: by the connector alone, through PyAirbyte which
drops the rows, into DuckDB, and into PostgreSQL. The difference between two of them in the same
round is the cost of the step that only one of them has.
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
from testing.postgres_server import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS = 20_000
_ROUNDS = 3
_PART = "end to end"
_ALONE, _DROPPED = "the connector alone", "PyAirbyte, rows dropped"
_DUCKDB, _POSTGRES = "PyAirbyte into DuckDB", "PyAirbyte into PostgreSQL"


@dataclass(frozen=True)
class Synced:
    """One sync: the seconds of all of it, and of `loading`, after the last row was read."""

    seconds: float
    loading: float = 0.0


def measure(rows: int = ROWS, rounds: int = _ROUNDS) -> Part:
    """Sync into DuckDB, and into PostgreSQL if this machine has it. Each sync has a new database.

    In the first round Python compiles imported modules. The median is not affected by it.
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
        lines.append(Line(_PART, _POSTGRES, "not installed on this machine"))
    return Part(tuple(lines))


def _synced(
    files: Files, rows: int, rounds: int, databases: dict[str, list[str]]
) -> dict[str, list[Synced]]:
    """Return the syncs of each way, one for each round."""
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
        measured += f", of which {loading:.1f} s after the last row"
    ratio = "" if syncs is alone else f"{seconds / _seconds(alone):.2f} x alone"
    return Line(_PART, f"{rows:,} bills, {name}, median of {len(syncs)}", measured, ratio)


def _seconds(syncs: Sequence[Synced]) -> float:
    return median([sync.seconds for sync in syncs])


def _steps(alone: Sequence[Synced], dropped: Sequence[Synced], syncs: Sequence[Synced]) -> str:
    """Write where a sync's time goes, from differences within each round.

    A negative difference is noise, and shows how much noise there is.
    """
    rounds = list(zip(alone, dropped, syncs, strict=True))
    taking = _difference([without.seconds - bare.seconds for bare, without, _ in rounds])
    writing = _difference(
        [sync.seconds - sync.loading - without.seconds for _, without, sync in rounds]
    )
    loading = median([sync.loading for sync in syncs])
    return (
        f"connector {_seconds(alone):.1f} s, PyAirbyte reading its rows {taking}, writing "
        f"files {writing}, the database loading and merging {loading:.1f} s"
    )


def _difference(seconds: Sequence[float]) -> str:
    return f"{median(seconds):z.1f} s ({min(seconds):z.1f} to {max(seconds):z.1f})"
