"""One sync: takes the reader's messages, writes rows, and commits them with their states."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from source_billcom.times import parse_time
from sync_tool.destinations import Destination, State
from sync_tool.display import Display
from sync_tool.interrupts import Interrupts
from sync_tool.messages import (
    Estimate,
    Failure,
    Forbidden,
    Log,
    Message,
    Row,
    StateOf,
    Status,
    parse,
)
from sync_tool.plan import StreamPlan
from sync_tool.progress import Progress, Result
from sync_tool.ranges import CoveredRanges
from sync_tool.reader_process import ReaderProcess

COMMIT_ROWS = 5_000
COMMIT_SECONDS = 5.0
_POLL_SECONDS = 0.25
_RANGES = "ranges"
# an ERROR of the log is also a message of its own
_SHOWN_LEVELS = {"INFO", "WARN"}
_READ = re.compile(r"Read \d+ rows of \w+\.|Still reading .+")
"""Lines of the connector that are not shown, because this program says the same."""


class Sync:
    """Writes what a reader reads into a destination.

    Rows are committed while they arrive, together with the newest states, so that a run that ends
    early has kept nearly everything. A state that arrived covers only rows that arrived before it.
    """

    def __init__(
        self,
        destination: Destination,
        plans: Sequence[StreamPlan],
        covered: CoveredRanges,
        progress: Progress,
        display: Display,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reasons: Mapping[str, str] = {}
        """Why streams were left out."""
        self.failures: list[Failure] = []
        self._destination = destination
        self._plans = {plan.stream.name: plan for plan in plans}
        self._covered = covered
        self._progress = progress
        self._display = display
        self._clock = clock
        self._states: dict[str, State] = {}
        self._rows = 0
        self._is_dirty = False
        self._last_commit = clock()

    def run(self, reader: ReaderProcess, interrupts: Interrupts) -> None:
        """Read until the reader ends, and commit what is left.

        Raises:
            DestinationError: the database failed. What was committed stays.
        """
        reader.send(
            {
                "streams": {name: plan.sync_mode for name, plan in self._plans.items()},
                "states": {name: plan.state for name, plan in self._plans.items() if plan.state},
            }
        )
        while (lines := reader.lines(_POLL_SECONDS)) is not None:
            self.take([message for line in lines if (message := parse(line))])
            self._display.refresh(self._progress)
        code = reader.end()
        if code and not self.failures and interrupts.received is None:
            self._fail(Failure(None, reader.last_words(code)))
        self._end_open_streams(is_interrupted=interrupts.received is not None)
        self._commit()

    def take(self, messages: Sequence[Message]) -> None:
        """Take messages in their order, and commit if enough has come since the last commit."""
        for kind, group in groupby(messages, key=_stream_of_row):
            if kind is not None:
                rows = [message.content for message in group if isinstance(message, Row)]
                self._write(kind, rows)
            else:
                for message in group:
                    self._handle(message)
        is_due = self._clock() - self._last_commit >= COMMIT_SECONDS
        if self._rows >= COMMIT_ROWS or (self._is_dirty and is_due):
            self._commit()

    def _write(self, stream: str, rows: Sequence[bytes]) -> None:
        self._destination.write(stream, rows)
        self._progress.add(stream, len(rows), self._clock())
        self._rows += len(rows)
        self._is_dirty = True

    def _handle(self, message: Message) -> None:
        match message:
            case StateOf():
                self._states[message.stream] = message.state
                self._is_dirty = True
                moment = parse_time(str(message.state.get("updatedTime")))
                if moment:
                    self._progress.streams[message.stream].reached = f"{moment:%Y-%m-%d}"
            case Estimate():
                self._progress.streams[message.stream].estimate = message.rows
            case Status():
                self._note_status(message)
            case Log():
                self._progress.note_log(message.text)
                if message.level in _SHOWN_LEVELS and not _READ.fullmatch(message.text):
                    self._display.info(message.text)
            case Failure():
                self._fail(message)
            case Forbidden():
                self._leave_out(message.reasons)

    def _note_status(self, message: Status) -> None:
        stream = self._progress.streams[message.stream]
        if message.status == "COMPLETE":
            self._complete(message.stream)
        elif message.status == "INCOMPLETE":
            stream.result = Result.FAILED
            self._destination.discard(message.stream)
        else:
            stream.result = Result.READING

    def _complete(self, stream: str) -> None:
        plan = self._plans[stream]
        self._progress.streams[stream].result = Result.COMPLETE
        self._destination.complete(stream)
        self._covered.complete(stream, plan.ranges)
        self._is_dirty = True
        rows = self._progress.streams[stream].rows
        self._display.info(f"{stream}: complete, {rows:,} row{'' if rows == 1 else 's'}")

    def _fail(self, failure: Failure) -> None:
        # the connector's last error only names the streams that failed
        if failure.stream is not None or not self.failures:
            self._display.error("\n".join(filter(None, (failure.text, failure.details))))
        self.failures.append(failure)

    def _leave_out(self, reasons: Mapping[str, str]) -> None:
        """Open the tables of the streams that are read."""
        self.reasons = reasons
        self._progress.waits_for = ""
        for stream, reason in reasons.items():
            self._progress.streams[stream].result = Result.LEFT_OUT
            self._display.info(f"{stream} is left out: {reason}")
        for name, plan in self._plans.items():
            if name not in reasons:
                self._destination.open_table(plan.table)
                if not plan.replaces:
                    self._begin(plan)

    def _begin(self, plan: StreamPlan) -> None:
        """Remember the ranges that are being read, and the state from which that continues.

        Both are committed together. A backfill goes back from the state that the database has, and
        a stream that is interrupted before its first row must go back too when it is continued.
        """
        name = plan.stream.name
        self._covered.begin(name, plan.ranges, is_new=plan.is_first)
        if plan.state is not None:
            self._states[name] = plan.state
            # a first sync without rows must not leave a database behind
            self._is_dirty |= bool(plan.ranges) and not plan.is_first

    def _end_open_streams(self, *, is_interrupted: bool) -> None:
        for stream in self._progress.with_result(Result.READING):
            stream.result = Result.INTERRUPTED if is_interrupted else Result.FAILED
            self._destination.discard(stream.name)

    def _commit(self) -> None:
        """Commit the rows so far with the newest states.

        The state of a table that is replaced is kept back until its rows are all there.
        """
        if self._is_dirty:
            states = {name: state for name, state in self._states.items() if self._is_kept(name)}
            self._destination.save_settings({_RANGES: self._covered.as_json()})
            self._destination.commit(states)
            for name in states:
                del self._states[name]
        self._rows, self._is_dirty, self._last_commit = 0, False, self._clock()

    def _is_kept(self, stream: str) -> bool:
        plan = self._plans[stream]
        if not plan.replaces:
            return True
        is_complete = self._progress.streams[stream].result is Result.COMPLETE
        return is_complete and plan.stream.is_incremental


def covered_ranges(destination: Destination) -> CoveredRanges:
    """Return which records the tables of a database cover."""
    return CoveredRanges(destination.settings().get(_RANGES, {}))


def _stream_of_row(message: Message) -> str | None:
    return message.stream if isinstance(message, Row) else None
