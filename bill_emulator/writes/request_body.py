"""Reads the body of a request: types, required fields, lengths, references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.writes.request_fields import REFERENCES, SHAPES, Shape, for_options
from bill_emulator.writes.values import at, leaves, populated, typed
from bill_emulator.writes.write_errors import bad_reference, invalid, invalid_entity, missing

if TYPE_CHECKING:
    from bill_emulator.store import Store

Fields = dict[str, Any]
_CURRENCY = re.compile(r"[A-Z]{3}")


def read(store: Store, list_name: str, body: Any, *, creating: bool, whole: bool) -> Fields:
    """Return the fields that a body sets, typed and checked. None means: remove the field.

    With `whole`, the required fields must be there (create and replace). With `creating`, fields
    that only a create can set are allowed. Other fields are dropped, or refused by option.

    Raises:
        Refused: the body breaks a rule for the fields of the object.
    """
    if not isinstance(body, Mapping):
        raise invalid("must be a JSON object")
    shape = for_options(list_name, store.options)
    _check_names(store, list_name, shape, body)
    fields = {
        name: typed(name, shape.type_of(list_name, name), value)
        for name, value in body.items()
        if shape.type_of(list_name, name) is not None
    }
    for dotted in shape.sealed if creating else shape.sealed | shape.fixed:
        _drop(fields, dotted)
    if whole:
        _check_required(shape, fields)
    elif emptied := [name for name in shape.required if _is_emptied(fields, name)]:
        raise missing(emptied)
    _check_blank(shape, fields)
    _check_values(shape, fields)
    check_references(store, list_name, fields)
    return fields


def writable(list_name: str, row: Mapping[str, Any]) -> Fields:
    """Return the fields of a row that a replace removes if its body lacks them."""
    return {name: value for name, value in row.items() if name in SHAPES[list_name].writable}


def check_references(store: Store, list_name: str, fields: Mapping[str, Any]) -> None:
    """Check that every id in the fields belongs to a row.

    Raises:
        Refused: BDC_1205, there is no such row, or BDC_1302, the id is of another kind.
    """
    for target, row_id in _references(list_name, fields):
        if store.get(target, row_id) is None:
            raise bad_reference(row_id, target)


def _is_emptied(fields: Fields, dotted: str) -> bool:
    """Return whether an update would remove a required field."""
    first, _, inner = dotted.partition(".")
    if first not in fields or fields[first] is None or not inner:
        return fields.get(first, "") is None
    return fields[first].get(inner, "") is None


def _drop(fields: Fields, dotted: str) -> None:
    """Remove a field, or a field inside an object."""
    first, _, inner = dotted.partition(".")
    if not inner:
        fields.pop(first, None)
    elif isinstance(fields.get(first), dict):
        fields[first].pop(inner, None)


def _references(list_name: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in leaves(fields):
        target = list_name if name == "parentId" else REFERENCES.get(name)
        if target is not None and value is not None:
            yield target, value


def _check_names(store: Store, list_name: str, shape: Shape, body: Mapping[str, Any]) -> None:
    """Refuse fields that the request must not have, if the options say so."""
    known = LISTS[list_name].fields
    unasked = [name for name in body if shape.type_of(list_name, name) is None]
    refused = []
    if store.options.unknown_write_fields == "refuse":
        refused += [f"{name}: Unrecognized field" for name in unasked if name not in known]
    if store.options.read_only_write_fields == "refuse":
        refused += [f"{name}: must not be set" for name in unasked if name in known]
    if refused:
        raise invalid(*refused)


def _check_required(shape: Shape, fields: Mapping[str, Any]) -> None:
    absent = [name for name in shape.required if at(fields, name) is None]
    if absent:
        raise missing(absent)
    lists = (shape.lines.field,) if shape.lines is not None else ()
    empty = [name for name in (*lists, *shape.filled) if not populated(fields[name])]
    if empty:
        raise invalid(*(f"{name}: must not be empty" for name in empty))


def _check_blank(shape: Shape, fields: Mapping[str, Any]) -> None:
    """Refuse required text that is blank. BILL's message is [UNKNOWN]."""
    texts = ((name, at(fields, name)) for name in shape.required)
    blank = [name for name, value in texts if isinstance(value, str) and not value.strip()]
    if blank:
        raise invalid(*(f"{name}: must not be blank" for name in blank))


def _check_values(shape: Shape, fields: Mapping[str, Any]) -> None:
    for name, most in shape.lengths.items():
        value = at(fields, name)
        if value is not None and len(value) > most:
            leaf = name.rpartition(".")[2]
            raise invalid_entity(
                f"{leaf}: Maximum length cannot be greater than {most} characters."
            )
    for name, allowed in shape.enums.items():
        value = at(fields, name)
        if value is not None and value not in allowed:
            raise invalid(f"{name}: must be one of {', '.join(allowed)}")
    for name in shape.currencies:
        value = at(fields, name)
        if value is not None and _CURRENCY.fullmatch(value) is None:
            raise invalid(f"{name}: must be a currency code of three capital letters")
