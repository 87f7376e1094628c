"""Bills by number, always the same ones. They are built on demand, so a million need no memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from bill_emulator.company import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

ROW_BYTES = 1_900
_DAY = 86_400
_BURST_SHARE = 0.6
_SOME = 500
_ROWS_PER_ONE_WITH_NULLS = 10
_AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
_ID, _CREATED, _UPDATED = b'{"id":"00n02', b'cann","createdTime":"', b'","updatedTime":"'
_CLOCK = tuple(
    b"T%02d:%02d:%02d.000+00:00" % (second // 3_600, second // 60 % 60, second % 60)
    for second in range(_DAY)
)
_OWN = ("id", "createdTime", "updatedTime")


@dataclass(frozen=True)
class Bounds:
    """The rows of a call: those numbered from `first` up to, but not including, `last`."""

    first: int
    last: int


class CannedRows:
    """`count` bills in ascending order of updatedTime, evenly spread over `days`.

    They are the longer ones of the emulator's bills, so that a row has 1.9 kB on average. Each row
    has its own id and times, and every tenth row has nulls. With `bursty`, 60 % of the rows are
    within one day in the middle.
    """

    def __init__(self, count: int, *, days: int = 730, bursty: bool = False) -> None:
        self.count = count
        self._tails = [
            _without_own(row if number % _ROWS_PER_ONE_WITH_NULLS else _with_nulls(row))
            for number, row in enumerate(_long_bills())
        ]
        self._starts = array("q", _seconds(count, days * _DAY, bursty=bursty))
        first_day = _AS_OF - timedelta(days=days)
        self._zero = int(first_day.timestamp())
        self._dates = [
            (first_day + timedelta(days=day)).date().isoformat().encode() for day in range(days)
        ]

    def all(self) -> Iterator[dict[str, Any]]:
        """Yield every row as Python values."""
        for number in range(self.count):
            row: dict[str, Any] = orjson.loads(self.page(number, number + 1))
            yield row

    def between(self, least: float | None, most: float | None) -> Bounds:
        """Return the rows between two times in Unix seconds, both inclusive."""
        first = 0 if least is None else bisect_left(self._starts, least - self._zero)
        last = self.count if most is None else bisect_right(self._starts, most - self._zero)
        return Bounds(first, max(first, last))

    def page(self, first: int, last: int, *, descending: bool = False) -> bytes:
        """Return rows as the content of a JSON array, without its brackets."""
        numbers = range(first, last)
        parts: list[bytes] = []
        for number in reversed(numbers) if descending else numbers:
            parts += self._parts(number)
        return b"".join(parts[:-1])

    def _parts(self, number: int) -> tuple[bytes, ...]:
        """Return a row in pieces, the last one a comma. `page` joins the pieces of all rows."""
        day, second = divmod(self._starts[number], _DAY)
        date, clock = self._dates[day], _CLOCK[second]
        tail = self._tails[number % len(self._tails)]
        return _ID, b"%011d" % number, _CREATED, date, clock, _UPDATED, date, clock, tail, b","


def _seconds(count: int, whole: int, *, bursty: bool) -> Iterator[int]:
    """Yield each row's time in seconds after the first day's midnight, in ascending order."""
    if not bursty:
        yield from (number * whole // max(1, count) for number in range(count))
        return
    burst = int(count * _BURST_SHARE)
    before = (count - burst) // 2
    middle = whole // 2
    yield from (number * middle // max(1, before) for number in range(before))
    yield from (middle + number * _DAY // burst for number in range(burst))
    after = count - burst - before
    left = whole - middle - _DAY
    yield from (middle + _DAY + number * left // after for number in range(after))


def _long_bills() -> list[dict[str, Any]]:
    """Return bills of a generated company that have `ROW_BYTES` bytes on average."""
    bills = generate(1, 1, _AS_OF).lists["bills"]
    by_length = sorted(bills, key=lambda row: len(orjson.dumps(row)))
    while by_length and _mean(by_length) < ROW_BYTES:
        del by_length[: max(1, len(by_length) // 50)]
    kept = {row["id"] for row in by_length}
    return [row for row in bills if row["id"] in kept][:_SOME]


def _mean(rows: list[dict[str, Any]]) -> float:
    return sum(len(orjson.dumps(row)) for row in rows) / len(rows)


def _with_nulls(row: dict[str, Any]) -> dict[str, Any]:
    """Add a null at the top of the row and one below it, which clients treat differently.

    It is unknown whether BILL sends nulls or omits such fields, as the emulator does [UNKNOWN].
    """
    invoice = {**row["invoice"], "invoiceNumber": None}
    return {**row, "purchaseOrderNumber": None, "invoice": invoice}


def _without_own(row: dict[str, Any]) -> bytes:
    """Return the JSON after a row's id and times, beginning with the quote that closes them."""
    rest = {name: value for name, value in row.items() if name not in _OWN}
    return b'",' + orjson.dumps(rest)[1:]
