"""`make demo`: a local BILL, the real connector, PyAirbyte, DuckDB.

It starts a BILL emulator, runs check and discover, and syncs all streams into `demo/bill.duckdb`.
Then it changes data in BILL, syncs again incrementally, and exits with 0 only if the database
equals BILL.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from airbyte.exceptions import PyAirbyteError

from bill_emulator.process import Emulator
from demo.changes import Bookkeeper
from demo.compare import differences
from sync_tool.databases import open_duckdb
from sync_tool.report import Query, print_open_payables, print_table
from sync_tool.sync import Synced, open_source, sync
from testing.streams import STREAMS

_FOLDER = Path(__file__).parent
_DATABASE = _FOLDER / "bill.duckdb"
_SHOWN_DIFFERENCES = 10
# It is unknown whether a new balance moves the updatedTime of its vendor or customer. If it does
# not, no incremental sync can see it (docs/source-billcom.md, Limitations). In the demo, it does.
_OPTIONS = {"balance_touches_vendor": "true"}


def main() -> int:
    """Run the demo. Return 0 only if the database equals BILL."""
    _delete_earlier_runs()
    with Emulator(seed=1, scale=1, option=_OPTIONS) as bill:
        _say(f"A local BILL is running at {bill.base_url}.")
        # without an anchor date the first incremental sync reaches back one year
        config = {**bill.config(), "anchor_date": "2000-01-01"}
        try:
            source = open_source(config)
            streams = source.get_available_streams()
            _say(f"check succeeded; discover found {len(streams)} streams.")
            cache = open_duckdb(_DATABASE)
            first = sync(source, cache)
            bookkeeper = Bookkeeper(bill.base_url)
            bookkeeper.sign_in(config)
            for line in bookkeeper.work():
                _say(f"In BILL: {line}.")
            second = sync(source, cache)
        except PyAirbyteError as error:
            _say(f"The sync failed: {error}")
            return 1
        _print_streams(first, second)
        print_open_payables(cache.run_sql_query)
        return _compare(cache.run_sql_query, {name: bill.data(name) for name in streams})


def _delete_earlier_runs() -> None:
    _DATABASE.unlink(missing_ok=True)
    _DATABASE.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    shutil.rmtree(_FOLDER / ".cache", ignore_errors=True)


def _print_streams(first: Synced, second: Synced) -> None:
    rows = [
        (name, count, second.rows[name], f"{first.seconds.get(name, 0):.1f}")
        for name, count in first.rows.items()
    ]
    rows.append(("total", sum(first.rows.values()), sum(second.rows.values()), ""))
    print_table(("stream", "rows first sync", "rows second sync", "seconds"), rows)


def _compare(query: Query, bill: Mapping[str, list[dict[str, object]]]) -> int:
    """Compare the database with BILL's rows by stream, say the result, and return the exit code."""
    if bill.keys() != STREAMS.keys():
        _say(f"The sync had {len(bill)} streams; the connector has {len(STREAMS)}.")
        return 1
    problems = [line for name, rows in bill.items() for line in differences(query, name, rows)]
    if problems:
        _say("\n".join(problems[:_SHOWN_DIFFERENCES]))
        _say(f"{_DATABASE.name} differs from BILL in {len(problems)} places.")
        return 1
    _say(f"{len(bill)} streams are equal: {_DATABASE} holds the same rows as BILL.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
