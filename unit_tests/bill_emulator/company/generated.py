"""Generated companies that several test modules share, so that each is generated once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from bill_emulator.company import Company, generate

AS_OF = datetime(2026, 11, 22, 17, 30, 12, 345_678, tzinfo=UTC)


@lru_cache(maxsize=6)
def company(seed: int = 1, scale: float = 1.0) -> Company:
    """Return the company of a seed and a scale. Tests must not change it."""
    return generate(seed, scale, AS_OF)
