"""The figures of a run in the documentation: the table on one page, long lists on another."""

from pathlib import Path

import pytest

from reliability.__main__ import PARTS
from reliability.report import FAILURES_PAGE, FIGURES_PAGE, Part, write_figures

PART = Part(
    "changes",
    {"rounds": 1_000, "lost_per_100_000": {"all": 0.25}, "failures": ["a <b>"], "bad": []},
    seed=3,
    seconds=2.5,
)
PAGE = "Text.\n<!-- changes -->\nold\n<!-- end of changes -->\nMore text.\n"


@pytest.fixture
def pages(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "reliability.md", tmp_path / "reliability-failures.md"
    for path in found:
        path.write_text(PAGE)
    return found


def test_the_table_has_the_figures_and_a_link_to_each_list(pages: tuple[Path, Path]) -> None:
    write_figures(PART, *pages)

    lines = pages[0].read_text().splitlines()
    assert "| rounds | 1,000 |" in lines
    assert "| lost, rows lost per 100,000: all | 0.2 |" in lines
    assert "| failures | [1](reliability-failures.md#changes) |" in lines
    assert "| bad | **0** |" in lines
    assert "with seed 3, in 2 s" in pages[0].read_text()


def test_the_lists_are_on_the_other_page(pages: tuple[Path, Path]) -> None:
    write_figures(PART, *pages)

    assert "- a &lt;b>" in pages[1].read_text().splitlines()
    assert "a &lt;b>" not in pages[0].read_text()


def test_only_the_text_between_the_marks_is_replaced(pages: tuple[Path, Path]) -> None:
    write_figures(PART, *pages)
    once = [path.read_text() for path in pages]
    write_figures(PART, *pages)

    assert [path.read_text() for path in pages] == once
    for text in once:
        assert text.startswith("Text.\n<!-- changes -->\nMade on ")
        assert text.endswith("<!-- end of changes -->\nMore text.\n")
        assert "old" not in text.splitlines()


def test_what_is_bad_is_counted_and_listed(pages: tuple[Path, Path]) -> None:
    write_figures(Part("changes", {"bad": ["2 rows lost"]}, 1, 1.0), *pages)

    assert "| bad | **1** |" in pages[0].read_text()
    assert "- 2 rows lost" in pages[1].read_text()


@pytest.mark.parametrize("name", PARTS)
def test_both_pages_have_a_place_and_a_heading_for_each_part(name: str) -> None:
    for page in (FIGURES_PAGE, FAILURES_PAGE):
        text = page.read_text("utf-8")
        assert text.index(f"<!-- {name} -->\n") < text.index(f"<!-- end of {name} -->")
    assert f"\n## {name}\n" in FAILURES_PAGE.read_text("utf-8")
