"""The benchmark's parts at a tiny size: they run and count correctly. Speed is not checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from benchmarks.canned_bill.process import Canned
from benchmarks.canned_bill.rows import CannedRows
from benchmarks.measuring import CommandFailed, run
from benchmarks.organizations import bursty, even, skewed
from benchmarks.parts import growth, record_output, waiting
from benchmarks.parts.cpu_time import cost_of
from benchmarks.readers.commands import CDK_RECORD_OUTPUT, OURS, Files, bills_readers, read_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bill_emulator.process import Emulator

ROWS = 251


@pytest.fixture(scope="module")
def canned() -> Iterator[Canned]:
    with Canned(ROWS) as server:
        yield server


def walk(config: dict[str, str], **params: str) -> list[list[str]]:
    """Read all pages of bills and return their rows' ids."""
    url = config["base_url"]
    login = {
        "username": config["username"],
        "password": config["password"],
        "organizationId": config["organization_id"],
        "devKey": config["dev_key"],
    }
    session = requests.post(url + "/v3/login", json=login, timeout=10).json()["sessionId"]
    headers = {"sessionId": session, "devKey": config["dev_key"]}
    pages: list[list[str]] = []
    while True:
        response = requests.get(url + "/v3/bills", params, headers=headers, timeout=10)
        assert response.ok, response.text
        body: dict[str, Any] = response.json()
        pages.append([row["id"] for row in body["results"]])
        if "nextPage" not in body:
            return pages
        params["page"] = body["nextPage"]


def a_time(number: int) -> str:
    (row,) = [row for at, row in enumerate(CannedRows(ROWS).all()) if at == number]
    return f'"{row["updatedTime"].replace("+00:00", "Z")}"'


def test_the_canned_bill_pages_like_the_emulator(bill: Emulator, canned: Canned) -> None:
    bill.put_rows("bills", list(CannedRows(ROWS).all()), replace=True)
    early, late = a_time(60), a_time(180)
    queries = (
        {"max": "100", "sort": "updatedTime:asc"},
        {"max": "7", "sort": "updatedTime:desc"},
        {"sort": "updatedTime:asc"},
        {"max": "50", "sort": "updatedTime:asc", "filters": f"updatedTime:gte:{early}"},
        {"max": "50", "sort": "updatedTime:asc", "filters": f"updatedTime:gt:{early}"},
        {"max": "40", "filters": f"updatedTime:gte:{early},updatedTime:lte:{late}"},
        {"max": "40", "sort": "updatedTime:desc", "filters": f"updatedTime:lt:{late}"},
        {"max": "40", "filters": f"updatedTime:gte:{late},updatedTime:lt:{late}"},
    )
    for query in queries:
        assert walk(canned.config(), **query) == walk(bill.config(), **query), query


def test_the_canned_bill_refuses_an_unknown_query(canned: Canned) -> None:
    with pytest.raises(AssertionError, match="only times can be filtered by"):
        walk(canned.config(), filters='vendorId:eq:"009"')


@pytest.mark.slow
def test_every_reader_reads_every_bill_once(canned: Canned, tmp_path: Path) -> None:
    for reader in bills_readers(Files(tmp_path), canned.config()):
        cost = cost_of(reader, canned)

        assert cost.served.logins == 1, reader.name
        assert cost.run.cpu_seconds > 0, reader.name
        # the connector also reads a page from the other end of the list, and some rows twice
        assert ROWS <= cost.served.rows <= 2 * ROWS, reader.name


@pytest.mark.slow
def test_waiting_is_measured_by_the_emulator() -> None:
    (first, again) = waiting.syncs(skewed(1_000), ((5, waiting.FIRST), (5, waiting.NOTHING_NEW)))

    assert first.fewest == 9 + 19
    assert again.kind == "nothing new"
    for one in (first, again):
        assert one.logins == 1
        assert one.most_at_once <= 3
        assert one.list_calls >= one.fewest
        assert 0 < one.timeline.reading[0] < one.timeline.reading[1] < one.timeline.seconds


