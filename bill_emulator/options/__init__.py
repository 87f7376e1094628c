"""Every choice the emulator makes where the sources about BILL are silent or contradict.

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
    """What the emulator does where nobody outside BILL knows; see the module.

    The fields of the last base come first: dataclasses read their bases from the right.
    """


def changed(options: Options, changes: Mapping[str, Any]) -> Options:
    """`options` with `changes` checked and applied.

    Values may be of the option's type or the text of one (`--option hourly_limit=5`).

    Raises:
        BadOptionError: an unknown name, a value of the wrong type or not among the allowed.

    """
    known = {field.name: field for field in dataclasses.fields(Options)}
    values = {}
    for name, value in changes.items():
        if name not in known:
            raise BadOptionError(f"There is no option {name!r}.")
        values[name] = checked_value(known[name], value)
    return dataclasses.replace(options, **values)


def described() -> list[dict[str, Any]]:
    """Name, default, values, evidence and meaning of every option, for the control API."""
    return [
        {"name": field.name, "default": field.default, **field.metadata}
        for field in dataclasses.fields(Options)
    ]
