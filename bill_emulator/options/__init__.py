"""The options of the emulator: one for each point where sources are silent or disagree.

The metadata of each field of `Options` says what it decides, which values it takes and how its
default is known, by a tag of docs/bill-api-evidence.md. docs/emulator.md has the same table; a
test compares the two.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.options.calls import CallOptions
from bill_emulator.options.fields import BadOptionError, checked_value
from bill_emulator.options.lists import ListOptions
from bill_emulator.options.rows import RowOptions

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Options(RowOptions, ListOptions, CallOptions):
    """All options.

    Dataclasses read their bases from the right, so the fields of the last base come first.
    """


def changed(options: Options, changes: Mapping[str, Any]) -> Options:
    """Return the options with changes applied.

    A value can have the type of the option, or be a text (`--option hourly_limit=5`).

    Raises:
        BadOptionError: an unknown name, or an invalid value.

    """
    known = {field.name: field for field in dataclasses.fields(Options)}
    values = {}
    for name, value in changes.items():
        if name not in known:
            raise BadOptionError(f"Unknown option: {name!r}.")
        values[name] = checked_value(known[name], value)
    return dataclasses.replace(options, **values)


def described() -> list[dict[str, Any]]:
    """Return name, default, values, evidence and description of every option."""
    return [
        {"name": field.name, "default": field.default, **field.metadata}
        for field in dataclasses.fields(Options)
    ]
