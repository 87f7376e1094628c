"""The benchmark's calculations, table and picture. Its parts run in integration_tests."""

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import __main__ as benchmark
from benchmarks import figures, report, timeline_picture
from benchmarks.canned_bill.rows import CannedRows
from benchmarks.measuring import interleaved
from benchmarks.organizations import even, fewest_pages
from benchmarks.parts import waiting
from benchmarks.timeline import Timeline
from bill_emulator.contract import LISTS

SYNC_WITHOUT_WAITING = Timeline.of(
    # login, two calls side by side, another one, logout
    [(9, 1), (10, 0), (10, 1), (10, 2), (11, 1), (11, 2), (11.5, 1), (12, 0), (13, 1), (14, 0)]
)


def test_canned_rows_have_their_length_and_most_bursty_ones_are_on_one_day() -> None:
    rows = CannedRows(1_000, bursty=True)
    times = [row["updatedTime"] for row in rows.all()]

    assert 1_850 < len(rows.page(0, 1_000)) / 1_000 < 1_950
    assert all(before <= after for before, after in pairwise(times))
    days = [time[:10] for time in times]
    assert max(map(days.count, days)) == pytest.approx(600, abs=10)


def test_some_canned_rows_have_a_null_at_the_top_and_one_below() -> None:
    rows = list(CannedRows(250).all())

    assert any(value is None for row in rows for value in row.values())
    assert any(row["invoice"]["invoiceNumber"] is None for row in rows)
    assert sum(b"null" in json.dumps(row).encode() for row in rows) < len(rows) / 5


def test_the_fewest_pages_hold_the_rows_and_an_empty_list_takes_one() -> None:
    assert fewest_pages({"bills": 201, "vendors": 100, "users": 1, "roles": 0}) == 3 + 1 + 1 + 1


def test_every_list_of_the_contract_is_in_an_even_organization() -> None:
    assert set(even(100).rows) == set(LISTS)


def test_all_syncs_of_the_document_have_different_names() -> None:
    cases = [
        waiting.case_name(organization.name, step)
        for organization, steps in waiting.document_plan()
        for step in steps
    ]

    assert len(cases) == len(set(cases))


def test_a_timeline_separates_login_and_logout_from_the_lists() -> None:
    found = SYNC_WITHOUT_WAITING

    assert found.seconds == 5
    assert found.reading == (1, 3)
    assert found.means(5) == [1, 2, 1.5, 0, 1]
    assert found.mean_call == pytest.approx(5.5 / 5)
    assert len(found.strip(20)) == 20


def test_the_picture_is_xml_with_the_name_of_every_sync() -> None:
    drawn = timeline_picture.svg("Calls <in> flight", {"even, first": SYNC_WITHOUT_WAITING})

    texts = [text.text for text in ET.fromstring(drawn).iter()]  # noqa: S314
    assert {"even, first", "5.0 s"} <= set(texts)


def test_each_name_in_the_picture_is_above_its_strip() -> None:
    drawn = timeline_picture.svg("title", dict.fromkeys(("a", "b"), SYNC_WITHOUT_WAITING))

    order = [each.text or each.get("class") for each in ET.fromstring(drawn)]  # noqa: S314
    heights = [float(each.get("y") or each.get("y1") or 0) for each in ET.fromstring(drawn)]  # noqa: S314
    a, b = order.index("a"), order.index("b")
    strip = [height for height, what in zip(heights, order, strict=True) if what == "grid"]
    assert heights[a] < min(strip[:4])
    assert max(strip[:4]) < heights[b] < min(strip[4:])


def test_rounds_are_interleaved_and_change_direction() -> None:
    order: list[str] = []

    interleaved(2, {name: lambda name=name: order.append(name) for name in "ab"})  # type: ignore[misc]

    assert order == ["a", "b", "b", "a"]


def test_slow_readers_run_in_every_other_round() -> None:
    found = interleaved(5, {name: lambda name=name: name for name in "ab"}, every_other="a")  # type: ignore[misc]

    assert {name: len(done) for name, done in found.items()} == {"a": 3, "b": 5}


def test_slow_readers_change_their_neighbors_too() -> None:
    order: list[str] = []

    what = {name: lambda name=name: order.append(name) for name in "abc"}
    interleaved(5, what, every_other="b")

    assert "".join(order) == "abc" + "ca" + "cba" + "ac" + "abc"


def test_the_table_shows_which_targets_were_met_and_is_written_between_its_marks() -> None:
    lines = [
        report.Ratio(1.05, "limit").at_most(1.10, "waiting", "even", "1 s"),
        report.Ratio(3.4, "stock").at_least(3.5, "processor", "ours", "1 s"),
    ]
    drawn = report.table(lines).splitlines()
    assert " met " in drawn[2]
    assert "MISSED" in drawn[3]
    assert len({len(line) for line in drawn}) == 1

    document = "a\n<!-- benchmark -->\nold\n<!-- end of benchmark -->\nb\n"
    assert report.between_marks(document, "benchmark", "new") == document.replace("old", "new")


@pytest.mark.parametrize("variable", [None, *benchmark.CHANGES])
def test_only_a_run_with_default_settings_writes_the_table_and_the_picture(
    variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, drawn = tmp_path / "performance.md", tmp_path / "waiting.svg"
    document.write_text("<!-- benchmark -->\nold\n<!-- end of benchmark -->\n")
    drawn.write_text("old")
    part = report.Part((report.Line("waiting", "even", "1 s"),), picture="new")
    monkeypatch.setattr(benchmark, "DOCUMENT", document)
    monkeypatch.setattr(benchmark, "PICTURE", drawn)
    monkeypatch.setattr(benchmark, "write_figures", lambda: None)
    monkeypatch.setattr(benchmark, "PARTS", {"waiting": lambda: part})
    for name in benchmark.CHANGES:
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "waiting")

    assert benchmark.main() == 0

    assert (drawn.read_text() == "old") == bool(variable)
    assert ("old" in document.read_text()) == bool(variable)


def test_the_figures_in_the_documents_are_those_of_the_last_run() -> None:
    for path, content in figures.contents().items():
        assert path.read_text(encoding="utf-8") == content, f"{path.name}: run `make generate`"


def test_the_figures_follow_the_table() -> None:
    page = figures.TABLE.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if "skewed, 200 ms, first" in line]
    changed = page.replace(
        rows[0], "| waiting | skewed, 200 ms, first | 7.6 s | 9.99 x limit | | |"
    )

    text = figures.figures(changed)

    assert "rows in 8 seconds" in text
    assert "9.99 times" in text


def test_the_short_picture_shows_the_named_strips_at_the_top() -> None:
    whole = timeline_picture.svg("title", dict.fromkeys("abc", SYNC_WITHOUT_WAITING))

    short = ET.fromstring(timeline_picture.excerpt(whole, {"c": "third", "a": "first"}))  # noqa: S314

    texts = [text.text for text in short.iter() if text.get("class") == "name"]
    assert texts == ["title", "third", "first"]
    moved = [group.get("transform") for group in short if group.tag.endswith("}g")]
    assert moved == ["translate(0 -216)", "translate(0 108)"]


def test_a_picture_without_the_strip_is_refused() -> None:
    whole = timeline_picture.svg("title", {"a": SYNC_WITHOUT_WAITING})

    with pytest.raises(ValueError, match="'b'"):
        timeline_picture.excerpt(whole, {"b": "second"})