@pytest.mark.slow
def test_each_sync_of_a_filled_organization_has_targets() -> None:
    part = waiting.measure([(skewed(1_000), ((5, waiting.FIRST), (5, waiting.NOTHING_NEW)))])

    for kind in (waiting.FIRST, waiting.NOTHING_NEW):
        lines = [line for line in part.lines if line.case == f"skewed of 1,000 rows, 5 ms, {kind}"]
        assert [line.target for line in lines] == ["<= 1.10 x", "<= 1.05 x", "", "<= 3"]
        assert [line.is_met is None for line in lines] == [False, False, True, False]
    assert len(part.below.splitlines()) == 2


def test_organizations_have_the_shape_of_their_name() -> None:
    assert set(even(2_000).rows.values()) == {100}
    assert skewed(100_000).rows["bills"] == 90_000
    assert sum(skewed(100_000).rows.values()) == pytest.approx(100_000, rel=0.001)
    bill = bursty(500).start(0)
    try:
        days = [row["updatedTime"][:10] for row in bill.data("bills")]
    finally:
        bill.stop()
    # the burst of 24 hours begins at noon, so it spans two calendar days
    assert max(days.count(day) for day in days) > 100
    assert len(days) == 500


def test_a_failing_command_is_an_error_that_quotes_it(tmp_path: Path) -> None:
    files = Files(tmp_path)
    config = {"username": "u", "password": "p", "organization_id": "008", "dev_key": "k" * 9}
    config |= {"base_url": "http://127.0.0.1:9/connect"}

    with pytest.raises(CommandFailed, match=r"ended with 1.*ERROR"):
        run(read_command(OURS, files, config, ["bills"]), tmp_path / "out")


@pytest.mark.slow
def test_record_printing_is_compared_with_the_cdks() -> None:
    (line,) = record_output.measure(rows=300, rounds=1).lines

    assert line.case == "300 bills, printed by the CDK"
    assert line.ratio.endswith(" x ours")


def test_the_cdks_printing_emits_the_same_records(canned: Canned, tmp_path: Path) -> None:
    arguments = read_command(OURS, Files(tmp_path), canned.config(), ["bills"])[len(OURS) :]
    found = []
    for program in (OURS, CDK_RECORD_OUTPUT):
        run([*program, *arguments], tmp_path / "out")
        found.append(sorted_records(tmp_path / "out"))

    assert found[0] == found[1]
    assert len(found[0]) == ROWS


@pytest.mark.slow
def test_growth_compares_each_size_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "_ROUNDS", 1)

    lines = growth.measure((100, 200, 300)).lines

    assert [line.case for line in lines] == [
        *(f"{rows} rows, median of 1" for rows in (100, 200, 300)),
        *("100 to 200 rows",) * 2,
        *("200 to 300 rows",) * 2,
    ]


def test_the_stock_manifest_and_the_connector_emit_the_same_records(
    canned: Canned, tmp_path: Path
) -> None:
    """The connector's own components read exactly what the CDK's components read.

    Both drop nulls at the top of a row and keep those below it, and neither changes the order of
    fields.
    """
    found = {}
    for reader in bills_readers(Files(tmp_path), canned.config()):
        if reader.name in {"source-billcom", "stock manifest"}:
            run(reader.command, tmp_path / "out")
            found[reader.name] = sorted_records(tmp_path / "out")

    assert len(found["source-billcom"]) == ROWS
    assert found["source-billcom"] == found["stock manifest"]
    emitted = "".join(found["source-billcom"])
    assert '"purchaseOrderNumber": null' not in emitted
    assert '"invoiceNumber": null' in emitted


def sorted_records(out: Path) -> list[str]:
    """Return the records that a connector wrote to a file, as JSON, without their times."""
    messages = [json.loads(line) for line in out.read_bytes().splitlines()]
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    return sorted(json.dumps({**record, "emitted_at": 0}) for record in records)
