"""The query of a list request: its path, sort order and filters."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from source_billcom.times import format_time

# `max` must be 1 to 100; BILL refuses other values [LIVE MJ]. Its default is documented as
# 20 and as 100 [CONTRA], so every request sends it.
PAGE_SIZE = 100
UPDATED = "updatedTime"
CREATED = "createdTime"

Row = dict[str, Any]
"""One object of a list, as BILL sends it. Its `id` is always a string that is not empty."""


def time_condition(field: str, operator: str, moment: datetime) -> str:
    """Write a condition on a time in BILL's filter grammar, such as `updatedTime:gte:"..."`.

    The time is in quotes, as in BILL's documentation [DOC].
    """
    return f'{field}:{operator}:"{format_time(moment)}"'


@dataclass(frozen=True)
class ListQuery:
    """What a request asks of a list.

    `path` is below the base URL. All `filters` must hold (AND). `extra` holds parameters that are
    left out if BILL refuses them.
    """

    stream: str
    path: str
    sort: str | None = None
    filters: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    def where(self, *conditions: str) -> "ListQuery":
        """Return the query with more conditions."""
        return replace(self, filters=(*self.filters, *conditions))

    def ascending(self, field: str) -> "ListQuery":
        """Return the query sorted by `field`, lowest first."""
        return replace(self, sort=f"{field}:asc")

    def descending(self, field: str) -> "ListQuery":
        """Return the query sorted by `field`, highest first."""
        return replace(self, sort=f"{field}:desc")

    @property
    def activity(self) -> str:
        """What the connector is doing, in the user's words: "reading bills"."""
        return f"reading {self.stream}"

    def params(self) -> dict[str, str]:
        """Return sort order and filters as query parameters."""
        params = {"sort": self.sort} if self.sort else {}
        return {**params, "filters": ",".join(self.filters)} if self.filters else params
