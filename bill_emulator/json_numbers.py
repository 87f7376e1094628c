"""Reads numbers from text in JSON notation, which is stricter than Python's `float`."""

from __future__ import annotations

import math
import re

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def decimal(text: str) -> float:
    """Read a number in JSON's notation.

    Raises:
        ValueError: the text is not in JSON notation (`nan`, `inf`, `1_000`, ` 5`, `+5`, `05`), or
            the number is too large.

    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is too large")
    return number
