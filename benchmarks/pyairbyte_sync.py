"""One sync of the bills through PyAirbyte, in a process of its own, which its import needs.

`python -m benchmarks.pyairbyte_sync config.json database result.json`; `database` is a DuckDB file,
a postgresql:// URL, or `none` to take the rows from PyAirbyte and drop them.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import demo  # noqa: F401 - sets PyAirbyte's environment, so before it

# isort: split
import airbyte as ab

from benchmarks.contenders import OURS
from demo.postgres import open_postgres
from demo.sync import open_cache

_STREAM = "bills"


def main() -> None:
    """Sync once and write rows, seconds of reading and seconds of loading."""
    config_path, database, result_path = sys.argv[1:]
    config = json.loads(Path(config_path).read_bytes())
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        found = _sync(_source(config, Path(folder)), database, Path(folder))
    Path(result_path).write_text(json.dumps(found), encoding="utf-8")


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


def _sync(source: ab.Source, database: str, folder: Path) -> dict[str, float]:
    if database == "none":
        began = time.monotonic()
        # kept by name: PyAirbyte ends the sync where nobody holds the data set any more
        records = source.get_records(_STREAM)
        rows = sum(1 for _ in records)
        return {"rows": rows, "seconds": time.monotonic() - began, "loading": 0.0}
    cache = (
        open_postgres(database, folder)
        if database.startswith("postgresql://")
        else open_cache(Path(database))
    )
    began = time.monotonic()
    result = source.read(cache=cache)
    seconds = time.monotonic() - began
    progress = result._progress_tracker  # noqa: SLF001 - the only one who knows
    ends = progress.stream_read_end_times.values()
    read = max(ends, default=time.time()) - progress.read_start_time
    rows = progress.stream_read_counts[_STREAM]
    return {"rows": rows, "seconds": seconds, "loading": max(0.0, seconds - read)}


if __name__ == "__main__":
    main()
