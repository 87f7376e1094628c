"""The command line of billcom-sync. What is wrong in it is refused before anything is read."""

import argparse
import difflib
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn

from sync_tool.streams import declared_streams

PROGRAM = "billcom-sync"
_ADDRESS = re.compile(r"([^:/]*|\[[^]]*\])(:\d*)?(/.*)?")
_EXIT_CODES = """\
exit codes:
  0    complete. Streams that this user may not read were left out and named.
  1    BILL could not be read, or some streams failed. The other streams are in the
       database.
  2    the command line, the configuration or the database cannot be used. What was
       committed before that is kept.
  129, 130, 143
       interrupted by SIGHUP, Ctrl-C or SIGTERM. What was read is kept, and the same
       command continues from there.
"""


@dataclass(frozen=True)
class Options:
    """What the user asked for. `streams` has the names of those to read, in a fixed order."""

    config: str
    database: str
    streams: tuple[str, ...]
    full_refresh: frozenset[str] = frozenset()
    since: date | None = None
    backfill: tuple[date, date] | None = None
    quiet: bool = False

    @property
    def database_name(self) -> str:
        """The database as it may be shown: without the password of its URL."""
        scheme, mark, rest = self.database.partition("://")
        credentials, _, address = rest.rpartition("@")
        if not mark:
            return self.database
        address = address.partition("?")[0]
        # what is not plainly an address may be a part of a password
        is_clear = "?" not in credentials and _ADDRESS.fullmatch(address)
        return scheme + mark + (address if is_clear else "...")


def parse_arguments(arguments: Sequence[str]) -> Options:
    """Parse the command line.

    Raises:
        SystemExit: with code 2 and a message if it is wrong; with 0 after --help or --version.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if "password=" in given.database and "://" not in given.database:
        parser.error("--database must be the path of a DuckDB file or a postgresql:// URL.")
    known = declared_streams()
    chosen = _names(parser, given.streams, known) or frozenset(known)
    chosen -= _names(parser, given.without, known)
    if not chosen:
        parser.error("No stream is left to read.")
    full_refresh = _names(parser, given.full_refresh, known)
    if given.full_refresh == []:
        full_refresh = chosen
    if not full_refresh <= chosen:
        parser.error("--full-refresh names a stream that --streams or --without leaves out.")
    if given.backfill:
        _check_backfill(parser, given, chosen)
        chosen = frozenset(name for name in chosen if known[name].is_incremental)
    if given.since is not None and given.since > _today():
        parser.error(f"--since {given.since} is in the future.")
    return Options(
        config=given.config,
        database=given.database,
        streams=tuple(name for name in known if name in chosen),
        full_refresh=full_refresh,
        since=given.since,
        backfill=tuple(given.backfill) if given.backfill else None,
        quiet=given.quiet,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one message, without the usage."""
        self.exit(2, f"{self.prog}: {message}\n")


class _Version(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        """Print the version. It is looked up only when it is asked for."""
        from importlib.metadata import version  # noqa: PLC0415 - as above

        sys.stdout.write(f"{PROGRAM} {version('source-billcom')}\n")
        sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        PROGRAM,
        description="Sync a BILL organization into DuckDB or PostgreSQL. Run it again to read what "
        "is new or changed.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--config",
        default="secrets/config.json",
        metavar="FILE",
        help="the connector's configuration (default: %(default)s)",
    )
    add(
        "--database",
        default="bill.duckdb",
        help="a DuckDB file or a postgresql:// URL (default: %(default)s)",
    )
    add("--streams", nargs="+", metavar="STREAM", help="read only these streams")
    add("--without", nargs="+", metavar="STREAM", help="leave these streams out")
    add(
        "--since",
        type=_date,
        metavar="DATE",
        help="in the first sync, read records updated since this date (default: anchor_date of the "
        "configuration, or one year ago)",
    )
    add(
        "--full-refresh",
        nargs="*",
        metavar="STREAM",
        help="read these streams whole and replace their tables; without a name, all streams",
    )
    add(
        "--backfill",
        nargs=2,
        type=_date,
        metavar=("FROM", "TO"),
        help="read the records updated from FROM to TO again, both days included, and then what is "
        "new; only for incremental streams",
    )
    add("--quiet", action="store_true", help="print only errors and one final line, for cron")
    add("--version", action=_Version, nargs=0, help="print the version")
    return parser


def _names(
    parser: argparse.ArgumentParser, given: Sequence[str] | None, known: Collection[str]
) -> frozenset[str]:
    """Return the stream names in arguments, which may be separated by spaces or commas."""
    names = [name for part in given or () for name in part.replace(",", " ").split()]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}? " if close else ""
            listed = ", ".join(known)
            parser.error(f"There is no stream named {name}. {hint}The streams are: {listed}.")
    return frozenset(names)


def _check_backfill(
    parser: argparse.ArgumentParser, given: argparse.Namespace, chosen: Collection[str]
) -> None:
    start, end = given.backfill
    if start > end:
        parser.error(f"--backfill {start} {end}: the first date is later than the second.")
    if start > _today():
        parser.error(f"--backfill {start} {end} is in the future.")
    if given.full_refresh is not None or given.since is not None:
        parser.error("--backfill cannot be combined with --full-refresh or --since.")
    known = declared_streams()
    whole = [name for name in chosen if not known[name].is_incremental]
    if len(whole) == len(chosen) or (given.streams and whole):
        parser.error(
            f"--backfill is not for {', '.join(sorted(whole))}: every sync reads "
            f"{'it' if len(whole) == 1 else 'them'} whole."
        )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date. Write it as 2025-01-31."
        ) from None


def _today() -> date:
    return datetime.now(UTC).date()
