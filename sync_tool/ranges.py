"""Ranges of updatedTime: which records a table covers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from source_billcom.times import format_time, parse_time

# The connector's own bound (source_billcom/sync/cursor.py): BILL did not exist yet. A range from
# here holds everything.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Range:
    """From `start` on, up to but not including `end`. Without an end, each sync extends it."""

    start: datetime
    end: datetime | None = None


EVERYTHING = Range(EARLIEST)

Ranges = tuple[Range, ...]


def joined(ranges: Iterable[Range]) -> Ranges:
    """Return the same records as ranges that are in order and neither overlap nor touch."""
    result: list[Range] = []
    for each in sorted(ranges, key=lambda one: one.start):
        last = result[-1] if result else None
        if last is None or (last.end is not None and last.end < each.start):
            result.append(each)
        elif last.end is not None:
            result[-1] = Range(last.start, max(last.end, each.end) if each.end else None)
    return tuple(result)


def without(ranges: Iterable[Range], removed: Range) -> Ranges:
    """Return the parts of bounded `ranges` that lie outside `removed`."""
    result: list[Range] = []
    for each in ranges:
        before = min(each.end or removed.start, removed.start)
        if each.start < before:
            result.append(Range(each.start, before))
        if removed.end is not None and each.end is not None:
            after = max(each.start, removed.end)
            if after < each.end:
                result.append(Range(after, each.end))
    return tuple(result)


def latest_start(ranges: Sequence[Range]) -> datetime | None:
    """Return where the range that every sync extends begins; None if there is none."""
    return next((each.start for each in joined(ranges) if each.end is None), None)


def describe(ranges: Iterable[Range]) -> str:
    """Say what the ranges hold, such as `all` or `since 2025-11-26`."""
    parts = []
    for each in joined(ranges):
        if each.end is not None:
            last_day = each.end - timedelta(microseconds=1)
            parts.append(f"{each.start:%Y-%m-%d} to {last_day:%Y-%m-%d}")
        elif each.start <= EARLIEST:
            return "all"
        else:
            parts.append(f"since {each.start:%Y-%m-%d}")
    return ", ".join(parts) or "nothing"


def as_json(ranges: Iterable[Range]) -> list[list[str | None]]:
    """Return ranges as JSON values."""
    return [
        [format_time(each.start), format_time(each.end) if each.end else None] for each in ranges
    ]


def from_json(value: Iterable[Sequence[Any]]) -> Ranges:
    """Read what `as_json` wrote."""
    return tuple(Range(_time(start), _time(end) if end else None) for start, end in value)


def _time(text: str) -> datetime:
    moment = parse_time(text)
    if moment is None:
        raise ValueError(f"not a time: {text!r}")
    return moment


class CoveredRanges:
    """What each table covers, and which ranges are being read into it. Kept in the database.

    A range counts as covered once its stream was read completely. Until then it is remembered, so
    that a later run that continues from the stream's state knows what it completes.
    """

    def __init__(self, saved: Mapping[str, Mapping[str, Any]]) -> None:
        self._read = {name: from_json(each["read"]) for name, each in saved.items()}
        self._reading = {name: from_json(each["reading"]) for name, each in saved.items()}

    def of(self, stream: str) -> Ranges:
        """Return what the stream's table covers."""
        return self._read.get(stream, ())

    def reading(self, stream: str) -> Ranges:
        """Return what an earlier run began to read and did not complete."""
        return self._reading.get(stream, ())

    def begin(self, stream: str, ranges: Ranges, *, is_new: bool) -> None:
        """Remember that these ranges are being read; a new stream covers nothing yet."""
        self._reading[stream] = ranges
        if is_new:
            self._read.pop(stream, None)

    def complete(self, stream: str, ranges: Ranges) -> None:
        """Record that these ranges were read completely, and nothing else is being read."""
        self._read[stream] = joined((*self.of(stream), *ranges))
        self._reading.pop(stream, None)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {
            name: {"read": as_json(self.of(name)), "reading": as_json(self.reading(name))}
            for name in sorted({*self._read, *self._reading})
        }
