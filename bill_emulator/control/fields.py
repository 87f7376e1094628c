"""Reads and checks the fields in the body of a control call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Body = dict[str, Any]


class BadControlError(ValueError):
    """A control call is invalid."""


def only(body: Mapping[str, Any], *known: str) -> None:
    """Refuse unknown fields, so that a misspelled field is not ignored.

    Raises:
        BadControlError: the body has an unknown field.

    """
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise BadControlError(
            f"Unknown fields: {', '.join(unknown)}. Known fields: {', '.join(known)}."
        )


def number(
    body: Mapping[str, Any],
    name: str,
    default: float | None = None,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> float:
    """Read a finite number. Without a default it is required.

    Raises:
        BadControlError: it is missing, not a number, or out of range.

    """
    value = body.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not least <= value <= most:
        raise BadControlError(f"{name} must be {_range('a number', least, most)}, not {value!r}.")
    return float(value)


def whole(
    body: Mapping[str, Any],
    name: str,
    default: int | None = None,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> int:
    """Read a whole number. Without a default it is required.

    Raises:
        BadControlError: it is missing, not a number, or out of range.

    """
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadControlError(
            f"{name} must be {_range('a whole number', least, most)}, not {value!r}."
        )
    return value


def whole_text(text: str | None, name: str) -> int | None:
    """Read a whole number of 0 or more from a query. Return None if it was not sent.

    Raises:
        BadControlError: it is not such a number.

    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadControlError(f"{name} must be a whole number of 0 or more, not {text!r}.")
    return int(text)


def text_or_none(body: Mapping[str, Any], name: str) -> str | None:
    """Read a text. Return None if it is missing or null.

    Raises:
        BadControlError: it has another type.

    """
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise BadControlError(f"{name} must be text, not {value!r}.")
    return value


def flag(body: Mapping[str, Any], name: str) -> bool:
    """Read true or false. Return false if it is missing.

    Raises:
        BadControlError: it has another type.

    """
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadControlError(f"{name} must be true or false, not {value!r}.")
    return value


def names(body: Mapping[str, Any], name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Read an array of known names. Return all of them if it is missing.

    Raises:
        BadControlError: it is not an array, it is empty, or it has an unknown name.

    """
    every = tuple(known)
    value = body.get(name, every)
    if not isinstance(value, list | tuple) or not value or any(item not in every for item in value):
        raise BadControlError(f"{name} must be an array of {', '.join(every)}, not {value!r}.")
    return tuple(value)


def _range(what: str, least: float, most: float) -> str:
    if math.isinf(most):
        return what if math.isinf(least) else f"{what} of {least} or more"
    return f"{what} from {least} to {most}"
