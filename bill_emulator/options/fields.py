"""Defines the fields of `Options` and checks their values."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from bill_emulator.contract import LISTS

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,12}")


class BadOptionError(ValueError):
    """The name of an option is unknown, or its value is invalid."""


def option(default: Any, about: str, evidence: str, values: tuple[Any, ...] = ()) -> Any:
    """Define an option. Without `values`, any value of the default's type is allowed."""
    metadata = {"about": about, "evidence": evidence, "values": values}
    return dataclasses.field(default=default, metadata=metadata)


def whole(
    default: int,
    about: str,
    evidence: str,
    *,
    least: int,
    most: int | None = None,
    but: int | None = None,
) -> Any:
    """Define an option that is a whole number from `least` to `most`, except `but`."""
    bounds = {"least": least, "most": most, "but": but}
    metadata = {"about": about, "evidence": evidence, "values": (), **bounds}
    return dataclasses.field(default=default, metadata=metadata)


def number_range(field: dataclasses.Field[Any]) -> str:
    """Describe the whole numbers that an option allows."""
    least, most, but = (field.metadata[name] for name in ("least", "most", "but"))
    words = f"{least} or more" if most is None else f"{least} to {most}"
    return words if but is None else f"{words}, not {but}"


def flag(about: str, evidence: str, *, default: bool) -> Any:
    """Define an option that is true or false."""
    return option(default, about, evidence, (False, True))


def checked_value(field: dataclasses.Field[Any], value: Any) -> Any:
    """Return a value, or its text, in the type of the option.

    Raises:
        BadOptionError: the value has another type or is not allowed.
    """
    typed = _typed(field.name, field.default, value)
    allowed = field.metadata["values"]
    if allowed and typed not in allowed:
        choices = ", ".join(str(choice) for choice in allowed)
        raise BadOptionError(f"{field.name} must be one of {choices}, not {value!r}.")
    if "least" in field.metadata and not _is_within(field, typed):
        raise BadOptionError(f"{field.name} must be {number_range(field)}, not {value!r}.")
    return typed


def _is_within(field: dataclasses.Field[Any], number: int) -> bool:
    least: int = field.metadata["least"]
    most: int | None = field.metadata["most"]
    return number >= least and (most is None or number <= most) and number != field.metadata["but"]


def _typed(name: str, default: Any, value: Any) -> Any:
    """Return a value in the type of `default`."""
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
        raise BadOptionError(f"{name} must be true or false, not {value!r}.")
    return text == "true"


def _number(name: str, value: Any) -> int:
    if not _WHOLE_NUMBER.fullmatch(str(value)):
        raise BadOptionError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def _list_names(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, str | list | tuple):
        raise BadOptionError(f"{name} must be names of lists, not {value!r}.")
    parts = value.split(",") if isinstance(value, str) else list(value)
    names = tuple(str(part).strip() for part in parts if str(part).strip())
    for unknown in (part for part in names if part not in LISTS):
        raise BadOptionError(f"{name} must be names of lists; {unknown!r} is not one.")
    return names
