"""README says what the code does: its tables are read and held against the manifest."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(
    (ROOT / "source_billcom" / "manifest.yaml").read_text(encoding="utf-8")
)


def _table(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its header rows."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_the_stream_table_is_the_manifest() -> None:
    declared = [
        [
            stream["name"],
            stream["retriever"]["list_path"],
            "full refresh" + (", incremental" if stream["retriever"].get("incremental") else ""),
        ]
        for stream in MANIFEST["streams"]
    ]
    assert _table("Streams") == declared


def test_the_configuration_table_is_the_spec() -> None:
    spec = MANIFEST["spec"]["connection_specification"]
    documented = {row[0].strip("`"): row[1] == "yes" for row in _table("Configuration")}
    assert documented == {name: name in spec["required"] for name in spec["properties"]}


def test_every_file_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_make_targets_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert named
    assert named <= targets
