"""The documentation matches the code: tables, messages, links, commands and the README's length."""

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from testing.lock_file import project
from testing.streams import STREAMS, load_manifest

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
}
README = DOCUMENTS["README.md"]
PAGE = DOCUMENTS["docs/source-billcom.md"]
USAGE = DOCUMENTS["docs/usage.md"]
SPEC = load_manifest()["spec"]["connection_specification"]
# two screens
MAX_LINES_BEFORE_FIRST_TABLE = 100


def table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its header rows."""
    section = re.split(rf"\n##+ {re.escape(heading)}\n", text)[1].split("\n## ", 1)[0]
    lines = section[section.index("\n|") + 1 :].splitlines()
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in list(rows)[2:]]


def test_the_stream_table_is_the_manifest() -> None:
    documented = [
        (name, path.strip("`"), modes.lower())
        for name, path, _, modes in table(PAGE, "Supported Streams")
    ]
    assert documented == [
        (
            stream.name,
            stream.path,
            "full refresh, incremental" if stream.is_incremental else "full refresh",
        )
        for stream in STREAMS.values()
    ]


def test_the_configuration_table_is_the_spec() -> None:
    documented = {row[0].strip("`"): row[1] == "yes" for row in table(USAGE, "Configuration")}
    assert documented == {name: name in SPEC["required"] for name in SPEC["properties"]}


def test_the_setup_guide_lists_the_fields_of_the_form_in_order() -> None:
    documented = table(PAGE, "Fields of the form")
    assert [(field.strip("*"), required == "yes") for field, required, _ in documented] == [
        (field["title"], name in SPEC["required"])
        for name, field in sorted(SPEC["properties"].items(), key=lambda item: item[1]["order"])
    ]


def _code_texts() -> Iterator[str]:
    """Yield every string in the connector's code, with a gap where a value is inserted."""
    for path in (ROOT / "source_billcom").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"%[sd]", "\0", node.value)
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "\0"
                    for part in node.values
                )


@cache
def _all_code_texts() -> tuple[str, ...]:
    return tuple(_code_texts())


def messages_of(page: str) -> list[str]:
    """Return the messages in the page's Troubleshooting table; one row may have several."""
    rows = table(page, "Troubleshooting")
    return [message for row in rows for message in re.findall("`(.+?)`", row[0])]


def pattern_of(message: str) -> re.Pattern[str]:
    """Compile a message of the table to a pattern for the start of a text; `...` matches any."""
    parts = [re.escape(part.strip()) for part in message.split("...")]
    return re.compile((r"\b" if parts[0] else "") + ".*".join(parts), re.DOTALL)


@pytest.mark.parametrize("message", messages_of(PAGE))
def test_each_message_of_the_troubleshooting_table_exists_in_the_code(message: str) -> None:
    assert any(pattern_of(message).match(text) for text in _all_code_texts())


def test_the_troubleshooting_table_exists_only_once() -> None:
    assert [name for name, text in DOCUMENTS.items() if "# Troubleshooting\n" in text] == [
        "docs/source-billcom.md"
    ]


def test_the_changelog_of_the_page_starts_with_this_version() -> None:
    assert table(PAGE, "Changelog")[0][0] == project()["version"]


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _broken_links(name: str) -> list[str]:
    """Return the relative links of a document whose file or heading does not exist."""
    broken = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", DOCUMENTS[name]):
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists():
            broken.append(link)
        elif anchor:
            headings = re.findall("^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            if anchor not in map(_anchor, headings):
                broken.append(link)
    return broken


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_relative_link_leads_to_a_file_and_a_heading(name: str) -> None:
    assert _broken_links(name) == []


def test_every_page_in_docs_is_linked_from_another_document() -> None:
    links = {
        ((ROOT / name).parent / link).resolve().relative_to(ROOT)
        for name, text in DOCUMENTS.items()
        for link in re.findall(r"\]\((?!https?:)([^)\s#]+)", text)
    }
    assert [
        name for name in DOCUMENTS if name.startswith("docs/") and Path(name) not in links
    ] == []


def test_every_folder_and_file_of_the_readmes_map_exists() -> None:
    named = [name for row in table(README, "Where things are") for name in row[0].split(", ")]
    paths = [name.strip("`") for name in named if name != "`schemas/`"]
    assert len(paths) > 10
    assert [path for path in paths if not list(ROOT.glob(path))] == []


def test_every_package_is_on_the_readmes_map() -> None:
    packages = {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("*/__init__.py")}
    packages |= {
        str(path.parent.relative_to(ROOT)) for path in ROOT.glob("source_billcom/*/__init__.py")
    }
    assert [name for name in sorted(packages) if f"`{name}/`" not in README] == []


def test_the_readme_says_how_to_start_before_its_first_table() -> None:
    before_table = README[: README.index("\n|")]
    assert len(before_table.splitlines()) <= MAX_LINES_BEFORE_FIRST_TABLE
    for needed in ("make demo", "make test", "make sync", "docker run"):
        assert needed in before_table


def test_every_make_target_that_the_documents_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "\n".join(DOCUMENTS.values())
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert named
    assert named <= targets


def _named_files(text: str) -> set[str]:
    """Return the Python and YAML files that a document names in backticks."""
    code_spans = re.findall(r"`([^`\n]+)`", text)
    return {name for span in code_spans for name in re.findall(r"[\w./-]*\w\.(?:py|yaml)\b", span)}


@cache
def _source_files() -> list[str]:
    """Return the path of every Python and YAML file, starting with a slash."""
    visible = [folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name[0] != "."]
    folders = [*visible, ROOT / ".ci"]
    found = [*ROOT.glob("*.*"), *(path for folder in folders for path in folder.rglob("*.*"))]
    return [f"/{path.relative_to(ROOT)}" for path in found if path.suffix in {".py", ".yaml"}]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_source_file_that_a_document_names_exists(name: str) -> None:
    named = sorted(_named_files(DOCUMENTS[name]))
    files = _source_files()
    assert [one for one in named if not any(file.endswith(f"/{one}") for file in files)] == []
