"""What a run says at its end: each stream's rows and ranges, and one final line."""

from collections.abc import Iterable
from datetime import datetime

from sync_tool.progress import Progress, Result, as_duration
from sync_tool.ranges import EARLIEST, CoveredRanges, describe, latest_start
from sync_tool.report import table

_MOST_NAMES = 5


def stream_table(progress: Progress, covered: CoveredRanges) -> str:
    """Return a table with a line for each stream."""
    return table(
        ("stream", "rows read", "database holds", "result"),
        [
            (stream.name, stream.rows, _holds(covered, stream.name), stream.result)
            for stream in progress.streams.values()
        ],
    )


def _holds(covered: CoveredRanges, stream: str) -> str:
    parts = [describe(covered.of(stream))] if covered.of(stream) else []
    if covered.reading(stream):
        parts.append(f"unfinished: {describe(covered.reading(stream))}")
    return "; ".join(parts) or "nothing"


def final_line(
    progress: Progress, database: str, seconds: float, *, is_interrupted: bool, has_failed: bool
) -> str:
    """Say in one line how the run ended, and what to do."""
    rows = f"{progress.rows:,} rows in {as_duration(seconds)}"
    kept = f"{database} keeps what was read. Run the same command again to continue."
    if is_interrupted or (has_failed and not progress.names_with(Result.FAILED)):
        what = "Interrupted" if is_interrupted else "The sync failed"
        return f"{what} after {rows}. {kept}" if progress.rows else f"{what}. Nothing was read."
    complete = len(progress.with_result(Result.COMPLETE))
    left_out = progress.names_with(Result.LEFT_OUT)
    denied = f" Left out, because this user may not read them: {_names(left_out)}."
    also = denied if left_out else ""
    if not has_failed:
        streams = "stream" if complete == 1 else "streams"
        return f"Complete: {complete} {streams}, {rows}, into {database}.{also}"
    return (
        f"Failed: {_names(progress.names_with(Result.FAILED))}. Complete: {complete} of "
        f"{len(progress.streams)} streams, {rows}. {kept}{also}"
    )


def older_records(covered: CoveredRanges, streams: Iterable[str], anchor: datetime) -> str | None:
    """Say which streams lack older records, and which option reads them; None if none does.

    An anchor date counts only in the first sync. If it was set earlier since then, that is said.
    """
    starts = {name: latest_start(covered.of(name)) for name in streams}
    begins = {name: start for name, start in starts.items() if start and start > EARLIEST}
    if not begins:
        return None
    first = max(begins.values())
    # the last day of a backfill is included, so that the ranges overlap
    if anchor < first:
        return (
            f"The anchor date is now {anchor:%Y-%m-%d}, but the first sync began at "
            f"{first:%Y-%m-%d}. To read the records in between, run this once "
            f"with --backfill {anchor:%Y-%m-%d} {first:%Y-%m-%d}."
        )
    return (
        f"Records last updated before {first:%Y-%m-%d} are missing in {_names(begins)}. To read "
        f"them, run this once with --backfill {EARLIEST:%Y-%m-%d} {first:%Y-%m-%d}."
    )


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - _MOST_NAMES
    shown = ", ".join(listed[:_MOST_NAMES])
    return shown if rest <= 0 else f"{shown} and {rest} more"
