"""A sorted index of one list's rows by one of their times, so that a page costs O(log n).

Single rows are kept in place with `bisect`; after a bulk load the index is sorted anew on the
next use.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = tuple[str, str]
"""A row's place: its time as a canonical string, and its id."""


class TimeIndex:
    """The keys of one list's rows, ascending."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._sorted = True

    def add(self, key: Key) -> None:
        """Put one key in its place."""
        if not self._sorted or not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def load(self, keys: Iterable[Key]) -> None:
        """Add many keys at once."""
        self._keys.extend(keys)
        self._sorted = False

    def remove(self, key: Key) -> None:
        """Take out one key; it must be there."""
        keys = self.keys()
        del keys[bisect_left(keys, key)]

    def keys(self) -> list[Key]:
        """All keys in order. The caller must not change the list."""
        if not self._sorted:
            self._keys.sort()
            self._sorted = True
        return self._keys
