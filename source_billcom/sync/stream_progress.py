"""One stream's part in a sync: the readers it is split into, how far they are, and its state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from source_billcom.api.query import PAGE_SIZE, UPDATED
from source_billcom.lists.batch import Batch, Bound, TimeRange
from source_billcom.lists.readers import Reader
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.times import parse_time

# what the CDK leaves as the state of a stream without a cursor, so that the platform has one
WHOLE_LIST_STATE: Mapping[str, Any] = {"__ab_no_cursor_state_message": True}


@dataclass
class Part:
    """A reader and how far its rows have been handed on; without one, what an earlier sync read.

    It is over when its reader has ended in any way, and complete when that was the end of its list.
    """

    reader: Reader | None = None
    start: datetime | None = None
    covered: datetime | None = None
    newest: datetime | None = None
    is_over: bool = False
    is_complete: bool = False

    @classmethod
    def read_before(cls, start: datetime, covered: datetime) -> "Part":
        """Return a part that an earlier sync has handed on, which was then cut off."""
        return cls(None, start, covered, covered, is_over=True, is_complete=True)

    def record(self, batch: Batch) -> None:
        """Take note of a batch whose rows are all out."""
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
    """A stream to be read.

    The thread that hands rows on changes it; a reading thread only adds the parts it splits off.
    """

    name: str
    parts: list[Part]
    normalizer: RowNormalizer
    cursor: UpdatedTimeCursor | None = None
    failures: list[BaseException] = field(default_factory=list)
    rows: int = 0
    rows_since_state: int = 0
    state_at: float = 0.0
    has_started: bool = False

    @property
    def is_over(self) -> bool:
        """Whether every part has been read to its end, or given up."""
        return all(part.is_over for part in tuple(self.parts))

    def split(self, part: Part, reader: Reader, start: datetime | None) -> Part:
        """Add the part that was split off another, behind it."""
        later = Part(reader, start)
        self.parts.insert(self.parts.index(part) + 1, later)
        return later

    def update_cursor(self) -> None:
        """Tell the cursor up to where all rows are out, and which are out beyond that."""
        if self.cursor is None:
            return
        parts = tuple(self.parts)
        first_open = next((n for n, part in enumerate(parts) if not part.is_complete), len(parts))
        for part in parts[:first_open]:
            self.cursor.cover(part.newest)
        if first_open < len(parts):
            self.cursor.cover(parts[first_open].covered)
        self.cursor.ahead = _ranges(parts[first_open + 1 :])

    def estimate(self) -> int:
        """Estimate how many rows the stream has in this sync; exact once it is over."""
        readers = [part.reader for part in tuple(self.parts) if part.reader and not part.is_over]
        return self.rows + round(sum(reader.pages_left() for reader in readers) * PAGE_SIZE)

    def state(self) -> Mapping[str, Any]:
        """Return the stream's state as it is now."""
        return self.cursor.state if self.cursor else WHOLE_LIST_STATE


def divided(
    interval: TimeRange, cursor: UpdatedTimeCursor, read: Callable[[datetime, Bound], Reader]
) -> list[Part]:
    """Divide `interval` by what a sync that was cut off has read already; `read` reads the rest."""
    parts: list[Part] = []
    at = interval.start
    for start, covered in cursor.read_before(interval):
        parts.append(Part(read(at, Bound(start, is_included=False)), at))
        parts.append(Part.read_before(start, covered))
        at = covered
    parts.append(Part(read(at, Bound(interval.end)), at))
    return parts


def _ranges(parts: Sequence[Part]) -> list[tuple[datetime, datetime]]:
    """Return the times between which the rows of parts that lie ahead are out, joined."""
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
