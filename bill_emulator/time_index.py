"""An index of a list's rows, sorted by one of their times, so that a page costs O(log n).

Single rows are inserted with `bisect`. After a bulk load, the next use sorts the index again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = tuple[str, str]
"""The key of a row: its time as a canonical string, and its id."""


class TimeIndex:
    """The keys of a list's rows, in ascending order."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._sorted = True

    def add(self, key: Key) -> None:
        """Add a key."""
        if not self._sorted or not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def load(self, keys: Iterable[Key]) -> None:
        """Add many keys."""
        self._keys.extend(keys)
        self._sorted = False

    def remove(self, key: Key) -> None:
        """Remove a key, which must exist."""
        keys = self.keys()
        del keys[bisect_left(keys, key)]

    def keys(self) -> list[Key]:
        """Return all keys in order. The caller must not change the list."""
        if not self._sorted:
            self._keys.sort()
            self._sorted = True
        return self._keys
