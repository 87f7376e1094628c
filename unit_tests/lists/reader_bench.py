"""Shared by the tests of reading: lists with rows, readers of them, and random changes."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

from source_billcom.api.client import BillClient
from source_billcom.api.query import UPDATED, ListQuery
from source_billcom.lists.batch import Bound, Reader
from source_billcom.lists.readers import RangeReader, WholeReader
from source_billcom.times import parse_time
from unit_tests import fakes
from unit_tests.fakes import FakeBill
from unit_tests.lists.small_list import PATH, PRESENT, START, Behavior, Row, SmallList

BILLS = ListQuery("bills", PATH)
SORTED = ListQuery("departments", PATH, sort="createdTime:asc")
SECOND = timedelta(seconds=1)


def client_of(bills: SmallList | FakeBill) -> BillClient:
    """Return a client of a list, or of a scripted BILL."""
    bill = bills if isinstance(bills, FakeBill) else FakeBill().on(PATH, bills)
    return fakes.client_of(bill)


def range_reader(
    bills: SmallList, start: datetime = START, end: datetime | Bound | None = None
) -> RangeReader:
    """Return a reader of the rows that were updated from `start` to `end`, by default now."""
    end_bound = end if isinstance(end, Bound) else Bound(end or bills.now)
    return RangeReader(client_of(bills), BILLS, UPDATED, start=start, end=end_bound)


def whole_reader(bills: SmallList, query: ListQuery = SORTED) -> WholeReader:
    """Return a reader of the whole list."""
    return WholeReader(client_of(bills), query)


def rows_of(reader: Reader) -> list[Row]:
    """Read to the end."""
    return [found for batch in reader for found in batch.rows]


def ids_of(reader: Reader) -> list[str]:
    """Read to the end; return the ids in the order they came."""
    return [found["id"] for found in rows_of(reader)]


def list_with(behavior: Behavior, groups: list[int], *, same_birth: bool = False) -> SmallList:
    """Return a list with so many rows in each second, whose ids are not in order of time.

    Each row was created in another second, or with `same_birth` all rows of a second in the same.
    """
    bills = SmallList(behavior, now=START)
    for second, count in enumerate(groups):
        for number in range(count):
            moment = START + second * SECOND
            birth = START - second * SECOND - (0 if same_birth else number) * SECOND
            bills.put(f"r{(number * 7919 + second * 31) % 1000:03}x{second}", moment, birth)
    bills.now = PRESENT
    return bills


def whole_reader_of(bill: FakeBill, query: ListQuery) -> WholeReader:
    """Return a reader of a scripted list."""
    return WholeReader(client_of(bill), query)


def read_interleaved(readers: list[Reader], random: Random) -> list[Row]:
    """Read all readers interleaved at random, and split each when that is possible."""
    read: list[Row] = []
    open_ones = [(reader, iter(reader)) for reader in readers]
    while open_ones:
        chosen = random.randrange(len(open_ones))
        reader, batches = open_ones[chosen]
        batch = next(batches, None)
        if batch is None:
            open_ones.pop(chosen)
            continue
        read += batch.rows
        later = reader.split() if random.random() < 0.7 else None
        if later is not None:
            readers.append(later)
            open_ones.append((later, iter(later)))
    return read


def random_changes(
    bills: SmallList, random: Random, most: int, *, late: bool = False
) -> Callable[[], None]:
    """Return a function for `before_call`: time passes, and rows are changed and created.

    There are up to `most` changes per call, and 60 in all. With `late`, rows show up later than
    their updatedTime.
    """
    left = [60]

    def change() -> None:
        bills.now += timedelta(milliseconds=random.choice([0, 10, 400, 1_500]))
        for _ in range(min(random.randint(0, most), left[0])):
            left[0] -= 1
            known = sorted(bills.entries)
            is_new = not known or random.random() < 0.2
            delay = timedelta(seconds=random.choice([0, 5, 240]) if late else 0)
            bills.put(f"n{left[0]}" if is_new else random.choice(known), visible_after=delay)

    return change


def newest_in(rows: Iterable[Row]) -> datetime:
    """Return the newest updatedTime, which is the state after a sync."""
    times = (parse_time(found["updatedTime"]) for found in rows if "updatedTime" in found)
    return max(filter(None, times), default=START)
