"""One stream's part in a sync: the readers it is split into, how far they are, and its state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from source_billcom.ascent import Batch
from source_billcom.cursor import UpdatedTimeCursor
from source_billcom.fields import RowMender
from source_billcom.listing import PAGE_SIZE, UPDATED
from source_billcom.reading import Reader
from source_billcom.settings import parse_time

# what the CDK leaves as the state of a stream without a cursor, so that the platform has one
WHOLE_LIST_STATE: Mapping[str, Any] = {"__ab_no_cursor_state_message": True}


@dataclass
class Part:
    """A reader and how far its rows have been handed on."""

    reader: Reader
    covered: datetime | None = None
    newest: datetime | None = None
    is_done: bool = False

    def handed_on(self, batch: Batch) -> None:
        """Take note of a batch whose rows are all out."""
        times = [
            parse_time(row[UPDATED]) for row in batch.rows if isinstance(row.get(UPDATED), str)
        ]
        known = [moment for moment in (*times, self.newest) if moment is not None]
        self.newest = max(known, default=None)
        if batch.covered is not None and self.newest is not None:
            self.covered = min(batch.covered, self.newest)


@dataclass
class Job:
    """A stream to be read. Only the thread that hands rows on changes it."""

    name: str
    first: Reader
    mender: RowMender
    cursor: UpdatedTimeCursor | None = None
    parts: list[Part] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    rows: int = 0
    rows_since_state: int = 0
    state_at: float = 0.0
    has_started: bool = False

    def __post_init__(self) -> None:
        """Begin with one part."""
        self.parts.append(Part(self.first))

    @property
    def is_over(self) -> bool:
        """Whether every part has been read to its end, or given up."""
        return all(part.is_done for part in tuple(self.parts))

    def split(self, part: Part, reader: Reader) -> Part:
        """Add the part that was split off another, behind it."""
        later = Part(reader)
        self.parts.insert(self.parts.index(part) + 1, later)
        return later

    def take_stock(self) -> None:
        """Tell the cursor up to where all rows are out: parts read ahead count when reached."""
        if self.cursor is None:
            return
        for part in tuple(self.parts):
            if not part.is_done:
                self.cursor.cover(part.covered)
                return
            self.cursor.cover(part.newest)

    def estimate(self) -> int:
        """Estimate how many rows the stream has in this sync; exact once it is over."""
        left = sum(part.reader.pages_left() for part in tuple(self.parts) if not part.is_done)
        return self.rows + round(left * PAGE_SIZE)

    def state(self) -> Mapping[str, Any]:
        """Return the stream's state as it is now."""
        return self.cursor.state if self.cursor else WHOLE_LIST_STATE
