"""Bills through PyAirbyte; runs alternate with the connector alone.

`python -m benchmarks.readers.pyairbyte_sync plan.json result.json`, in a process of its own. The
import of PyAirbyte takes longer than a sync, so all syncs share it. The plan comes from
`parts/end_to_end.py`. A database of the plan is a DuckDB file, a postgresql:// URL, or `none`,
which takes the rows from PyAirbyte and drops them. Each database is used once.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from testing.pyairbyte import open_duckdb  # before PyAirbyte, whose environment it sets

# isort: split
import airbyte as ab

from benchmarks.measuring import interleaved, run
from benchmarks.readers.commands import OURS, Files, connector
from benchmarks.readers.pyairbyte_postgres import open_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airbyte.caches import CacheBase

    from benchmarks.readers.commands import Reader

_STREAM = "bills"
Figures = dict[str, float]


def main() -> None:
    """Run the syncs of the plan and write the figures of each."""
    plan_path, result_path = map(Path, sys.argv[1:])
    plan = json.loads(plan_path.read_bytes())
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        alone = connector(Files(Path(folder)), plan["config"])
        source = _source(plan["config"], Path(folder))
        what: dict[str, Callable[[], Figures]] = {
            plan["alone"]: functools.partial(_alone, alone),
            **{
                name: functools.partial(_sync, source, iter(databases), plan["rows"])
                for name, databases in plan["databases"].items()
            },
        }
        found = interleaved(plan["rounds"], what)
    result_path.write_text(json.dumps(found), encoding="utf-8")


def _source(config: dict[str, str], folder: Path) -> ab.Source:
    """Return the connector as a PyAirbyte source. PyAirbyte needs its command as one file."""
    program = folder / "source-billcom"
    program.write_text(f'#!/bin/sh\nexec {" ".join(OURS)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    source = ab.get_source(
        "source-billcom", config=config, local_executable=program, install_if_missing=False
    )
    source.select_streams([_STREAM])
    return source


def _alone(connector: Reader) -> Figures:
    return {"seconds": run(connector.command).seconds}


def _sync(source: ab.Source, databases: Iterator[str], expected: int) -> Figures:
    """Sync into the next database. `loading` is the number of seconds after the last row was read.

    Raises:
        ValueError: the number of rows that arrived is not the expected one.
    """
    database = next(databases)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if database == "none":
            began = time.monotonic()
            # the name keeps the data set alive: without it PyAirbyte ends the sync
            records = source.get_records(_STREAM)
            rows, loading = sum(1 for _ in records), 0.0
            seconds = time.monotonic() - began
        else:
            cache = _open(database, Path(folder))
            began = time.monotonic()
            progress = source.read(cache=cache)._progress_tracker  # noqa: SLF001 - has no public form
            seconds = time.monotonic() - began
            read = max(progress.stream_read_end_times.values()) - progress.read_start_time
            rows, loading = progress.stream_read_counts[_STREAM], max(0.0, seconds - read)
    if rows != expected:
        raise ValueError(f"{database}: {rows} of {expected} rows arrived")
    return {"seconds": seconds, "loading": loading}


def _open(database: str, folder: Path) -> CacheBase:
    is_url = database.startswith("postgresql://")
    return open_postgres(database, folder) if is_url else open_duckdb(Path(database))


if __name__ == "__main__":
    main()
