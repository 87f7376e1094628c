"""All rows of one organization, in memory. Not thread-safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from bill_emulator.contract import LISTS
from bill_emulator.time_index import TimeIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bill_emulator.clock import Clock
    from bill_emulator.ids import Ids
    from bill_emulator.options import Options

Row = dict[str, Any]

INDEXED = ("createdTime", "updatedTime")
"""The times that every row has and that lists are indexed by."""


class Rows(Protocol):
    """The part of a company that the store needs: its id and its rows by list."""

    @property
    def organization_id(self) -> str:
        """The organization's id, `008...`."""

    @property
    def lists(self) -> Mapping[str, list[Row]]:
        """The rows of each list."""


class Store:
    """The organization's rows by list and id, with an index by each of their times.

    Rows are immutable. To change one, build a new dict and call `replace`.
    """

    def __init__(self, company: Rows, clock: Clock, ids: Ids, options: Options) -> None:
        self.clock = clock
        self.ids = ids
        self.options = options
        self.organization_id = company.organization_id
        self._rows: dict[str, dict[str, Row]] = {name: {} for name in LISTS}
        self._indexes = {name: {time: TimeIndex() for time in INDEXED} for name in LISTS}
        for name, rows in company.lists.items():
            self.load(name, rows)

    def get(self, list_name: str, row_id: str) -> Row | None:
        """Return the row with this id, or None."""
        return self._rows[list_name].get(row_id)

    def row(self, list_name: str, row_id: str) -> Row:
        """Return the row with this id, which must exist."""
        return self._rows[list_name][row_id]

    def table(self, list_name: str) -> Mapping[str, Row]:
        """Return a list's rows by id. The caller must not change it."""
        return self._rows[list_name]

    def rows(self, list_name: str) -> Iterable[Row]:
        """Return all rows of a list, in insertion order."""
        return self._rows[list_name].values()

    def count(self, list_name: str) -> int:
        """Return how many rows the list has."""
        return len(self._rows[list_name])

    def insert(self, list_name: str, row: Row) -> None:
        """Add a row, and set its createdTime and updatedTime.

        Raises:
            ValueError: there is a row with this id.

        """
        if row["id"] in self._rows[list_name]:
            raise ValueError(f"{list_name} has a row {row['id']} already")
        now = self.clock.stamp()
        self.put(list_name, {**row, "createdTime": now, "updatedTime": now})

    def replace(self, list_name: str, row: Row, touch: bool = True) -> None:  # noqa: FBT001, FBT002
        """Store a new version of a row. `touch` sets its updatedTime.

        Raises:
            KeyError: there is no row with this id.

        """
        if row["id"] not in self._rows[list_name]:
            raise KeyError(row["id"])
        self.put(list_name, {**row, "updatedTime": self.clock.stamp()} if touch else row)

    def put(self, list_name: str, row: Row) -> None:
        """Insert or replace a complete row, without changing its times."""
        old = self._rows[list_name].get(row["id"])
        for time, index in self._indexes[list_name].items():
            if old is not None:
                if old[time] == row[time]:
                    continue
                index.remove((old[time], old["id"]))
            index.add((row[time], row["id"]))
        self._rows[list_name][row["id"]] = row

    def load(self, list_name: str, rows: Iterable[Row]) -> None:
        """Insert or replace many complete rows."""
        table = self._rows[list_name]
        fresh = []
        for row in rows:
            if row["id"] in table:
                self.put(list_name, row)
            else:
                table[row["id"]] = row
                fresh.append(row)
        for time, index in self._indexes[list_name].items():
            index.load((row[time], row["id"]) for row in fresh)

    def clear(self, list_name: str) -> None:
        """Remove all rows of a list."""
        self._rows[list_name] = {}
        self._indexes[list_name] = {time: TimeIndex() for time in INDEXED}

    def index(self, list_name: str, time: str) -> TimeIndex:
        """Return the index of a list by `createdTime` or `updatedTime`."""
        return self._indexes[list_name][time]
