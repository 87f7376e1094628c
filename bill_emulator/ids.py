"""BILL's object ids: 20 characters, the last four a counter.

A type prefix of three characters, `02`, eleven uppercase letters and four lowercase base-36
characters that count up from one creation to the next: users made seconds apart end
`fyxj, fyxk, fyxl` [LIVE NG].
"""

from __future__ import annotations

import random
import string

_DIGITS = string.digits + string.ascii_lowercase
_COUNTER_SIZE = 36**4


class Ids:
    """A source of ids: the same seed gives the same ids in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids-{seed}")
        # The counter starts somewhere in its range, as it would in an organization of some age.
        self._count = self._random.randrange(_COUNTER_SIZE // 2)

    def next(self, prefix: str) -> str:
        """Make a new id that begins with `prefix` (three characters for every object of BILL's)."""
        self._count = (self._count + 1) % _COUNTER_SIZE
        letters = "".join(self._random.choices(string.ascii_uppercase, k=11))
        return f"{prefix}02{letters}{_base_36(self._count)}"


def _base_36(number: int) -> str:
    """Write `number` as four base-36 characters, most significant first."""
    characters = []
    for _ in range(4):
        number, digit = divmod(number, 36)
        characters.append(_DIGITS[digit])
    return "".join(reversed(characters))
