"""One walk of a list along its page tokens, and what its rows show about their order."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from source_billcom.api.list_requests import (
    ListRequests,
    Page,
    endless_tokens,
    is_transient,
    repeated_token,
)
from source_billcom.api.query import CREATED, UPDATED, ListQuery
from source_billcom.errors import ConnectorError
from source_billcom.times import parse_time

# in bits: a chance of one in a million counts as certain
CERTAIN_BITS = 20.0
# smaller pages show too few rows with equal sort keys to prove anything in one walk
MIN_PAGE_TO_JUDGE = 5
# each repeated request costs a call, and with one or two equal sort keys it shows little
_MAX_PAGES_REPEATED = 3
# tokens may always differ and still lead to pages that were read before
_MAX_PAGES_WITHOUT_NEW_ROWS = 1_000
# 100 million rows: far more than any organization has
_MAX_PAGES = 1_000_000


class _WalkedRow(NamedTuple):
    """What a walk keeps of a row; the times are as BILL sent them."""

    id: str
    created: Any
    updated: Any


@dataclass
class PageTokenWalk:
    """The rows of one walk: their ids and times, and where each page began."""

    rows: list[_WalkedRow] = field(default_factory=list)
    page_starts: list[int] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    largest_page: int = 1
    ends_empty: bool = False

    def add(self, page: Page, token: str | None) -> None:
        """Add a page and the token that it was requested with."""
        self.ends_empty = not page.rows and bool(self.rows)
        if not page.rows:
            return
        self.page_starts.append(len(self.rows))
        self.tokens.append(token)
        self.largest_page = max(self.largest_page, len(page.rows))
        self.rows.extend(
            _WalkedRow(row["id"], row.get(CREATED), row.get(UPDATED)) for row in page.rows
        )

    @property
    def ids(self) -> list[str]:
        """The ids in the order they came; a row that came twice is in it twice."""
        return [row.id for row in self.rows]

    @property
    def has_repeats(self) -> bool:
        """Whether a row came twice."""
        return len(set(self.ids)) < len(self.rows)

    def sort_keys(self, sort: str | None) -> list[Any]:
        """Return what each row is sorted by.

        That is the field of `sort`, or the one that the rows turn out to be sorted by. If there is
        no such field, the keys are all None: equal.
        """
        fields: dict[str, list[Any]] = {
            CREATED: [_time(row.created) for row in self.rows],
            UPDATED: [_time(row.updated) for row in self.rows],
            "id": list(self.ids),
        }
        for name, values in fields.items():
            if sort in (None, f"{name}:asc") and _is_monotone(values):
                return values
        return [None] * len(self.rows)

    def is_conclusive(self, query: ListQuery) -> bool:
        """Tell whether this walk cannot have missed a row, even if rows changed meanwhile.

        A list filtered by updatedTime is never conclusive: a change moves a row out of the filter,
        and the rows behind it move up. Otherwise no page may end between rows with equal sort keys,
        and no row may come twice.
        """
        if len(self.page_starts) <= 1 and not self.ends_empty:
            return True
        if self.ends_empty or any(part.startswith(UPDATED) for part in query.filters):
            return False
        if self.largest_page < MIN_PAGE_TO_JUDGE or self.has_repeats:
            return False
        keys = self.sort_keys(query.sort)
        return all(keys[start - 1] != keys[start] for start in self.page_starts[1:])

    def bits_of_equal_keys(self, sort: str | None) -> float:
        """Return in bits how unlikely it is that equal sort keys come in this order again."""
        return max(1.0, _bits(self.sort_keys(sort)))

    def page_with_most_equal_keys(self, sort: str | None) -> tuple[float, str | None, list[str]]:
        """Return the bits, the token and the ids of the page whose order says most."""
        keys, ids = self.sort_keys(sort), self.ids
        ends = [*self.page_starts[1:], len(ids)]
        pages = [
            (_bits(keys[start:end]), token, ids[start:end])
            for start, end, token in zip(self.page_starts, ends, self.tokens, strict=True)
        ]
        return max(pages, key=lambda page: page[0])


def follow_tokens(
    requests: ListRequests, query: ListQuery, first: Page | None
) -> Iterator[tuple[str | None, Page]]:
    """Yield each page of a list with the token that it was requested with.

    `first` is the first page if it has been read already.

    Raises:
        ConnectorError: a call failed, or the page tokens form a loop.
    """
    page = first or requests.get_nonempty_page(query)
    token: str | None = None
    tokens: set[str] = set()
    ids: set[str] = set()
    last_page_with_new_rows = 0
    for number in range(_MAX_PAGES):
        yield token, page
        if page.token is None:
            return
        if page.token in tokens:
            raise repeated_token(query)
        if not ids.issuperset(row["id"] for row in page.rows):
            ids.update(row["id"] for row in page.rows)
            last_page_with_new_rows = number
        if number - last_page_with_new_rows >= _MAX_PAGES_WITHOUT_NEW_ROWS:
            break
        token = page.token
        tokens.add(token)
        page = requests.get_nonempty_page(query, token)
    raise endless_tokens(query)


def keeps_order_of_equal_keys(
    requests: ListRequests, query: ListQuery, walk: PageTokenWalk
) -> bool:
    """Request the page with the most equal sort keys again, and tell whether its order is the same.

    If it is not, a page may end behind any of these rows, and the next page may begin anywhere
    among them. Then a walk misses rows without a sign.

    Raises:
        ConnectorError: a call failed.
    """
    if len(walk.tokens) <= 1:
        return True
    bits, token, ids = walk.page_with_most_equal_keys(query.sort)
    for _ in range(_MAX_PAGES_REPEATED if bits else 0):
        try:
            again = [row["id"] for row in requests.get_nonempty_page(query, token).rows]
        except ConnectorError as failure:
            if is_transient(failure):
                raise
            return True  # BILL takes each token once only
        if [each for each in again if each in ids] != [each for each in ids if each in again]:
            return False
        if bits >= CERTAIN_BITS:
            break
    return True


def _bits(keys: list[Any]) -> float:
    """Return the binary logarithm of the number of orders that rows with these keys may have."""
    sizes = [len(list(group)) for _, group in groupby(keys)]
    return sum(math.lgamma(size + 1) for size in sizes) / math.log(2)


def _time(value: Any) -> Any:
    return parse_time(value) if isinstance(value, str) else None


def _is_monotone(values: list[Any]) -> bool:
    if any(value is None for value in values):
        return False
    return all(a <= b for a, b in pairwise(values)) or all(a >= b for a, b in pairwise(values))
