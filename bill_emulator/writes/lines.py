"""Line items: their ids, how an update changes them, and what they add up to.

PUT takes the list as it is: a line with a known id keeps it, a line without gets one, a line left
out is removed [DOC R:replaceinvoice, replacevendorcredit]. PATCH changes the lines it names by id
[DOC R:updateinvoice: their ids do not change]; that lines it does not name stay is [INFER].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_emulator.writes.money import percent, times, total
from bill_emulator.writes.refusals import Refused, invalid, invalid_entity
from bill_emulator.writes.values import merged, populated

if TYPE_CHECKING:
    from bill_emulator.store import Store
    from bill_emulator.writes.shapes import Lines

Line = dict[str, Any]


def renewed(
    store: Store, lines: Lines, old: list[Line], sent: list[Line], *, keep_unnamed: bool
) -> list[Line]:
    """Return the object's lines after a request that sends `sent`.

    Raises:
        Refused: a line names an id the object does not have.
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
    """Return the refusal of a line id the object does not have; code and words [INFER]."""
    return invalid_entity(f"{lines.field}: there is no line item {line_id}.")


def _written(store: Store, lines: Lines, old: Line, line: Line) -> Line:
    new: Line = populated({**line, "id": old.get("id") or store.ids.next(lines.prefix)})
    return new


def with_amounts(lines: Lines, items: list[Line]) -> list[Line]:
    """Return the lines of a bill or credit, each with its amount.

    It is as sent, or quantity by price [DOC via AU].

    Raises:
        Refused: a line has neither.
    """
    return [{**item, "amount": _amount(lines, place, item)} for place, item in enumerate(items)]


def _amount(lines: Lines, place: int, item: Line) -> float:
    if "price" in item:
        return times(item["price"], item.get("quantity", 1.0))
    if "amount" in item:
        return total([item["amount"]])
    raise invalid(f"{lines.field}[{place}].amount: must not be null")


def memo_amounts(lines: Lines, items: list[Line]) -> list[Line]:
    """Return a credit memo's lines with their amounts.

    That is price by quantity, or a rate of the sum of the amounts above the line, negative for a
    discount [DOC D:ar-credit-memos; the sign INFER].

    Raises:
        Refused: a line has neither amount, price nor ratePercent.
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
    """Return an invoice's lines, each with a price and a quantity, which is 1 when not sent [INFER].

    With `by_amount` a line may have an amount in place of a price. A row shows no amount.

    Raises:
        Refused: a line has no price, and no amount to compute it from.
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
    # Not rounded to the cent: price by quantity must give the amount again.
    return {**shown, "price": amount / shown["quantity"]}
