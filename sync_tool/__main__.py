"""The command `billcom-sync`. It says what it does before it imports anything that is slow."""

import sys

from sync_tool.arguments import PROGRAM, parse_arguments
from sync_tool.display import prepare_streams, write
from sync_tool.interrupts import Interrupts


def main() -> int:
    """Run the command line and return the exit code; see --help."""
    prepare_streams()
    options = parse_arguments(sys.argv[1:])
    interrupts = Interrupts()
    interrupts.install()
    if not options.quiet:
        write(
            sys.stdout,
            f"{PROGRAM}: BILL into {options.database_name}. Ctrl-C stops it and keeps what was "
            "read.",
        )
    from sync_tool.run import run  # noqa: PLC0415 - imports what is slow

    return run(options, interrupts)


if __name__ == "__main__":
    sys.exit(main())
