"""How far a run is: rows, rate, range and estimate of each stream, and what it waits for."""

import re
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

_RATE_SECONDS = 10.0
# The connector's own log lines (source_billcom/api/retry.py); a test compares them.
_HOUR = re.compile(r"BILL's hourly call limit is used up\. Waiting until (\d\d:\d\d):\d\d UTC")
_RETRY = re.compile(r"(?:Reading (\w+)|Signing in): .* Retrying in (\d+) s \((\d+) of (\d+)\)\.")
_SLOT = re.compile(r"Other programs are using all three calls")


class Result(StrEnum):
    """What became of a stream."""

    WAITING = "not started"
    READING = "reading"
    COMPLETE = "complete"
    FAILED = "failed"
    LEFT_OUT = "left out"
    INTERRUPTED = "interrupted"


@dataclass
class StreamProgress:
    """One stream. Times are those of a monotonic clock, in seconds."""

    name: str
    result: Result = Result.WAITING
    rows: int = 0
    estimate: int | None = None
    """How many rows the sync may have of this stream, at least `rows`."""
    reached: str = ""
    """The day up to which all rows were read; empty if it is not known."""
    waits_for: str = ""
    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, rows: int, now: float) -> None:
        """Count rows that arrived."""
        if not self._samples:
            self._samples.append((now, 0))
        self.rows += rows
        self.waits_for = ""
        self._samples.append((now, self.rows))
        while now - self._samples[0][0] > _RATE_SECONDS and len(self._samples) > 2:  # noqa: PLR2004
            self._samples.popleft()

    def rate(self, now: float) -> float:
        """Return the rows per second of about the last ten seconds."""
        if not self._samples:
            return 0.0
        then, rows = self._samples[0]
        return (self.rows - rows) / max(now - then, 1.0)

    def seconds_left(self, now: float) -> float | None:
        """Estimate the seconds until the stream ends; None if that is not known."""
        rate = self.rate(now)
        if self.estimate is None or not rate:
            return None
        return max(self.estimate - self.rows, 0) / rate


class Progress:
    """All streams of a run, in the order in which they are listed."""

    def __init__(self, names: tuple[str, ...], began: float) -> None:
        self.streams = {name: StreamProgress(name) for name in names}
        self.began = began
        self.waits_for = "BILL's response to the sign-in"

    @property
    def rows(self) -> int:
        """How many rows arrived."""
        return sum(stream.rows for stream in self.streams.values())

    def with_result(self, *results: Result) -> list[StreamProgress]:
        """Return the streams with one of these results."""
        return [stream for stream in self.streams.values() if stream.result in results]

    def names_with(self, *results: Result) -> list[str]:
        """Return the names of the streams with one of these results."""
        return [stream.name for stream in self.with_result(*results)]

    def add(self, stream: str, rows: int, now: float) -> None:
        """Count rows that arrived. Whatever the run was waiting for is over."""
        self.waits_for = ""
        self.streams[stream].add(rows, now)

    def note_log(self, text: str) -> None:
        """Take from a log line what the run is waiting for."""
        if hour := _HOUR.match(text):
            self.waits_for = f"BILL's hourly limit until {hour[1]} UTC"
        elif _SLOT.match(text):
            self.waits_for = "one of the three calls that BILL allows at once"
        elif retry := _RETRY.match(text):
            waits_for = f"retry {retry[3]} of {retry[4]} in {retry[2]} s"
            stream = self.streams.get(retry[1] or "")
            if stream:
                stream.waits_for = waits_for
            else:
                self.waits_for = waits_for


def as_duration(seconds: float) -> str:
    """Return a duration such as 0:07, 12:30 or 1:05:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
