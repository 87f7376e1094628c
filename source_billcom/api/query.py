"""What is asked of one of BILL's lists: path, order and filters."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from source_billcom.times import format_time

# 1 to 100; more or less is refused [LIVE 2026-08-13]. The default is documented as 20 and as 100
# [CONTRA], so it is always sent.
PAGE_SIZE = 100
UPDATED = "updatedTime"
CREATED = "createdTime"

Row = dict[str, Any]


def time_condition(field: str, operator: str, moment: datetime) -> str:
    """Write a condition on a time in BILL's filter grammar, quoted as its documentation does."""
    return f'{field}:{operator}:"{format_time(moment)}"'


@dataclass(frozen=True)
class ListQuery:
    """What is asked of a list: its path under the base URL, its order and its filters, all AND.

    `extra` are more parameters, which are left out where BILL refuses them.
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
        """Return the query in ascending order of `field`."""
        return replace(self, sort=f"{field}:asc")

    def descending(self, field: str) -> "ListQuery":
        """Return the query in descending order of `field`."""
        return replace(self, sort=f"{field}:desc")

    @property
    def what(self) -> str:
        """What is being done, as the user knows it."""
        return f"reading {self.stream}"

    def own_params(self) -> dict[str, str]:
        """Return order and filters as parameters of a call."""
        params = {"sort": self.sort} if self.sort else {}
        return {**params, "filters": ",".join(self.filters)} if self.filters else params
