"""Line items: their ids, how an update changes them, and their amounts.

PUT replaces the lines: a line with a known id keeps it, a line without an id gets a new one, and
a line that is not sent is removed [DOC R:replaceinvoice, replacevendorcredit]. PATCH changes the
lines that it names by id, and their ids stay [DOC R:updateinvoice]. That PATCH keeps the other
lines is [INFER].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_emulator.writes.money import percent, times, total
from bill_emulator.writes.values import merged, populated
from bill_emulator.writes.write_errors import Refused, invalid, invalid_entity

if TYPE_CHECKING:
    from bill_emulator.store import Store
    from bill_emulator.writes.request_fields import Lines

Line = dict[str, Any]


def renewed(
    store: Store, lines: Lines, old: list[Line], sent: list[Line], *, keep_unnamed: bool
) -> list[Line]:
    """Return the lines of an object after a request that sends `sent`.

    Raises:
        Refused: a line has an id that the object does not have.
    """
    known = {line["id"]: line for line in old}
    for line in sent:
        if line.get("id") is not None and line["id"] not in known:
            raise _unknown_line(lines, line["id"])
    if not keep_unnamed:
        return [_written(store, lines, {"id": line.get("id")}, line) for line in sent]
    changes = {line["id"]: line for line in sent if line.get("id") is not None}
    kept = [merged(line, changes.get(line["id"], {})) for line in old]
    fresh = [_written(store, lines, {}, line) for line in sent if line.get("id") is None]
    return kept + fresh


def _unknown_line(lines: Lines, line_id: str) -> Refused:
    """Return the error for an unknown line id; its code and text are [INFER]."""
    return invalid_entity(f"{lines.field}: there is no line item {line_id}.")


def _written(store: Store, lines: Lines, old: Line, line: Line) -> Line:
    new: Line = populated({**line, "id": old.get("id") or store.ids.next(lines.prefix)})
    return new


def with_amounts(lines: Lines, items: list[Line]) -> list[Line]:
    """Return the lines of a bill or credit, each with its amount.

    The amount is the one sent, or quantity times price [DOC via AU].

    Raises:
        Refused: a line has neither an amount nor a price.
    """
    return [{**item, "amount": _amount(lines, place, item)} for place, item in enumerate(items)]


def _amount(lines: Lines, place: int, item: Line) -> float:
    if "price" in item:
        return times(item["price"], item.get("quantity", 1.0))
    if "amount" in item:
        return total([item["amount"]])
    raise invalid(f"{lines.field}[{place}].amount: must not be null")


def memo_amounts(lines: Lines, items: list[Line]) -> list[Line]:
    """Return the lines of a credit memo with their amounts.

    An amount is price times quantity, or a percentage of the sum of the amounts above the line,
    negative for a discount [DOC D:ar-credit-memos; the sign INFER].

    Raises:
        Refused: a line has neither an amount, a price nor a ratePercent.
    """
    done: list[Line] = []
    for place, item in enumerate(items):
        if "ratePercent" in item and "price" not in item:
            above = total(line["amount"] for line in done)
            done.append({**item, "amount": percent(item["ratePercent"], above)})
        else:
            done.append({**item, "amount": _amount(lines, place, item)})
    return done


def priced(lines: Lines, items: list[Line], *, by_amount: bool) -> list[Line]:
    """Return the lines of an invoice, each with a price and a quantity.

    The quantity is 1 if it is not sent [INFER]. With `by_amount`, a line may have an amount in
    place of a price. Rows do not show the amount.

    Raises:
        Refused: a line has neither a price nor such an amount, or its quantity is 0.
    """
    return [_priced(lines, place, item, by_amount) for place, item in enumerate(items)]


def _priced(lines: Lines, place: int, item: Line, by_amount: bool) -> Line:  # noqa: FBT001
    shown = {"quantity": 1.0, **item}
    amount = shown.pop("amount", None)
    if "price" in shown:
        return shown
    if amount is None or not by_amount:
        raise invalid(f"{lines.field}[{place}].price: must not be null")
    if not shown["quantity"]:
        raise invalid(f"{lines.field}[{place}].quantity: must not be 0")
    # Not rounded to the cent, so that price times quantity is the amount again.
    return {**shown, "price": amount / shown["quantity"]}
