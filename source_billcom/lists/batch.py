"""Values that the readers of a list share: ranges and bounds of time, and batches of rows."""

from dataclasses import dataclass
from datetime import datetime

from source_billcom.api.query import UPDATED, Row, time_condition


@dataclass(frozen=True)
class Bound:
    """An upper bound of a time, itself included or not."""

    moment: datetime
    is_included: bool = True

    def admits(self, moment: datetime) -> bool:
        """Tell whether a time lies within the bound."""
        return moment < self.moment or (self.is_included and moment == self.moment)

    def condition(self, field: str) -> str:
        """Write the bound in BILL's filter grammar."""
        return time_condition(field, "lte" if self.is_included else "lt", self.moment)


@dataclass(frozen=True)
class Batch:
    """Rows to hand on. After them, every row up to `covered` is; None where that is not known.

    `newest` is the latest updatedTime of the rows, where that is known without looking.
    """

    rows: list[Row]
    covered: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True)
class TimeRange:
    """An interval of updatedTime, both ends included."""

    start: datetime
    end: datetime

    def as_filters(self) -> tuple[str, str]:
        """Write it as two conditions of BILL's filter grammar."""
        return time_condition(UPDATED, "gte", self.start), time_condition(UPDATED, "lte", self.end)
