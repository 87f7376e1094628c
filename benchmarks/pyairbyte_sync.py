"""The bills through PyAirbyte, in turns with the connector alone: a process of its own.

PyAirbyte's import wants that, and takes longer than a sync; all syncs share it.
`python -m benchmarks.pyairbyte_sync plan.json result.json`, both as `end_to_end` has them: a
database is a DuckDB file, a postgresql:// URL, or `none` to take the rows from PyAirbyte and drop
them; each is used once.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import sync_tool  # noqa: F401 - sets PyAirbyte's environment before PyAirbyte is imported

# isort: split
import airbyte as ab

from benchmarks.contenders import OURS, Files, connector
from benchmarks.measuring import interleaved, run
from sync_tool.databases import open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.contenders import Contender

_STREAM = "bills"
Figures = dict[str, float]


def main() -> None:
    """Do the syncs of the plan and write the figures of each."""
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
    """Give the connector's command as PyAirbyte wants it: one file."""
    program = folder / "source-billcom"
    program.write_text(f'#!/bin/sh\nexec {" ".join(OURS)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    source = ab.get_source(
        "source-billcom", config=config, local_executable=program, install_if_missing=False
    )
    source.select_streams([_STREAM])
    return source


def _alone(connector: Contender) -> Figures:
    return {"seconds": run(connector.command).seconds}


def _sync(source: ab.Source, databases: Iterator[str], expected: int) -> Figures:
    """Sync into the next database; `loading` are the seconds after the last row was read.

    Raises:
        ValueError: another number of rows than expected arrived.
    """
    database = next(databases)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if database == "none":
            began = time.monotonic()
            # kept by name: PyAirbyte ends the sync where nobody holds the data set any more
            records = source.get_records(_STREAM)
            rows, loading = sum(1 for _ in records), 0.0
            seconds = time.monotonic() - began
        else:
            cache = open_database(database, Path(folder))
            began = time.monotonic()
            progress = source.read(cache=cache)._progress_tracker  # noqa: SLF001 - knows alone
            seconds = time.monotonic() - began
            read = max(progress.stream_read_end_times.values()) - progress.read_start_time
            rows, loading = progress.stream_read_counts[_STREAM], max(0.0, seconds - read)
    if rows != expected:
        raise ValueError(f"{database}: {rows} of {expected} rows arrived")
    return {"seconds": seconds, "loading": loading}


if __name__ == "__main__":
    main()
