"""What a release publishes: the package's links, URLs and metadata, and the release's notes."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml

from testing.lock_file import project

ROOT = Path(__file__).parents[2]
PACKAGE = runpy.run_path(str(ROOT / ".ci" / "package.py"))
NOTES = runpy.run_path(str(ROOT / ".ci" / "release_notes.py"))["notes"]
REPOSITORY = "https://github.com/owner/name"
CHANGELOG = (
    "# Changelog\n\n## 0.2.0 - 2026-12-01\n\n- New.\n\n### Fixed\n\n- Old.\n\n"
    "## 0.1.0 - not published yet\n\n- First.\n"
)


def readme_of_the_package() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text: str = PACKAGE["absolute_links"](readme, REPOSITORY, "1.2.3")
    return text


def test_the_packages_readme_has_no_relative_link() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", readme_of_the_package())
    assert len(targets) > 10
    assert [link for link in targets if not link.startswith(("https://", "#"))] == []


def test_links_lead_to_the_tag_and_pictures_to_their_bytes() -> None:
    text = PACKAGE["absolute_links"](
        "[a](docs/a.md#b) ![c](d.svg) [e](https://e/) [f](#g)", REPOSITORY, "1.2.3"
    )
    assert text == (
        f"[a]({REPOSITORY}/blob/v1.2.3/docs/a.md#b) ![c]({REPOSITORY}/raw/v1.2.3/d.svg) "
        "[e](https://e/) [f](#g)"
    )


def test_the_package_has_the_urls_of_the_repository() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    poetry = tomllib.loads(PACKAGE["with_urls"](text, REPOSITORY, "1.2.3"))["tool"]["poetry"]
    assert poetry["repository"] == REPOSITORY
    assert poetry["urls"].items() > project()["urls"].items()
    assert poetry["urls"]["Changelog"] == f"{REPOSITORY}/blob/v1.2.3/CHANGELOG.md"


def test_the_packages_metadata_is_that_of_the_registry_entry() -> None:
    entry = yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))["data"]
    known = {page["url"] for page in entry["externalDocumentationUrls"]}
    assert project()["documentation"] == entry["documentationUrl"]
    assert set(project()["urls"].values()) <= known
    assert f"Development Status :: 3 - {entry['releaseStage'].title()}" in project()["classifiers"]
    assert project()["license"] == entry["license"]


def test_the_packages_author_is_who_the_license_names() -> None:
    (author,) = project()["authors"]
    assert f"Copyright (c) 2026 {author}" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_notes_are_the_section_of_the_version() -> None:
    assert NOTES("v0.2.0", "0.2.0", CHANGELOG) == "- New.\n\n### Fixed\n\n- Old.\n"


@pytest.mark.parametrize(
    ("tag", "version", "message"),
    [
        ("v0.3.0", "0.2.0", "pyproject.toml has the version 0.2.0"),
        ("v0.1.0", "0.1.0", "CHANGELOG.md has no section '## 0.1.0 - YYYY-MM-DD'"),
        ("v0.3.0", "0.3.0", "CHANGELOG.md has no section '## 0.3.0 - YYYY-MM-DD'"),
    ],
)
def test_a_release_that_is_not_ready_has_no_notes(tag: str, version: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        NOTES(tag, version, CHANGELOG)


def test_the_changelog_starts_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", text, flags=re.MULTILINE)
    assert first
    assert first[1] == project()["version"]


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github" / "workflows").glob("*.yml")))
def test_a_workflow_starts_without_the_right_to_write(workflow: Path) -> None:
    content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert content["permissions"] == {"contents": "read"}
    assert "secrets." not in workflow.read_text(encoding="utf-8")
