"""Reads `filters` and `sort`, checks them against the rules of the list, and applies them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.clock import canonical
from bill_emulator.errors import BillError, Problem, refusal
from bill_emulator.filter_enums import ENUMERATIONS
from bill_emulator.json_numbers import decimal
from bill_emulator.lists.filter_times import parse_filter_time
from bill_emulator.lists.rules import OPERATORS, RULES, can_sort, filter_operators

if TYPE_CHECKING:
    from bill_emulator.contract import ListContract
    from bill_emulator.options import Options

Row = dict[str, Any]
Predicate = Callable[[Row], bool]
Value = str | float | bool

_PARTS = 3


@dataclass(frozen=True)
class Condition:
    """A filter: a field (dotted if nested), an operator and the values to compare with."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class SortField:
    """A field of a sort and its direction."""

    field: str
    descending: bool = False


def parse_filters(text: str, contract: ListContract, options: Options) -> tuple[Condition, ...]:
    """Read `filters`: `{field}:{op}:{value}`, separated by commas. All must match.

    An empty text means no filter.

    Raises:
        BillError: 400, the list does not allow a field, operator or value.

    """
    if not text:
        return ()
    return tuple(_condition(part, contract, options) for part in _split(text, options))


def parse_sort(text: str, contract: ListContract, options: Options) -> tuple[SortField, ...]:
    """Read `sort`: `{field}[:asc|desc]`, separated by commas. An empty text means no sort.

    Raises:
        BillError: 400, the list cannot be sorted by a field, or a direction is unknown.

    """
    return parse_sort_fields(text, lambda field: can_sort(contract, field, options), options)


def parse_sort_fields(
    text: str, is_sortable: Callable[[str], bool], options: Options
) -> tuple[SortField, ...]:
    """Read `sort` of a list that can be sorted by the fields that `is_sortable` accepts.

    Raises:
        BillError: as for `parse_sort`.

    """
    if not text:
        return ()
    return tuple(_sort_field(part, is_sortable, options) for part in text.split(","))


def refused_query(code: str, message: str, options: Options) -> BillError:
    """Return the error for an invalid query parameter. Its body is [UNKNOWN]."""
    shown = code if options.query_error_code == "bdc" else None
    return BillError(options.query_status, [Problem(shown, message)])


def predicate(condition: Condition, options: Options) -> Predicate:
    """Return a function that tests whether a row meets the condition."""
    path = condition.field.split(".")
    fold = options.text_case == "insensitive"
    wanted = tuple(_folded(value) if fold else value for value in condition.values)
    compare = _COMPARISONS[condition.operator]
    absent = options.absent_matches_ne and condition.operator in {"ne", "nin"}

    def matches(row: Row) -> bool:
        found = _values(row, path)
        if not found:
            return absent
        if fold:
            found = [_folded(value) for value in found]
        if condition.operator in {"ne", "nin"}:
            return all(compare(value, wanted) for value in found)
        return any(compare(value, wanted) for value in found)

    return matches


def field_value(row: Row, dotted: str) -> Value | None:
    """Return the value of a dotted name in a row, or None."""
    found = _values(row, dotted.split("."))
    return found[0] if found else None


_COMPARISONS: dict[str, Callable[[Any, tuple[Any, ...]], bool]] = {
    "eq": lambda value, wanted: value == wanted[0],
    "ne": lambda value, wanted: value != wanted[0],
    "gt": lambda value, wanted: value > wanted[0],
    "gte": lambda value, wanted: value >= wanted[0],
    "lt": lambda value, wanted: value < wanted[0],
    "lte": lambda value, wanted: value <= wanted[0],
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,
    "sw": lambda value, wanted: str(value).startswith(str(wanted[0])),
}


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _values(node: Any, path: list[str]) -> list[Any]:
    """Return the values at a path. An array contributes those of each element."""
    if isinstance(node, list):
        return [value for element in node for value in _values(element, path)]
    if not path:
        return [] if node is None else [node]
    return _values(node.get(path[0]), path[1:]) if isinstance(node, dict) else []


def _split(text: str, options: Options) -> list[str]:
    """Split at commas outside quotes. How to escape a quote is [UNKNOWN]."""
    parts = [""]
    quoted = False
    for character in text:
        if character == '"':
            quoted = not quoted
        if character == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    if quoted:
        raise refused_query("BDC_1129", f"Invalid filter, a quote is not closed: {text}", options)
    return parts


def _condition(part: str, contract: ListContract, options: Options) -> Condition:
    pieces = part.split(":", _PARTS - 1)
    if len(pieces) != _PARTS:
        raise refused_query("BDC_1129", f"Invalid filter: {part}", options)
    field, operator, text = pieces
    allowed = filter_operators(contract, field, options)
    if not allowed:
        raise refused_query("BDC_1130", f"Invalid list filter field: {field}", options)
    if operator not in OPERATORS or operator not in allowed:
        message = f"Invalid list filter operator: {operator} for field {field}"
        raise refused_query("BDC_1131", message, options)
    field = RULES[contract.name].aliases.get(field, field)
    return Condition(field, operator, _wanted(field, operator, text, contract, options))


def _wanted(
    field: str, operator: str, text: str, contract: ListContract, options: Options
) -> tuple[Value, ...]:
    """Return the value of a filter, quoted or not, in the type of its field."""
    kind = contract.field_type(field) or "string"
    bare = _unquoted(text)
    if bare is None or bare == "":
        raise _bad_value(field, text, options)
    if kind == "date-time" and bare == text and options.unquoted_times == "refused":
        raise _bad_value(field, text, options)
    texts = bare.split(",") if operator in {"in", "nin"} else [bare]
    values = tuple(_typed(kind, item, field, options) for item in texts)
    known = ENUMERATIONS.get(f"{contract.name}.{field}")
    if known is not None and operator != "sw":
        for value in values:
            if value not in known:
                raise _bad_value(field, str(value), options)
    return values


def _unquoted(text: str) -> str | None:
    """Remove one pair of quotes. Return None if there are quotes anywhere else."""
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return None if '"' in inner else inner


def _typed(kind: str, text: str, field: str, options: Options) -> Value:
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[text]
        if kind == "number":
            return decimal(text)
        if kind in {"date", "date-time"}:
            time = parse_filter_time(
                text,
                documented=options.time_formats == "documented",
                naive_offset_hours=options.naive_time_offset_hours,
            )
            return text[:10] if kind == "date" else canonical(time)
    except (ValueError, KeyError, OverflowError):
        raise _bad_value(field, text, options) from None
    return text


def _bad_value(field: str, text: str, options: Options) -> BillError:
    return refused_query("BDC_1129", f"Invalid value for {field}: {text}", options)


def _sort_field(part: str, is_sortable: Callable[[str], bool], options: Options) -> SortField:
    field, separator, direction = part.partition(":")
    if not separator:
        direction = options.default_direction
    if direction not in {"asc", "desc"}:
        raise refused_query("BDC_1129", f"Invalid sort direction: {part}", options)
    if not is_sortable(field):
        raise refused_query("BDC_1130", f"Invalid list sort field: {field}", options)
    return SortField(field, descending=direction == "desc")


def default_sort(options: Options) -> tuple[SortField, ...]:
    """Return the order of a list if no sort was sent."""
    field, _, direction = options.default_order.partition(":")
    return (SortField(field, descending=direction == "desc"),)


def permission_refused(options: Options) -> BillError:
    """Return the error for a list or an object that the user may not read [LIVE NF]."""
    return refusal(options.permission_status, "BDC_1145")
