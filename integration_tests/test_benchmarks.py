"""The benchmark's parts at a tiny size: that they run and count right, never how fast."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import requests

from benchmarks import picture, replaced, report, waiting
from benchmarks.canned_process import Canned
from benchmarks.canned_rows import CannedRows
from benchmarks.contenders import OURS, Files, bills_contenders, read_command
from benchmarks.measuring import CommandFailed, interleaved, run
from benchmarks.organizations import bursty, even, fewest_pages, skewed
from benchmarks.processor import cost_of
from benchmarks.timeline import Timeline
from bill_emulator.contract import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator

ROWS = 251
SYNC_WITHOUT_WAITING = Timeline.of(
    # login, two calls side by side, another one, logout
    [(9, 1), (10, 0), (10, 1), (10, 2), (11, 1), (11, 2), (11.5, 1), (12, 0), (13, 1), (14, 0)]
)


@pytest.fixture(scope="module")
def canned() -> Iterator[Canned]:
    with Canned(ROWS) as server:
        yield server


def walk(config: dict[str, str], **params: str) -> list[list[str]]:
    """Read all pages of bills; give their rows' ids."""
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
        answer = requests.get(url + "/v3/bills", params, headers=headers, timeout=10)
        assert answer.ok, answer.text
        body: dict[str, Any] = answer.json()
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


def test_canned_rows_are_as_long_as_said_and_most_of_bursty_ones_lie_in_a_day() -> None:
    rows = CannedRows(1_000, bursty=True)
    times = [row["updatedTime"] for row in rows.all()]

    assert 1_850 < len(rows.page(0, 1_000)) / 1_000 < 1_950
    assert all(before <= after for before, after in pairwise(times))
    days = [time[:10] for time in times]
    assert max(map(days.count, days)) == pytest.approx(600, abs=10)


def test_a_query_the_canned_bill_does_not_know_is_refused(canned: Canned) -> None:
    with pytest.raises(AssertionError, match="only times can be filtered by"):
        walk(canned.config(), filters='vendorId:eq:"009"')


def test_every_contender_reads_every_bill_once(canned: Canned, tmp_path: Path) -> None:
    config = {**canned.config(), "anchor_date": "2024-01-01"}
    for contender in bills_contenders(Files(tmp_path), config):
        cost = cost_of(contender, canned)

        assert cost.served.logins == 1, contender.name
        assert cost.run.processor > 0, contender.name
        # the connector looks at a page from the list's other end, and again at rows it stopped at
        assert ROWS <= cost.served.rows <= 2 * ROWS, contender.name


def test_waiting_is_measured_from_what_the_emulator_saw() -> None:
    (first, again) = waiting.syncs(skewed(1_000), ((5, waiting.FIRST), (5, waiting.NOTHING_NEW)))

    assert first.fewest == 9 + 19
    assert again.kind == "nothing new"
    for one in (first, again):
        assert one.logins == 1
        assert one.most_at_once <= 3
        assert one.list_calls >= one.fewest
        assert 0 < one.timeline.reading[0] < one.timeline.reading[1] < one.timeline.seconds


def test_organizations_have_the_shape_they_are_named_after() -> None:
    assert set(even(2_000).rows.values()) == {100}
    assert skewed(100_000).rows["bills"] == 90_000
    assert sum(skewed(100_000).rows.values()) == pytest.approx(100_000, rel=0.001)
    bill = bursty(500).start(0)
    try:
        days = [row["updatedTime"][:10] for row in bill.data("bills")]
    finally:
        bill.stop()
    # a day that begins at noon is two by the calendar
    assert max(days.count(day) for day in days) > 100
    assert len(days) == 500


def test_the_fewest_pages_are_those_that_hold_the_rows_and_one_to_see_that_there_are_none() -> None:
    assert fewest_pages({"bills": 201, "vendors": 100, "users": 1, "roles": 0}) == 3 + 1 + 1 + 1


