"""What all readers of a list share: bounds and ranges of time, batches of rows, and `Reader`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from source_billcom.api.query import UPDATED, Row, time_condition


@dataclass(frozen=True)
class Bound:
    """An upper bound of a time, inclusive or exclusive."""

    moment: datetime
    is_included: bool = True

    def admits(self, moment: datetime) -> bool:
        """Tell whether a time is within the bound."""
        return moment < self.moment or (self.is_included and moment == self.moment)

    def condition(self, field: str) -> str:
        """Write the bound in BILL's filter grammar."""
        return time_condition(field, "lte" if self.is_included else "lt", self.moment)


@dataclass(frozen=True)
class TimeRange:
    """A range of updatedTime. Both ends are included."""

    start: datetime
    end: datetime

    def as_filters(self) -> tuple[str, str]:
        """Write the range as two conditions of BILL's filter grammar."""
        return (
            time_condition(UPDATED, "gte", self.start),
            time_condition(UPDATED, "lte", self.end),
        )


@dataclass(frozen=True)
class Batch:
    """Rows to pass on.

    With this batch, every row up to the time `covered` has been passed on; None if that is not
    known. `newest` is the latest updatedTime among the rows if the reader knows it, else None.
    """

    rows: list[Row]
    covered: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class ResumePoint:
    """How far a list has been read in ascending order of a time.

    Every row before `resume_from` has been read, and of the rows at that time those with the ids in
    `seen`. None means that the list is read from its beginning.
    """

    resume_from: datetime | None = None
    seen: frozenset[str] = frozenset()

    def after(self, rows: list[Row], times: list[datetime]) -> "ResumePoint":
        """Return the point after a page of `rows` with these ascending `times`."""
        newest = times[-1]
        ids = {row["id"] for row, moment in zip(rows, times, strict=True) if moment == newest}
        if self.resume_from is not None and newest <= self.resume_from:
            ids |= self.seen
        return ResumePoint(newest, frozenset(ids))

    def is_new(self, row: Row, moment: datetime) -> bool:
        """Tell whether a row with the time `moment` has not been read yet."""
        is_later = self.resume_from is None or moment > self.resume_from
        return is_later or row["id"] not in self.seen


class Reader(Protocol):
    """Reads a list, or a part of one."""

    def __iter__(self) -> Iterator[Batch]: ...

    def pages_left(self) -> float:
        """Estimate how many pages are left; 0 if that is unknown or nothing can be split off."""

    def split(self) -> "PartReader | None":
        """Give up the later half of what is left; None if that would not pay."""


class PartReader(Reader, Protocol):
    """Reads the part of a list that was split off another reader."""

    @property
    def start(self) -> datetime | None:
        """The time at which the part begins; None for the beginning of the list."""
