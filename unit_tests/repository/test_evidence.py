"""Every citation of a fact about BILL in the code can be followed to docs/bill-api-evidence.md."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE_NAME = "docs/bill-api-evidence.md"
PAGE = (ROOT / PAGE_NAME).read_text(encoding="utf-8")
TAGS = ("DOC", "LIVE", "CODE", "CONTRA", "INFER", "UNKNOWN")
FOLDERS = (
    *("source_billcom", "bill_emulator", "testing", "sync_tool", "demo"),
    *("reliability", "benchmarks", "unit_tests", "integration_tests"),
)

Citation = tuple[str, str]
"""A tag and a source key; the key is empty where the citation has none."""


def citations(text: str) -> set[Citation]:
    """Return what the brackets of a text cite: `[LIVE MJ, SF]` is LIVE MJ and LIVE SF."""
    found = set()
    for bracket in re.findall(rf"\[((?:{'|'.join(TAGS)})\b[^\]\[]*)\]", text):
        tag = ""
        for part in re.split(r"[;,\s]+", bracket):
            word = part.rstrip(":")
            if word in TAGS:
                tag = word
                found.add((tag, ""))
            elif re.fullmatch("[A-Z]{2}", word):
                found.add((tag, word))
    return found


def table_rows() -> Iterator[list[str]]:
    """Yield the cells of every table row of the page."""
    for line in PAGE.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def source_keys() -> set[str]:
    return {cells[0] for cells in table_rows() if re.fullmatch("[A-Z]{2}", cells[0])}


def claims() -> Iterator[tuple[str, set[Citation], list[str]]]:
    """Yield each claim with its evidence and the files that depend on it."""
    for cells in table_rows():
        if len(cells) == 3 and "`" in cells[2] and citations(cells[1]):
            yield cells[0], citations(cells[1]), re.findall(r"`([\w./]+)`", cells[2])


def cited_by_file() -> dict[str, set[Citation]]:
    """Return what each source file cites, without the tests of the citations themselves."""
    cited = {}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if ".venv" in path.parts:
                continue
            if path.suffix in {".py", ".yaml"} and path.parent != Path(__file__).parent:
                found = citations(path.read_text(encoding="utf-8"))
                if found:
                    cited[path.relative_to(ROOT).as_posix()] = found
    return cited


CITED = cited_by_file()


def test_the_brackets_of_the_code_are_understood() -> None:
    assert citations("[DOC], [LIVE MJ, SF] and [DOC D:faq; LIVE OD]") == {
        *(("DOC", ""), ("LIVE", ""), ("LIVE", "MJ"), ("LIVE", "SF"), ("LIVE", "OD")),
    }
    assert citations("[DOC: old list] list[int] [DOCUMENTED]") == {("DOC", "")}
    assert len(CITED) > 50


@pytest.mark.parametrize("path", CITED)
def test_each_file_that_cites_evidence_has_its_claims_on_the_page(path: str) -> None:
    on_page: set[Citation] = set()
    for _, evidence, files in claims():
        if path in files:
            on_page |= evidence
    if path.startswith(("source_billcom/", "bill_emulator/", "benchmarks/")):
        assert sorted(CITED[path] - on_page) == []
    else:
        assert {key for _, key in CITED[path]} <= {"", *source_keys()}


def test_each_file_on_the_page_exists_and_cites_evidence() -> None:
    files = {file for _, _, files in claims() for file in files}
    assert sorted(files - CITED.keys()) == []


def test_each_claim_is_written_once_and_names_a_file() -> None:
    seen = defaultdict(list)
    for claim, _, files in claims():
        seen[claim].append(files)
    assert len(seen) > 80
    assert [claim for claim, uses in seen.items() if len(uses) > 1 or not uses[0]] == []


def test_each_source_key_in_the_code_and_the_documents_is_explained() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    cited = set().union(
        *CITED.values(), *(citations(path.read_text(encoding="utf-8")) for path in documents)
    )
    assert {key for _, key in cited} - {""} <= source_keys()


def test_each_source_is_cited_somewhere() -> None:
    cited = {key for _, evidence, _ in claims() for _, key in evidence}
    assert sorted(source_keys() - cited) == []


@pytest.mark.parametrize("pattern", [r"bill-api\b(?!-evidence)", r"\bsections? \d"])
def test_nothing_cites_a_document_that_is_not_in_the_repository(pattern: str) -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    files += [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    citing = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.name != Path(__file__).name and re.search(pattern, path.read_text(encoding="utf-8"))
    ]
    assert citing == []
