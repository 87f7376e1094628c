"""A list of the manifest as a stream: its query, its check, its rows, its part in a sync."""

from datetime import timedelta
from typing import Any

import pytest

from source_billcom.api.session import SessionAuthenticator
from source_billcom.errors import ConnectorError, config_error
from source_billcom.lists.archived_probe import ArchivedProbe
from source_billcom.lists.batch import TimeRange
from source_billcom.streams import FailedReader, ListRetriever
from source_billcom.sync.cursor import UpdatedTimeCursor
from unit_tests.fakes import ARCHIVED, CONFIG, NOW, FakeBill, bill_error, client_of, page, row

PATH = "/v3/bills"
START = NOW - timedelta(days=1)
INTERVAL = TimeRange(START, NOW)
SCHEMA: dict[str, Any] = {"properties": {"id": {"type": "string"}}}
SCHEMA_WITH_ARCHIVED: dict[str, Any] = {
    "properties": {"id": {"type": "string"}, "archived": {"type": "boolean"}}
}


def bills(*, is_incremental: bool = True, **fields: Any) -> ListRetriever:
    """Return the stream of bills."""
    cursor = object() if is_incremental else None
    return ListRetriever(
        CONFIG, {}, "bills", PATH, SessionAuthenticator(), incremental_sync=cursor, **fields
    )


def ids_read(
    stream: ListRetriever,
    bill: FakeBill,
    schema: dict[str, Any] = SCHEMA,
    saved: dict[str, Any] | None = None,
) -> list[str]:
    """Read all parts of a sync of the stream, and return the ids of their rows."""
    client = client_of(bill)
    cursor = UpdatedTimeCursor("bills", saved or {})
    progress = stream.progress(client, schema, cursor, INTERVAL, ArchivedProbe(client))
    readers = [part.reader for part in progress.parts if part.reader]
    return [one["id"] for reader in readers for batch in reader for one in batch.rows]


def test_a_list_is_requested_with_the_sort_and_the_parameters_that_the_manifest_declares() -> None:
    bill = FakeBill()
    stream = bills(is_incremental=False, sort="createdTime:asc", extra={"billApprovals": "true"})

    assert ids_read(stream, bill) == []
    (call,) = bill.calls_to(PATH)
    assert call.params == {"max": "100", "sort": "createdTime:asc", "billApprovals": "true"}


def test_the_check_of_an_incremental_list_uses_the_filter_and_sort_of_a_sync() -> None:
    bill = FakeBill()

    bills().read_first_page(client_of(bill), INTERVAL)

    (call,) = bill.calls_to(PATH)
    assert call.params["sort"] == "updatedTime:asc"
    assert call.params["filters"].count("updatedTime") == 2


def test_the_check_of_a_list_whose_filter_is_refused_reads_it_without_the_filter() -> None:
    bill = FakeBill().on(PATH, bill_error("BDC_4711", 400), page([row("1")]))

    bills().read_first_page(client_of(bill), INTERVAL)

    assert "filters" not in bill.calls_to(PATH)[-1].params


@pytest.mark.parametrize("is_incremental", [True, False])
def test_the_check_of_a_list_that_is_not_permitted_fails(*, is_incremental: bool) -> None:
    bill = FakeBill().on(PATH, bill_error("BDC_1145", 403))

    with pytest.raises(ConnectorError, match="denied this user permission while reading bills"):
        bills(is_incremental=is_incremental).read_first_page(client_of(bill), INTERVAL)


def test_the_check_of_a_list_that_is_read_whole_reads_one_page() -> None:
    bill = FakeBill().on(PATH, page([row("1")], "b"), page([row("2")]))

    bills(is_incremental=False).read_first_page(client_of(bill), INTERVAL)

    assert len(bill.calls_to(PATH)) == 1


def test_archived_rows_are_requested_only_if_the_schema_has_the_field() -> None:
    for schema, requests in ((SCHEMA, 0), (SCHEMA_WITH_ARCHIVED, 1)):
        for is_incremental in (True, False):
            bill = FakeBill().on(PATH, page([row("1", START)]))

            assert ids_read(bills(is_incremental=is_incremental), bill, schema) == ["1"]
            assert len(bill.calls_to(PATH + ARCHIVED)) == requests


def test_archived_rows_are_not_requested_again_once_the_list_has_returned_one() -> None:
    bill = FakeBill().on(PATH, page([row("1", START)]))
    saved = {"updatedTime": START.isoformat(), "archived_listed": True}

    assert ids_read(bills(), bill, SCHEMA_WITH_ARCHIVED, saved) == ["1"]
    assert bill.calls_to(PATH + ARCHIVED) == []


def test_only_an_incremental_stream_has_a_cursor() -> None:
    client = client_of(FakeBill())
    cursor = UpdatedTimeCursor("bills", {})

    for is_incremental, expected in ((True, cursor), (False, None)):
        stream = bills(is_incremental=is_incremental)
        progress = stream.progress(client, SCHEMA, cursor, INTERVAL, ArchivedProbe(client))
        assert progress.cursor is expected


def test_a_saved_state_that_cannot_be_used_fails_the_stream_without_a_call() -> None:
    bill = FakeBill()
    client = client_of(bill)
    reason = config_error("The saved state is not usable.")

    progress = bills().progress(
        client, SCHEMA, UpdatedTimeCursor("bills", {}), reason, ArchivedProbe(client)
    )

    (part,) = progress.parts
    assert part.reader
    with pytest.raises(ConnectorError, match="not usable"):
        next(iter(part.reader))
    assert bill.calls == []


def test_a_failed_reader_offers_no_work_to_other_threads() -> None:
    assert FailedReader(config_error("No.")).pages_left() == 0
