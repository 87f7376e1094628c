"""The connector's command with one of its own parts put back to the CDK's, to see what it gains.

`python -m benchmarks.put_back printing read --config ...`: `printing` lets the CDK build, serialize
and print a message for each record.
"""

from __future__ import annotations

import importlib
import sys

PARTS = ("printing",)


def main() -> None:
    """Put one part back, then run the command line that comes after its name."""
    part = sys.argv.pop(1)
    if part not in PARTS:
        sys.exit(f"There is no part {part}: {', '.join(PARTS)}.")
    command = importlib.import_module("source_billcom.cli.run")
    vars(command)["launch"] = importlib.import_module("airbyte_cdk.entrypoint").launch
    command.main()


if __name__ == "__main__":
    main()
