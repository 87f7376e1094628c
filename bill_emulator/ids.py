"""BILL's object ids: 20 characters, the last four of which are a counter.

An id has a type prefix of three characters, `02`, eleven uppercase letters, and four lowercase
base-36 characters that count up with each creation: the ids of users created seconds apart end
with `fyxj`, `fyxk`, `fyxl` [LIVE NG].
"""

from __future__ import annotations

import random
import string

_DIGITS = string.digits + string.ascii_lowercase
_COUNTER_SIZE = 36**4


class Ids:
    """Creates ids. The same seed gives the same ids in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids-{seed}")
        # The counter starts within its range, as in an organization that has existed for a while.
        self._count = self._random.randrange(_COUNTER_SIZE // 2)

    def next(self, prefix: str) -> str:
        """Return a new id that begins with `prefix`, which has three characters."""
        self._count = (self._count + 1) % _COUNTER_SIZE
        letters = "".join(self._random.choices(string.ascii_uppercase, k=11))
        return f"{prefix}02{letters}{_base_36(self._count)}"


def _base_36(number: int) -> str:
    """Format a number as four base-36 characters, most significant first."""
    characters = []
    for _ in range(4):
        number, digit = divmod(number, 36)
        characters.append(_DIGITS[digit])
    return "".join(reversed(characters))
