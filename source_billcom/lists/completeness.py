"""Decides, walk by walk, whether a list that is read by page tokens can still have an unread row.

There are three answers to "may we stop?", and any of them is enough:

- Walks that follow each other returned the same rows in the same order, so often that chance does
  not explain it.
- Every known row was returned by so many walks that a row which no walk returned is very unlikely.
- So many walks in a row returned nothing new that, even in random order, no row can be left.
"""

import math
from collections import Counter
from collections.abc import Collection

from source_billcom.lists.page_token_walk import CERTAIN_BITS, MIN_PAGE_TO_JUDGE, PageTokenWalk

# enough to read a long list that does not change twice
_MIN_WALKS = 3
_MIN_WALKS_OF_SMALL_PAGES = 22


class Completeness:
    """What the finished walks of a list have shown.

    `sort` is the requested order. `known` holds the ids that were read before the first walk.
    """

    def __init__(self, sort: str | None, known: Collection[str]) -> None:
        self._sort = sort
        self._previous: PageTokenWalk | None = None
        self._bits_of_repeats = 0.0
        self._walks_without_new_rows = 0
        self._known_rows = 0
        self._walks = 0
        # a row that was read before must be in a walk too; otherwise walks miss rows
        self._walks_with_row: Counter[str] = Counter(dict.fromkeys(known, 0))
        self.min_walks = _MIN_WALKS

    def add(self, walk: PageTokenWalk, *, known_rows: int, has_new_rows: bool) -> None:
        """Take a finished walk into account.

        `known_rows` is how many rows are known after it, `has_new_rows` whether it found new ones.
        """
        self._walks += 1
        self._known_rows = known_rows
        self._walks_with_row.update(set(walk.ids))
        if walk.largest_page < MIN_PAGE_TO_JUDGE:
            self.min_walks = _MIN_WALKS_OF_SMALL_PAGES
        is_repeat = self._previous is not None and self._previous.ids == walk.ids
        if is_repeat:
            self._bits_of_repeats += walk.bits_of_equal_keys(self._sort)
        else:
            self._bits_of_repeats = 0.0
        self._walks_without_new_rows = 0 if has_new_rows else self._walks_without_new_rows + 1
        self._previous = walk

    def add_broken_walk(self) -> None:
        """Note that a walk broke off: the next one does not follow the one before it."""
        self._previous = None

    @property
    def has_every_known_row(self) -> bool:
        """Whether each known row was in a walk. One that left the list meanwhile was not."""
        return all(self._walks_with_row.values())

    @property
    def is_certain(self) -> bool:
        """Whether no row can be missing, by one of the three answers above."""
        if self._previous is None:
            return False
        is_repeated = (
            self._bits_of_repeats >= CERTAIN_BITS
            and not self._previous.has_repeats
            and self.has_every_known_row
        )
        without_new_rows = self._walks_without_new_rows
        return (
            is_repeated
            or (without_new_rows > 0 and self._is_each_row_often_returned)
            or without_new_rows >= self._walks_without_new_rows_needed(self._previous)
        )

    @property
    def _is_each_row_often_returned(self) -> bool:
        """Whether a row that no walk returned is too unlikely.

        Such a row is assumed to be returned as often as the known row that was returned least.
        """
        chance = min(0.5, min(self._walks_with_row.values(), default=0) / self._walks)
        return -self._walks * math.log2(1 - chance) >= CERTAIN_BITS

    def _walks_without_new_rows_needed(self, walk: PageTokenWalk) -> int:
        """Return how many walks without a new row show that there is none.

        If the order is random at each call, a walk returns a row at least with the chance that it
        is on the first page.
        """
        chance = min(0.5, walk.largest_page / max(self._known_rows, 1))
        return math.ceil(CERTAIN_BITS * math.log(2) / -math.log(1 - chance))
