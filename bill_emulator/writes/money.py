"""Arithmetic on amounts, which are JSON numbers with two decimals. All sums are exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CENT = Decimal("0.01")


def rounded(value: float | Decimal) -> float:
    """Return an amount rounded to the cent, halves away from zero."""
    return float(Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP))


def total(amounts: Iterable[float]) -> float:
    """Return the exact sum of amounts."""
    return float(sum((Decimal(str(amount)) for amount in amounts), Decimal(0)).quantize(_CENT))


def minus(amount: float, *less: float) -> float:
    """Return `amount` minus the others, exactly."""
    return total([amount, *(-part for part in less)])


def cents(amount: float) -> int:
    """Return an amount in whole cents, the unit of the generated company."""
    return round(amount * 100)


def times(price: float, quantity: float) -> float:
    """Return price times quantity, rounded to the cent."""
    return rounded(Decimal(str(price)) * Decimal(str(quantity)))


def percent(rate: float, amount: float) -> float:
    """Return a percentage of an amount, rounded to the cent."""
    return rounded(Decimal(str(rate)) * Decimal(str(amount)) / 100)


def amount_of(row: Mapping[str, Any], field: str) -> float:
    """Return an amount field of a row, or 0 if it is absent."""
    return float(row.get(field, 0.0))
