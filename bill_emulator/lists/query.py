"""A list's `filters` and `sort`: read, checked against the list's rules, and applied to rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.clock import canonical
from bill_emulator.enumerations import ENUMERATIONS
from bill_emulator.errors import BillError, Problem, refusal
from bill_emulator.lists.filter_times import parse_filter_time
from bill_emulator.lists.rules import OPERATORS, RULES, can_sort, filter_operators
from bill_emulator.numbers import decimal

if TYPE_CHECKING:
    from bill_emulator.contract import ListContract
    from bill_emulator.options import Options

Row = dict[str, Any]
Predicate = Callable[[Row], bool]
Value = str | float | bool

_PARTS = 3


@dataclass(frozen=True)
class Condition:
    """One filter: a field (dotted when nested), an operator and the values compared with."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class SortField:
    """One field of a sort and its direction."""

    field: str
    descending: bool = False


def parse_filters(text: str, contract: ListContract, options: Options) -> tuple[Condition, ...]:
    """Read `filters`: `{field}:{op}:{value}` joined by commas, all of which must hold.

    An empty text is no filter.

    Raises:
        BillError: 400 for a field, operator or value BILL does not take on this list.

    """
    if not text:
        return ()
    return tuple(_condition(part, contract, options) for part in _split(text, options))


def parse_sort(text: str, contract: ListContract, options: Options) -> tuple[SortField, ...]:
    """Read `sort`: `{field}[:asc|desc]` joined by commas; an empty text is no sort.

    Raises:
        BillError: 400 for a field the list is not sorted by, or another direction.

    """
    return parse_sort_fields(text, lambda field: can_sort(contract, field, options), options)


def parse_sort_fields(
    text: str, is_sortable: Callable[[str], bool], options: Options
) -> tuple[SortField, ...]:
    """Read `sort` of a list that is sorted by the fields `is_sortable` accepts.

    Raises:
        BillError: as for `parse_sort`.

    """
    if not text:
        return ()
    return tuple(_sort_field(part, is_sortable, options) for part in text.split(","))


def refused_query(code: str, message: str, options: Options) -> BillError:
    """Build the refusal of a query parameter; no source says which body BILL sends [UNKNOWN]."""
    shown = code if options.query_error_code == "bdc" else None
    return BillError(options.query_status, [Problem(shown, message)])


def predicate(condition: Condition, options: Options) -> Predicate:
    """Make a function that tells whether a row meets the condition."""
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
    """Return a row's value under a dotted name, None when it has none."""
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
    """Collect the values under a path; an array gives those of each element."""
    if isinstance(node, list):
        return [value for element in node for value in _values(element, path)]
    if not path:
        return [] if node is None else [node]
    return _values(node.get(path[0]), path[1:]) if isinstance(node, dict) else []


def _split(text: str, options: Options) -> list[str]:
    """Split at the commas outside quotes; no way to escape a quote is known [UNKNOWN]."""
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
    """Read a filter's value, quoted or bare, as the field's type."""
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
    """Take one pair of quotes off; None when quotes stand anywhere else."""
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
    """Return the order of a list for which no sort was sent."""
    field, _, direction = options.default_order.partition(":")
    return (SortField(field, descending=direction == "desc"),)


def permission_refused(options: Options) -> BillError:
    """Build BILL's refusal of a list or an object the user may not read [LIVE NF]."""
    return refusal(options.permission_status, "BDC_1145")