def test_a_timeline_tells_login_and_logout_from_the_lists() -> None:
    found = SYNC_WITHOUT_WAITING

    assert found.seconds == 5
    assert found.reading == (1, 3)
    assert found.means(5) == [1, 2, 1.5, 0, 1]
    assert found.mean_call == pytest.approx(5.5 / 5)
    assert len(found.strip(20)) == 20


def test_the_picture_is_xml_that_names_every_sync() -> None:
    drawn = picture.svg("Calls <in> flight", {"even, first": SYNC_WITHOUT_WAITING})

    texts = [text.text for text in ET.fromstring(drawn).iter()]  # noqa: S314
    assert {"even, first", "5.0 s"} <= set(texts)


def test_a_failing_command_is_an_error_that_quotes_it(tmp_path: Path) -> None:
    files = Files(tmp_path)
    config = {"username": "u", "password": "p", "organization_id": "008", "dev_key": "k" * 9}
    config |= {"base_url": "http://127.0.0.1:9/connect"}

    with pytest.raises(CommandFailed, match=r"ended with 1.*ERROR"):
        run(read_command(OURS, files, config, ["bills"]), tmp_path / "out")


def test_what_takes_long_takes_part_in_every_other_round() -> None:
    found = interleaved(5, {name: lambda name=name: name for name in "ab"}, every_other="a")  # type: ignore[misc]

    assert {name: len(done) for name, done in found.items()} == {"a": 3, "b": 5}


def test_rounds_are_interleaved_and_change_direction() -> None:
    order: list[str] = []

    interleaved(2, {name: lambda name=name: order.append(name) for name in "ab"})  # type: ignore[misc]

    assert order == ["a", "b", "b", "a"]


def test_the_table_says_which_target_held_and_stands_between_its_marks() -> None:
    lines = [
        report.Ratio(1.05, "limit").at_most(1.10, "waiting", "even", "1 s"),
        report.Ratio(3.4, "stock").at_least(3.5, "processor", "ours", "1 s"),
    ]
    drawn = report.table(lines).splitlines()
    assert "held" in drawn[2]
    assert "MISSED" in drawn[3]
    assert len({len(line) for line in drawn}) == 1

    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "performance.md"
        document.write_text("a\n<!-- benchmark -->\nold\n<!-- end of benchmark -->\nb\n")
        report.write_between_marks(document, "new")
        assert document.read_text() == (
            "a\n<!-- benchmark -->\nnew\n<!-- end of benchmark -->\nb\n"
        )


def test_every_list_of_the_contract_is_in_an_even_organization() -> None:
    assert set(even(100).rows) == set(LISTS)


def test_what_a_part_gains_is_measured_with_the_cdks_own_in_its_place() -> None:
    lines = replaced.measure(rows=300, rounds=1).lines

    assert [line.case for line in lines] == [
        "300 bills with the CDK's printing",
        "discover with the CDK's imports",
    ]
    assert all(line.ratio.endswith(" x as it is") for line in lines)


def test_the_stock_manifest_and_the_connector_emit_the_same_records(tmp_path: Path) -> None:
    """All that replaces parts of the CDK, held against the parts: one canned server, both read it.

    The connector leaves out nulls as the CDK does, and neither changes an order of fields.
    """
    with Canned(ROWS) as bill:
        files = Files(tmp_path)
        found = {}
        for contender in bills_contenders(files, {**bill.config(), "anchor_date": "2024-01-01"}):
            if contender.name in {"source-billcom", "stock manifest"}:
                run(contender.command, tmp_path / "out")
                lines = (tmp_path / "out").read_bytes().splitlines()
                messages = [json.loads(line) for line in lines]
                records = [m["record"] for m in messages if m["type"] == "RECORD"]
                found[contender.name] = sorted(
                    (json.dumps({**r, "emitted_at": 0}) for r in records),
                )

    assert len(found["source-billcom"]) == ROWS
    assert found["source-billcom"] == found["stock manifest"]
