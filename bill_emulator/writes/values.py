"""Converts the JSON values of a request to the types of the contract.

Requests may send amounts as strings, as BILL's guide does [DOC via AU]. These errors are HTTP 400
without a code [LIVE MJ]. `must not be null` and the text for the length are BILL's [LIVE MJ, NF];
the other texts are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from bill_emulator.json_numbers import decimal
from bill_emulator.writes.write_errors import invalid

LARGEST = 1e11
"""Numbers must be smaller than this. BILL's limit is [UNKNOWN]."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def typed(path: str, kind: Any, value: Any) -> Any:
    """Return a value in the type `kind` of the contract. None stays None.

    Raises:
        Refused: the value does not have that type.
    """
    if value is None:
        return None
    if isinstance(kind, Mapping):
        return _object(path, kind, value)
    if isinstance(kind, list):
        return _array(path, kind[0], value)
    return _SCALARS[kind](path, value)


def _object(path: str, kind: Mapping[str, Any], value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        # BILL answers with a message of Jackson that names a Java class [LIVE MJ].
        raise invalid(f"{path}: Cannot construct instance of object")
    known = (name for name in value if name in kind)
    inside = f"{path}." if path else ""
    return {name: typed(f"{inside}{name}", kind[name], value[name]) for name in known}


def _array(path: str, kind: Any, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(f"{path}: must be an array")
    if None in value:
        raise invalid(f"{path}[{value.index(None)}]: must not be null")
    return [typed(f"{path}[{place}]", kind, item) for place, item in enumerate(value)]


def _string(path: str, value: Any) -> str:
    if isinstance(value, bool | int | float | str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    raise invalid(f"{path}: must be a string")


def _number(path: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise invalid(f"{path}: must be a number")
    try:
        number = decimal(value) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        raise invalid(f"{path}: must be a number") from None
    if not abs(number) < LARGEST:  # also false for NaN
        raise invalid(f"{path}: must be a number")
    return number


def _boolean(path: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise invalid(f"{path}: must be true or false")


def _date(path: str, value: Any) -> str:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise invalid(f"{path}: must be a date in the yyyy-MM-dd format")


_SCALARS: Mapping[str, Callable[[str, Any], Any]] = MappingProxyType(
    {
        "string": _string,
        "number": _number,
        "boolean": _boolean,
        "date": _date,
        "date-time": _string,
    }
)


def at(row: Mapping[str, Any], dotted: str) -> Any:
    """Return the value at a dotted name, or None."""
    node: Any = row
    for part in dotted.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(part)
    return node


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every scalar inside a value, at any depth, with the name of its field."""
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from leaves(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    else:
        yield name, value


def merged(old: Any, new: Any) -> Any:
    """Merge `new` into `old`: objects field by field, other values as a whole. None removes."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        both = {**old, **{name: merged(old.get(name), item) for name, item in new.items()}}
        return {name: item for name, item in both.items() if item is not None}
    return populated(new)


def populated(value: Any) -> Any:
    """Return the value without nulls at any depth: BILL omits empty fields [LIVE MJ]."""
    if isinstance(value, Mapping):
        return {name: populated(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [populated(item) for item in value]
    return value
