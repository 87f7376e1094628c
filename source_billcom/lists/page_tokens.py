"""Reading by page tokens, pass after pass, until it is certain that no row is missing.

Following tokens loses rows where a token is a position in a result that changes, or where rows that
sort alike come in another order at each call; what BILL's tokens are is unknown [UNKNOWN]. One walk
is enough where no page ends between rows that sort alike and no row comes twice. Otherwise the list
is walked again, and what two walks show alike, or how often nothing new came, decides.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from source_billcom.api.list_requests import ListRequests, Page, pagination_loop
from source_billcom.api.list_requests import is_transient as is_passing_failure
from source_billcom.api.query import CREATED, UPDATED, ListQuery, Row
from source_billcom.errors import REPORT, ConnectorError
from source_billcom.times import parse_time

# one in a million: the chance, in bits, that is taken for certainty
_CERTAIN_BITS = 20.0
_MOST_CALLS = 4_000
# one after the other: where tokens live for a minute, a busy BILL lets most walks break
_BROKEN_WALKS = 10
# a look costs a call; a row or two that sort alike say little
_LOOKS_AT_TIES = 3
# of rows that sort alike, smaller pages show too few together to tell by what one walk shows
_LEAST_PAGE_TO_TELL = 5
# enough to see twice a long list that stands still
_LEAST_WALKS = 3
_LEAST_WALKS_OF_SMALL_PAGES = 22


@dataclass
class _Walk:
    """The rows of one pass: their ids, what they sort by, and where pages began."""

    rows: list[tuple[str, Any, Any]] = field(default_factory=list)
    page_starts: list[int] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    largest_page: int = 1
    ends_empty: bool = False

    def add(self, page: Page, token: str | None) -> None:
        self.ends_empty = not page.rows and bool(self.rows)
        if not page.rows:
            return
        self.page_starts.append(len(self.rows))
        self.tokens.append(token)
        self.largest_page = max(self.largest_page, len(page.rows))
        self.rows.extend((row["id"], row.get(CREATED), row.get(UPDATED)) for row in page.rows)

    @property
    def ids(self) -> list[str]:
        return [row[0] for row in self.rows]

    def keys(self, sort: str | None) -> list[Any]:
        """Return what each row sorts by: the field asked for, or the one they turn out to be in."""
        ids, created, updated = zip(*self.rows, strict=True) if self.rows else ((), (), ())
        fields: dict[str | None, list[Any]] = {
            CREATED: [_time(value) for value in created],
            UPDATED: [_time(value) for value in updated],
            "id": list(ids),
        }
        for name, values in fields.items():
            if sort in (None, f"{name}:asc") and _is_monotone(values):
                return values
        return [None] * len(ids)

    def is_certain(self, query: ListQuery) -> bool:
        """Tell whether one walk could not have missed a row, though other rows changed.

        A change takes a row out of what is filtered by updatedTime, and others move up.
        """
        if len(self.page_starts) <= 1 and not self.ends_empty:
            return True
        if self.ends_empty or any(part.startswith(UPDATED) for part in query.filters):
            return False
        if self.largest_page < _LEAST_PAGE_TO_TELL:
            return False
        keys = self.keys(query.sort)
        has_repeats = any(count > 1 for count in Counter(self.ids).values())
        return not has_repeats and all(keys[n - 1] != keys[n] for n in self.page_starts[1:])

    def evidence_of_order(self, sort: str | None) -> float:
        """Return in bits how unlikely the order of its ties is to come twice by chance."""
        return max(1.0, _bits_of(self.keys(sort)))

    def page_with_most_ties(self, sort: str | None) -> tuple[float, str | None, list[str]]:
        """Return the bits, the token and the ids of the page whose order says most."""
        keys, ids = self.keys(sort), self.ids
        ends = [*self.page_starts[1:], len(ids)]
        pages = [
            (_bits_of(keys[start:end]), token, ids[start:end])
            for start, end, token in zip(self.page_starts, ends, self.tokens, strict=True)
        ]
        return max(pages, key=lambda page: page[0])


def _bits_of(keys: list[Any]) -> float:
    """Return in bits in how many orders rows with these keys could come."""
    sizes = [len(list(group)) for _, group in groupby(keys)]
    return sum(math.lgamma(size + 1) for size in sizes) / math.log(2)


def _time(value: Any) -> Any:
    return parse_time(value) if isinstance(value, str) else None


def _is_monotone(values: list[Any]) -> bool:
    if any(value is None for value in values):
        return False
    return all(a <= b for a, b in pairwise(values)) or all(a >= b for a, b in pairwise(values))


def read_by_page_tokens(
    requests: ListRequests, query: ListQuery, known: set[str], first: Page | None = None
) -> Iterator[list[Row]]:
    """Yield the rows of a list whose ids are not `known` yet, each once; notes them in `known`.

    `first` is its first page where that has been read already.

    Raises:
        ConnectorError: a page could not be read, the page tokens form a loop, or the order of the
            list changes at each call and the list is too long to find all rows by chance.
    """
    previous: _Walk | None = None
    meetings = _Meetings(known)
    bits, quiet, calls, walks, broken, keeps_order = 0.0, 0, 0, 0, 0, True
    least_walks = _LEAST_WALKS
    while calls < _MOST_CALLS or walks < least_walks:
        walk = _Walk()
        walks += 1
        before = len(known)
        try:
            for token, page in _walk(requests, query, first):
                calls += 1
                walk.add(page, token)
                fresh = list({r["id"]: r for r in page.rows if r["id"] not in known}.values())
                known.update(row["id"] for row in fresh)
                if fresh:
                    yield fresh
        except ConnectorError as failure:
            # a token that BILL no longer takes, as after an hour's wait: begin again
            broken += 1
            if is_passing_failure(failure) or not walk.rows or broken > _BROKEN_WALKS:
                raise
            previous, first = None, None
            continue
        first, broken = None, 0
        meetings.add(walk)
        if walk.largest_page < _LEAST_PAGE_TO_TELL:
            least_walks = _LEAST_WALKS_OF_SMALL_PAGES
        if keeps_order and meetings.are_of_all_known and walk.is_certain(query):
            keeps_order = _keeps_order_of_ties(requests, query, walk)
            if keeps_order:
                return
        repeats = previous is not None and previous.ids == walk.ids
        bits = bits + walk.evidence_of_order(query.sort) if repeats else 0.0
        quiet = 0 if len(known) > before else quiet + 1
        has_twins = len(set(walk.ids)) < len(walk.ids)
        is_alike = bits >= _CERTAIN_BITS and not has_twins and meetings.are_of_all_known
        is_certain = is_alike or (quiet and meetings.are_enough)
        if is_certain or quiet >= _quiet_passes(walk, known):
            return
        previous = walk
    raise ConnectorError.transient(
        f"BILL returned {query.stream} in another order at each call, so that its rows cannot be "
        f"read completely: run the sync again, and {REPORT} if it comes back.",
        f"{len(known)} rows were found in {calls} calls, and there may be more",
    )


def _quiet_passes(walk: _Walk, known: set[str]) -> int:
    """Return how many passes without a new row show that there is none.

    With an order that changes at each call, a pass shows any row at least with the chance that it
    is on the first page.
    """
    chance = min(0.5, walk.largest_page / max(len(known), 1))
    return math.ceil(_CERTAIN_BITS * math.log(2) / -math.log(1 - chance))


class _Meetings:
    """How often whole walks met each row."""

    def __init__(self, known: Collection[str]) -> None:
        self._walks = 0
        # rows that others have met must be met here too, or walks pass some by
        self._met: Counter[str] = Counter(dict.fromkeys(known, 0))

    def add(self, walk: _Walk) -> None:
        self._walks += 1
        self._met.update(set(walk.ids))

    @property
    def are_of_all_known(self) -> bool:
        """Whether no row is known that none of the walks met; one that left the list may be."""
        return all(self._met.values())

    @property
    def are_enough(self) -> bool:
        """Whether it is certain that no row was met by none of the walks.

        One that nobody has met is taken to be no shyer than the shyest that was.
        """
        chance = min(0.5, min(self._met.values(), default=0) / self._walks)
        return -self._walks * math.log2(1 - chance) >= _CERTAIN_BITS


def _keeps_order_of_ties(requests: ListRequests, query: ListQuery, walk: _Walk) -> bool:
    """Ask for the page with the most rows that sort alike again, and see whether they lie alike.

    Where they do not, a page may end behind any of them, and the next begin wherever that one
    stands: a walk then misses rows without a sign.
    """
    if len(walk.tokens) <= 1:
        return True
    bits, token, ids = walk.page_with_most_ties(query.sort)
    for _ in range(_LOOKS_AT_TIES if bits else 0):
        try:
            again = [row["id"] for row in requests.get_nonempty_page(query, token).rows]
        except ConnectorError as failure:
            if is_passing_failure(failure):
                raise
            return True  # a token that is good for one call only
        if [each for each in again if each in ids] != [each for each in ids if each in again]:
            return False
        if bits >= _CERTAIN_BITS:
            break
    return True


def _walk(
    requests: ListRequests, query: ListQuery, first: Page | None
) -> Iterator[tuple[str | None, Page]]:
    page = first or requests.get_nonempty_page(query)
    token: str | None = None
    seen: set[str] = set()
    while True:
        yield token, page
        if page.token is None:
            return
        if page.token in seen:
            raise pagination_loop(query.what)
        token = page.token
        seen.add(token)
        page = requests.get_nonempty_page(query, token)
