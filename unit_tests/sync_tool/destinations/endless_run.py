"""A run that never ends, to be killed: `python -m ...endless_run DATABASE`."""

from __future__ import annotations

import sys
from itertools import count

from sync_tool.destinations import sql_destination
from unit_tests.sync_tool.destinations.tables import BILLS, lines, opened

ROWS = 100


def main() -> None:
    """Commit 100 rows at a time, with the number of all rows as state, and say so."""
    sql_destination._BUFFERED_ROWS = ROWS // 4
    with opened(sys.argv[1], BILLS) as destination:
        for batch in count(1):
            destination.write("bills", lines(*({"id": f"{batch}-{row}"} for row in range(ROWS))))
            destination.commit({"bills": {"rows": batch * ROWS}})
            sys.stdout.write("committed\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
