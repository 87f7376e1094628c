"""Bills into databases, by PyAirbyte and by billcom-sync; runs alternate with the connector alone.

`python -m benchmarks.readers.database_syncs plan.json result.json`, in a process of its own. The
plan comes from `parts/end_to_end.py`. Each database of the plan is used once. The import of
PyAirbyte takes longer than a sync, so all its syncs share it. A sync of billcom-sync is a command,
with its start-up.
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
from sync_tool.destinations import open_destination

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.readers.commands import Reader

_STREAM = "bills"
_BILLCOM_SYNC = (sys.executable, "-m", "sync_tool")
Figures = dict[str, float]


def main() -> None:
    """Run the syncs of the plan and write the figures of each."""
    plan_path, result_path = map(Path, sys.argv[1:])
    plan = json.loads(plan_path.read_bytes())
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        files = Files(Path(folder))
        alone = connector(files, plan["config"])
        config = files.write("config", plan["config"])
        source = _source(plan["config"], Path(folder))
        what: dict[str, Callable[[], Figures]] = {
            plan["alone"]: functools.partial(_alone, alone),
        }
        for name, paths in plan["pyairbyte"].items():
            what[name] = functools.partial(_by_pyairbyte, source, iter(paths), plan["rows"])
        for name, databases in plan["billcom_sync"].items():
            what[name] = functools.partial(_by_billcom_sync, config, iter(databases), plan["rows"])
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


def _by_pyairbyte(source: ab.Source, paths: Iterator[str], expected: int) -> Figures:
    """Sync into the next DuckDB file.

    Raises:
        ValueError: the number of rows that arrived is not the expected one.
    """
    path = next(paths)
    cache = open_duckdb(Path(path))
    began = time.monotonic()
    result = source.read(cache=cache)
    seconds = time.monotonic() - began
    _check(path, len(result[_STREAM]), expected)
    return {"seconds": seconds}


def _by_billcom_sync(config: str, databases: Iterator[str], expected: int) -> Figures:
    """Sync into the next database.

    Raises:
        ValueError: the number of rows that arrived is not the expected one.
    """
    database = next(databases)
    options = ["--config", config, "--database", database, "--streams", _STREAM, "--quiet"]
    seconds = run([*_BILLCOM_SYNC, *options]).seconds
    destination = open_destination(database)
    (row,) = destination.query(f"SELECT count(*) AS bills FROM {_STREAM}")  # noqa: S608 - our name
    destination.close()
    _check(destination.name, row["bills"], expected)
    return {"seconds": seconds}


def _check(database: str, rows: int, expected: int) -> None:
    if rows != expected:
        raise ValueError(f"{database}: {rows} of {expected} rows arrived")


if __name__ == "__main__":
    main()
