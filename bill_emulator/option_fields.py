"""What a field of `Options` is made of, and how a value for one is checked."""

from __future__ import annotations

import dataclasses
from typing import Any

from bill_emulator.contract import LISTS


class BadOptionError(ValueError):
    """A name that is no option, or a value the option does not take."""


def option(default: Any, about: str, evidence: str, values: tuple[Any, ...] = ()) -> Any:
    """Make a field of `Options`; empty `values` means any value of the default's type."""
    metadata = {"about": about, "evidence": evidence, "values": values}
    return dataclasses.field(default=default, metadata=metadata)


def flag(about: str, evidence: str, *, default: bool) -> Any:
    """Make a field of `Options` that is true or false."""
    return option(default, about, evidence, (False, True))


def checked_value(field: dataclasses.Field[Any], value: Any) -> Any:
    """Check a value, or the text of one, and give it as the option's type.

    Raises:
        BadOptionError: it is of another type, or not among the allowed.
    """
    typed = _typed(field.name, field.default, value)
    allowed = field.metadata["values"]
    if allowed and typed not in allowed:
        choices = ", ".join(str(choice) for choice in allowed)
        raise BadOptionError(f"{field.name} takes one of {choices}; not {value!r}.")
    return typed


def _typed(name: str, default: Any, value: Any) -> Any:
    """`value` as the type of `default`."""
    if isinstance(default, bool):
        return _boolean(name, value)
    if isinstance(default, int):
        return _number(name, value)
    if isinstance(default, tuple):
        return _list_names(name, value)
    return str(value)


def _boolean(name: str, value: Any) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise BadOptionError(f"{name} takes true or false; not {value!r}.")
    return text == "true"


def _number(name: str, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise BadOptionError(f"{name} takes a whole number; not {value!r}.") from None


def _list_names(name: str, value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else list(value)
    names = tuple(str(part).strip() for part in parts if str(part).strip())
    for unknown in (part for part in names if part not in LISTS):
        raise BadOptionError(f"{name} takes names of lists; {unknown!r} is none.")
    return names
