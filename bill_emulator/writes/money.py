"""Amounts: JSON numbers of two decimals, added up as whole cents so that sums are exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CENT = Decimal("0.01")


def rounded(value: float | Decimal) -> float:
    """Return an amount to the cent, halves away from zero as on an invoice."""
    return float(Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP))


def total(amounts: Iterable[float]) -> float:
    """Return the sum of amounts, exact to the cent."""
    return float(sum((Decimal(str(amount)) for amount in amounts), Decimal(0)).quantize(_CENT))


def minus(amount: float, *less: float) -> float:
    """`amount` less the others, exact to the cent."""
    return total([amount, *(-part for part in less)])


def cents(amount: float) -> int:
    """Return an amount as whole cents, which the generated company counts in."""
    return round(amount * 100)


def times(price: float, quantity: float) -> float:
    """Price by quantity, to the cent."""
    return rounded(Decimal(str(price)) * Decimal(str(quantity)))


def percent(rate: float, amount: float) -> float:
    """`rate` per cent of an amount, to the cent."""
    return rounded(Decimal(str(rate)) * Decimal(str(amount)) / 100)


def amount_of(row: Mapping[str, Any], field: str) -> float:
    """Return an amount field of a row; 0 when BILL omits it."""
    return float(row.get(field, 0.0))
