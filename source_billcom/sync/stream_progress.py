"""The progress of one stream in a sync: its parts, how far each was read, and its state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from source_billcom.api.query import PAGE_SIZE, UPDATED
from source_billcom.lists.batch import Batch, Bound, Reader, TimeRange
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.times import parse_time

# the state that the CDK gives a stream without a cursor, because the platform wants one
NO_CURSOR_STATE: Mapping[str, Any] = {"__ab_no_cursor_state_message": True}


@dataclass
class Part:
    """A time range of a list (or all of it), its reader, and how far its rows were emitted.

    `covered` is the time up to which every row of the part was emitted; `newest` is the newest
    updatedTime among the emitted rows. A part has ended when its reader stopped for any reason. It
    is complete when the reader reached the end. A part without a reader was read by an earlier
    sync.
    """

    reader: Reader | None = None
    start: datetime | None = None
    covered: datetime | None = None
    newest: datetime | None = None
    has_ended: bool = False
    is_complete: bool = False

    @classmethod
    def already_read(cls, start: datetime, end: datetime) -> "Part":
        """Return a part that an earlier sync has read."""
        return cls(None, start, end, end, has_ended=True, is_complete=True)

    def record(self, batch: Batch) -> None:
        """Record that all rows of `batch` were emitted."""
        times = [batch.newest]
        if batch.newest is None:
            texts = (row.get(UPDATED) for row in batch.rows)
            times = [parse_time(text) for text in texts if isinstance(text, str)]
        known = [moment for moment in (*times, self.newest) if moment is not None]
        self.newest = max(known, default=None)
        if batch.covered is not None and self.newest is not None:
            self.covered = min(batch.covered, self.newest)


@dataclass
class StreamProgress:
    """One stream of a sync, with its parts in the order of time.

    `range_line` is logged when the stream starts; it is empty if the stream cannot be read.
    Only the thread that emits rows changes it, except that a reader thread may insert a part that
    it split off.
    """

    name: str
    parts: list[Part]
    normalizer: RowNormalizer
    cursor: UpdatedTimeCursor | None = None
    range_line: str = ""
    failures: list[BaseException] = field(default_factory=list)
    rows: int = 0
    rows_since_checkpoint: int = 0
    last_checkpoint: float = 0.0
    has_started: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether every part has ended, completely or not."""
        return all(part.has_ended for part in tuple(self.parts))

    def insert_after(self, part: Part, reader: Reader, start: datetime | None) -> Part:
        """Insert a part for `reader`, which was split off the reader of `part`, and return it."""
        later = Part(reader, start)
        self.parts.insert(self.parts.index(part) + 1, later)
        return later

    def update_cursor(self) -> None:
        """Tell the cursor up to which time all rows were emitted, and which ranges beyond that."""
        if self.cursor is None:
            return
        parts = tuple(self.parts)
        complete = next((n for n, part in enumerate(parts) if not part.is_complete), len(parts))
        for part in parts[:complete]:
            self.cursor.advance(part.newest)
        if complete < len(parts):
            self.cursor.advance(parts[complete].covered)
        self.cursor.read_ahead = _emitted_ranges(parts[complete + 1 :])

    def estimate(self) -> int:
        """Estimate the number of rows of the stream in this sync. It is exact at the end."""
        readers = [part.reader for part in tuple(self.parts) if part.reader and not part.has_ended]
        return self.rows + round(sum(reader.pages_left() for reader in readers) * PAGE_SIZE)

    def state(self) -> Mapping[str, Any]:
        """Return the current state of the stream."""
        return self.cursor.state if self.cursor else NO_CURSOR_STATE


def parts_of(
    interval: TimeRange, cursor: UpdatedTimeCursor, make_reader: Callable[[datetime, Bound], Reader]
) -> list[Part]:
    """Return the parts of `interval`: the ranges an earlier sync read ahead, and those between."""
    parts: list[Part] = []
    unread_from = interval.start
    for start, end in cursor.already_read(interval):
        reader = make_reader(unread_from, Bound(start, is_included=False))
        parts += Part(reader, unread_from), Part.already_read(start, end)
        unread_from = end
    parts.append(Part(make_reader(unread_from, Bound(interval.end)), unread_from))
    return parts


def _emitted_ranges(parts: Sequence[Part]) -> list[tuple[datetime, datetime]]:
    """Return the time ranges whose rows these parts have emitted. Adjacent ranges are joined."""
    ranges: list[tuple[datetime, datetime]] = []
    for part, following in zip_longest(parts, parts[1:]):
        end = following.start if part.is_complete and following else part.covered
        if part.start is None or end is None or end <= part.start:
            continue
        if ranges and ranges[-1][1] == part.start:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((part.start, end))
    return ranges
