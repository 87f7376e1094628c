"""Runs billcom-sync: opens the database, plans, reads, and reports."""

import sys
import time
from datetime import datetime

from sync_tool.arguments import Options
from sync_tool.destinations import Destination, DestinationError, open_destination
from sync_tool.destinations.owner import claim
from sync_tool.display import open_display, write
from sync_tool.interrupts import Interrupts
from sync_tool.messages import Failure, Ready, parse
from sync_tool.plan import PlanError, plan_streams
from sync_tool.progress import Progress, Result
from sync_tool.ranges import CoveredRanges
from sync_tool.reader_process import ReaderProcess
from sync_tool.report import open_payables
from sync_tool.summary import final_line, older_records, stream_table
from sync_tool.sync import Sync, covered_ranges

COMPLETE, FAILED, UNUSABLE = 0, 1, 2
_POLL_SECONDS = 0.25


def run(options: Options, interrupts: Interrupts) -> int:
    """Run one sync and return the exit code."""
    # the reader takes seconds to start, while the database is opened
    with ReaderProcess(options.config, options.since) as reader:
        interrupts.pass_on(reader.stop, reader.kill)
        try:
            destination = open_destination(options.database)
        except DestinationError as error:
            write(sys.stderr, str(error))
            return UNUSABLE
        try:
            return _run(options, interrupts, reader, destination)
        except (DestinationError, PlanError) as error:
            write(sys.stderr, str(error))
            return UNUSABLE
        finally:
            destination.close()


def _run(
    options: Options, interrupts: Interrupts, reader: ReaderProcess, destination: Destination
) -> int:
    began = time.monotonic()
    ready = _wait_until_ready(reader)
    if interrupts.received is not None:
        write(sys.stdout, "Interrupted. Nothing was read.")
        return interrupts.exit_code
    if not isinstance(ready, Ready):
        write(sys.stderr, ready.text if ready else reader.last_words(reader.end()))
        return UNUSABLE
    claim(destination, ready.organization_id)
    covered = covered_ranges(destination)
    plans = plan_streams(options, destination.states(), covered, ready.start)
    planned = tuple(plan.stream.name for plan in plans)
    progress = Progress(planned, began)
    display = open_display(quiet=options.quiet)
    for name in options.streams:
        if name not in planned:
            display.info(f"{name} is not backfilled, because the database has no sync of it.")
    display.info(f"Signing in to BILL, and trying each stream: {len(plans)} in all.")
    try:
        sync = Sync(destination, plans, covered, progress, display)
        sync.run(reader, interrupts)
    finally:
        display.close()
    if not options.quiet:
        _report(options, destination, covered, progress, ready.start.anchor)
    is_interrupted, has_failed = interrupts.received is not None, bool(sync.failures)
    line = final_line(
        progress,
        destination.name,
        time.monotonic() - began,
        is_interrupted=is_interrupted,
        has_failed=has_failed,
    )
    write(sys.stderr if has_failed and not is_interrupted else sys.stdout, line)
    if is_interrupted:
        return interrupts.exit_code
    return FAILED if has_failed else COMPLETE


def _wait_until_ready(reader: ReaderProcess) -> Ready | Failure | None:
    """Wait until the reader has read the configuration; None if it ends without a word."""
    while (lines := reader.lines(_POLL_SECONDS)) is not None:
        for message in filter(None, map(parse, lines)):
            if isinstance(message, Ready | Failure):
                return message
    return None


def _report(
    options: Options,
    destination: Destination,
    covered: CoveredRanges,
    progress: Progress,
    anchor: datetime,
) -> None:
    """Print the table of streams, the open payables, and what is missing."""
    if not progress.with_result(Result.COMPLETE, Result.READING, Result.INTERRUPTED, Result.FAILED):
        return  # the sign-in failed
    write(sys.stdout, f"\n{stream_table(progress, covered)}\n")
    bills = progress.streams.get("bills")
    if bills and bills.result is Result.COMPLETE:
        payables = open_payables(destination.query, covered.of("bills"))
        write(sys.stdout, f"{payables}\n")
    older = older_records(covered, options.streams, anchor)
    if older:
        write(sys.stdout, older)
