"""The main job, shown: a local BILL, the real connector, PyAirbyte, DuckDB.

`make demo` starts a BILL emulator, runs check and discover, syncs all 20 streams into
`demo/bill.duckdb`, changes data in BILL, syncs again incrementally, and exits 0 only if the
database then equals BILL.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from airbyte.exceptions import PyAirbyteError

from bill_emulator.process import Emulator
from demo.changes import Bookkeeper
from demo.compare import differences
from demo.report import Query, print_open_payables, print_table
from sync_tool.__main__ import Synced, open_cache, open_source, sync

_FOLDER = Path(__file__).parent
_DATABASE = _FOLDER / "bill.duckdb"
_STREAMS = 20
_SHOWN_DIFFERENCES = 10
# It is unknown whether a new balance moves the updatedTime of its vendor or customer. If it does
# not, no incremental sync can see it (docs/source-billcom.md, Limitations). In the demo, it does.
_OPTIONS = {"balance_touches_vendor": "true"}


def main() -> int:
    """Run the demo; 0 only if the database equals BILL."""
    _forget_earlier_runs()
    with Emulator(seed=1, scale=1, option=_OPTIONS) as bill:
        _say(f"A local BILL runs at {bill.base_url}.")
        # the first incremental sync goes back one year unless told otherwise
        config = {**bill.config(), "anchor_date": "2000-01-01"}
        try:
            source = open_source(config)
            streams = source.get_available_streams()
            _say(f"check succeeded; discover found {len(streams)} streams.")
            cache = open_cache(_DATABASE)
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
        return _verdict(cache.run_sql_query, {name: bill.data(name) for name in streams})


def _forget_earlier_runs() -> None:
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


def _verdict(query: Query, bill: Mapping[str, list[dict[str, object]]]) -> int:
    problems = [line for name, rows in bill.items() for line in differences(query, name, rows)]
    for line in problems[:_SHOWN_DIFFERENCES]:
        _say(line)
    if problems or len(bill) != _STREAMS:
        _say(f"{_DATABASE.name} differs from BILL in {len(problems)} places.")
        return 1
    _say(f"{len(bill)} streams equal: {_DATABASE} holds what BILL holds.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
