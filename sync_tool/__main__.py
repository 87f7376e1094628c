"""Sync a BILL organization into DuckDB or PostgreSQL.

`python -m sync_tool --config secrets/config.json --database bill.duckdb`, or
`--database postgresql://user@host/name` with the password in the environment variable PGPASSWORD.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from airbyte.exceptions import PyAirbyteError

from sync_tool.databases import open_database
from sync_tool.report import print_open_payables, print_table
from sync_tool.sync import check_message, open_source, sync


def main() -> int:
    """Run one sync and print what it read. Return 1 if it failed."""
    arguments = _parse_arguments()
    config_path: Path = arguments.config
    try:
        config = json.loads(config_path.read_text(encoding="utf-8"))
    except OSError as error:
        return _fail(f"Cannot read the configuration file {config_path}: {error.strerror}.")
    except ValueError as error:
        return _fail(f"The configuration file {config_path} is not valid JSON: {error}.")
    with tempfile.TemporaryDirectory(prefix="source-billcom-") as folder:
        try:
            cache = open_database(arguments.database, Path(folder))
            if message := check_message(config_path):
                sys.stdout.write(message + "\n")
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


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "sync_tool", description="Sync a BILL organization into DuckDB or PostgreSQL."
    )
    parser.add_argument("--config", type=Path, required=True, help="the connector's configuration")
    parser.add_argument("--database", required=True, help="a DuckDB file or a postgresql:// URL")
    parser.add_argument(
        "--without", default="", help="streams to leave out, such as those the user may not read"
    )
    return parser.parse_args()


def _fail(message: str) -> int:
    sys.stderr.write(message + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
