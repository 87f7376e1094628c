"""README and Airbyte's page say what the code does: their tables are held against the manifest."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "source-billcom.md").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(
    (ROOT / "source_billcom" / "manifest.yaml").read_text(encoding="utf-8")
)
SPEC = MANIFEST["spec"]["connection_specification"]


def _table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its header rows."""
    section = re.split(rf"\n##+ {heading}\n", text)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def _declared_streams() -> list[list[str]]:
    return [
        [
            stream["name"],
            stream["retriever"]["list_path"],
            "full refresh" + (", incremental" if stream["retriever"].get("incremental") else ""),
        ]
        for stream in MANIFEST["streams"]
    ]


@pytest.mark.parametrize(
    ("text", "heading"), [(README, "Streams"), (PAGE, "Supported streams")], ids=["README", "page"]
)
def test_the_stream_table_is_the_manifest(text: str, heading: str) -> None:
    documented = [
        [name, path.strip("`"), modes.lower()] for name, path, modes in _table(text, heading)
    ]
    assert documented == _declared_streams()


def test_the_configuration_table_is_the_spec() -> None:
    documented = {row[0].strip("`"): row[1] == "yes" for row in _table(README, "Configuration")}
    assert documented == {name: name in SPEC["required"] for name in SPEC["properties"]}


def test_the_pages_fields_are_those_of_the_form_in_its_order() -> None:
    documented = _table(PAGE, "Step 3: Set up the connector in Airbyte")
    assert [(field.strip("*"), required == "yes") for field, required, _ in documented] == [
        (field["title"], name in SPEC["required"])
        for name, field in sorted(SPEC["properties"].items(), key=lambda item: item[1]["order"])
    ]


def _sentences() -> Iterator[str]:
    """Yield every text in the connector's code, with a gap where a value goes in."""
    for path in (ROOT / "source_billcom").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"%[sd]", "\0", node.value)
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "\0"
                    for part in node.values
                )


def messages_of(page: str) -> list[str]:
    """Give the messages of the page's table, several of which may share a row."""
    rows = _table(page, "Troubleshooting")
    return [each for row in rows for each in re.findall("`(.+?)`", row[0])]


def form(message: str) -> re.Pattern[str]:
    """Read a message of a table, in which `...` stands for anything, as how a sentence begins."""
    parts = [re.escape(part.strip()) for part in message.split("...")]
    return re.compile((r"\b" if parts[0] else "") + ".*".join(parts), re.DOTALL)


@pytest.mark.parametrize(
    "message",
    [
        *(each for row in _table(README, "Troubleshooting") for each in row[0].split(" / ")),
        *messages_of(PAGE),
    ],
)
def test_each_message_of_a_troubleshooting_table_is_one_of_the_connectors(message: str) -> None:
    assert any(form(message).match(sentence) for sentence in _sentences())


def test_the_pages_changelog_has_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert _table(PAGE, "Changelog")[0][0] == project["version"]


@pytest.mark.parametrize(("text", "folder"), [(README, ROOT), (PAGE, ROOT / "docs")])
def test_every_file_that_is_linked_to_exists(text: str, folder: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in links if not (folder / link).exists()] == []


def test_the_make_targets_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert named
    assert named <= targets
