"""Archived rows are read, whether BILL's lists include them or return them only when asked to.

Evidence says that the lists include them, but not every list of BILL has been seen. The emulator
treats all lists alike, so no test here covers a BILL that hides archived rows in only some lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS
from testing.rows import assert_same_rows, by_id

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.rows import Json


def calls_for_archived(bill: Emulator) -> list[str]:
    """Return the paths of the calls that asked for archived rows only."""
    return [
        call["path"]
        for call in bill.calls("/v3/")
        if "archived" in call["query"].get("filters", "")
    ]


def archive_and_restore(bill: Emulator, name: str) -> None:
    """Archive the first live row of a list, and restore the first archived one."""
    rows = bill.data(name)
    now = bill.get("/clock")["now"]
    for was in (False, True):
        row = next(row for row in rows if row["archived"] is was)
        bill.put_rows(name, [{**row, "archived": not was, "updatedTime": now}])


def assert_is_bill(rows: dict[str, list[Json]], bill: Emulator) -> None:
    for name in LISTS:
        assert_same_rows(rows[name], bill.data(name, rendered=True), name)


def test_hidden_archived_rows_are_read_once_and_so_are_their_changes(
    bill: Emulator, connector: Connector
) -> None:
    bill.options(archived_rows="hidden")

    first = connector.read()

    assert first.exit_code == 0
    assert_is_bill(first.records, bill)
    assert {row["archived"] for row in first.records["bills"]} == {True, False}

    archive_and_restore(bill, "vendors")
    archive_and_restore(bill, "bills")
    second = connector.read(None, first.state_file)

    assert second.exit_code == 0
    for name in ("vendors", "bills"):
        merged = {**by_id(first.records[name]), **by_id(second.records[name])}
        assert_same_rows(list(merged.values()), bill.data(name, rendered=True), name)


def test_lists_that_include_archived_rows_are_not_asked_for_them(
    bill: Emulator, connector: Connector
) -> None:
    first = connector.read()
    second = connector.read(["bills"], first.state_file)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert_is_bill(first.records, bill)
    assert calls_for_archived(bill) == []


def test_a_list_without_archived_rows_is_asked_for_them_once_per_sync(
    bill: Emulator, connector: Connector
) -> None:
    live = [row for row in bill.data("bills") if not row["archived"]]
    bill.put_rows("bills", live, replace=True)

    result = connector.read(["bills"])

    assert result.exit_code == 0
    assert_same_rows(result.records["bills"], bill.data("bills", rendered=True), "bills")
    assert calls_for_archived(bill) == [LISTS["bills"].path]


def test_an_archived_row_at_the_end_of_a_long_list_is_not_read_twice(
    bill: Emulator, connector: Connector
) -> None:
    """The connector may ask for archived rows before the list has shown its only one, or not."""
    bill.bulk("bills", 2_500, replace=True)
    newest = max(bill.data("bills"), key=lambda row: str(row["updatedTime"]))
    bill.put_rows("bills", [{**newest, "archived": True}])

    result = connector.read(["bills"])

    assert result.exit_code == 0
    assert_same_rows(result.records["bills"], bill.data("bills", rendered=True), "bills")
    assert len(result.records["bills"]) == len(by_id(result.records["bills"]))
    assert len(calls_for_archived(bill)) <= 1


def test_a_state_is_emitted_only_after_the_archived_rows_before_it(
    bill: Emulator, connector: Connector
) -> None:
    bill.options(archived_rows="hidden")
    bill.bulk("bills", 2_500)
    expected = by_id(bill.data("bills"))

    result = connector.read(["bills"])

    out: dict[str, Json] = {}
    for message in result.messages:
        if message["type"] == "RECORD":
            row = message["record"]["data"]
            out[row["id"]] = row
        elif message["type"] == "STATE":
            until = message["state"]["stream"]["stream_state"].get("updatedTime", "")
            due = {i for i, row in expected.items() if str(row["updatedTime"]) < until}
            assert due <= out.keys()
    assert out.keys() == expected.keys()
