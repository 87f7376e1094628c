"""Values out of a control call's body, each checked; what is wrong is said in a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Body = dict[str, Any]


class BadControlError(ValueError):
    """A control call that makes no sense."""


def only(body: Mapping[str, Any], *known: str) -> None:
    """Refuse fields of other names: a misspelt one would be passed over in silence.

    Raises:
        BadControlError: there is one.

    """
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise BadControlError(
            f"There is no {', '.join(unknown)} here; fields are {', '.join(known)}."
        )


def number(
    body: Mapping[str, Any],
    name: str,
    default: float | None = None,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> float:
    """Read a finite number; without a default it must be there.

    Raises:
        BadControlError: it is missing, none, or out of bounds.

    """
    value = body.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not least <= value <= most:
        raise BadControlError(f"{name} takes {_range('a number', least, most)}; not {value!r}.")
    return float(value)


def whole(
    body: Mapping[str, Any],
    name: str,
    default: int | None = None,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> int:
    """Read a whole number; without a default it must be there.

    Raises:
        BadControlError: it is missing, none, or out of bounds.

    """
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadControlError(
            f"{name} takes {_range('a whole number', least, most)}; not {value!r}."
        )
    return value


def whole_text(text: str | None, name: str) -> int | None:
    """Read a whole number, 0 or more, of a query; None when it is not sent.

    Raises:
        BadControlError: it is none.

    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadControlError(f"{name} takes a whole number of 0 or more; not {text!r}.")
    return int(text)


def text_or_none(body: Mapping[str, Any], name: str) -> str | None:
    """Read a text; None when it is not sent or null.

    Raises:
        BadControlError: it is something else.

    """
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise BadControlError(f"{name} takes text; not {value!r}.")
    return value


def flag(body: Mapping[str, Any], name: str) -> bool:
    """Read true or false; false when it is not sent.

    Raises:
        BadControlError: it is something else.

    """
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadControlError(f"{name} takes true or false; not {value!r}.")
    return value


def names(body: Mapping[str, Any], name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Read an array of known names; all of them when it is not sent.

    Raises:
        BadControlError: it is no array, empty, or has an unknown name.

    """
    every = tuple(known)
    value = body.get(name, every)
    if not isinstance(value, list | tuple) or not value or any(item not in every for item in value):
        raise BadControlError(f"{name} takes an array of {', '.join(every)}; not {value!r}.")
    return tuple(value)


def _range(what: str, least: float, most: float) -> str:
    if math.isinf(most):
        return what if math.isinf(least) else f"{what} of {least} or more"
    return f"{what} from {least} to {most}"
