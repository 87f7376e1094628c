"""Sync a BILL organization into DuckDB or PostgreSQL, through PyAirbyte and the real connector.

`python -m sync_tool.__main__ --config secrets/config.json --database bill.duckdb`, or
`--database postgresql://user@host/name` with the password in the environment's PGPASSWORD.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import airbyte as ab
from airbyte.caches import CacheBase
from airbyte.exceptions import PyAirbyteError

from demo.report import print_open_payables, print_table
from sync_tool.postgres import open_postgres

CONNECTOR = Path(sys.executable).with_name("source-billcom")
_POSTGRES = ("postgresql://", "postgres://")
SCHEMA = "main"  # DuckDB's default, so that queries need no prefix


@dataclass(frozen=True)
class Synced:
    """What one sync brought: rows and seconds by stream."""

    rows: Mapping[str, int]
    seconds: Mapping[str, float]


def open_source(config: Mapping[str, Any], without: Collection[str] = ()) -> ab.Source:
    """Return the connector of this environment with every stream but those `without` selected.

    Raises:
        PyAirbyteError: the connector's check failed; its sentence is in the error's context.
    """
    source = ab.get_source(
        "source-billcom",
        config=dict(config),
        local_executable=CONNECTOR,
        install_if_missing=False,
    )
    source.check()
    source.select_streams([name for name in source.get_available_streams() if name not in without])
    return source


def what_check_says(config_path: Path) -> str | None:
    """Return the sentence of the connector's check where it has one, as for unreadable streams.

    PyAirbyte passes on nothing of a check that succeeded.
    """
    command = [str(CONNECTOR), "check", "--config", str(config_path)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    for line in output.splitlines():
        message = json.loads(line)
        if message["type"] == "CONNECTION_STATUS":
            sentence: str | None = message["connectionStatus"].get("message")
            return sentence
    return None


def open_cache(database: Path) -> ab.caches.DuckDBCache:
    """Return the DuckDB file as PyAirbyte writes and queries it."""
    return ab.caches.DuckDBCache(
        db_path=database, schema_name=SCHEMA, cache_dir=database.parent / ".cache"
    )


def sync(source: ab.Source, cache: CacheBase) -> Synced:
    """Sync every stream into `cache`: new and changed rows, or all where BILL cannot tell."""
    result = source.read(cache=cache)
    # PyAirbyte shows these figures while it runs and has no public way to ask for them afterwards
    progress = result._progress_tracker  # noqa: SLF001
    ends = progress.stream_read_end_times
    return Synced(
        rows={name: progress.stream_read_counts.get(name, 0) for name in result},
        seconds={
            name: ends[name] - start
            for name, start in progress.stream_read_start_times.items()
            if name in ends
        },
    )


def main() -> int:
    """Run one sync and report it; 1 where it failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--config", type=Path, required=True, help="the connector's configuration")
    parser.add_argument("--database", required=True, help="a DuckDB file or a postgresql:// URL")
    parser.add_argument(
        "--without", default="", help="streams to leave out, such as those the user may not read"
    )
    arguments = parser.parse_args()
    try:
        config = json.loads(arguments.config.read_text())
    except OSError as error:
        return _fail(f"The configuration {arguments.config} cannot be read: {error.strerror}.")
    except ValueError as error:
        return _fail(f"The configuration {arguments.config} is not valid JSON: {error}.")
    with tempfile.TemporaryDirectory(prefix="source-billcom-") as folder:
        try:
            cache = _open(arguments.database, Path(folder))
            if said := what_check_says(arguments.config):
                sys.stdout.write(said + "\n")
            synced = sync(open_source(config, arguments.without.split()), cache)
        except ValueError as error:
            return _fail(str(error))
        except PyAirbyteError as error:
            return _fail(f"The sync failed: {error}")
    print_table(
        ("stream", "rows", "seconds"),
        [(name, rows, f"{synced.seconds.get(name, 0):.1f}") for name, rows in synced.rows.items()],
    )
    print_open_payables(cache.run_sql_query)
    return 0


def _open(database: str, folder: Path) -> CacheBase:
    """Open what the command line names; `folder` is for rows on their way to PostgreSQL.

    Raises:
        ValueError: it cannot be a database.
    """
    if database.startswith(_POSTGRES):
        return open_postgres(database, folder)
    path = Path(database).resolve()
    if path.stem == SCHEMA:
        raise ValueError(f"DuckDB cannot tell a file {path.name} from its own schema: rename it.")
    return open_cache(path)


def _fail(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
