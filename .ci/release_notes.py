"""Print the changes of one version from CHANGELOG.md: `release_notes.py v1.2.3`.

The tag must be `v` and the version of pyproject.toml, and the changelog must have a section for it
that is not marked as unpublished.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(tag: str, version: str, changelog: str) -> str:
    """Return the text of the version's section.

    Raises:
        ValueError: The tag is another version, or the changelog has no dated section for it.

    """
    if tag != f"v{version}":
        message = f"The tag is {tag}, but pyproject.toml has the version {version}."
        raise ValueError(message)
    date = r"\d{4}-\d{2}-\d{2}"
    pattern = rf"^## {re.escape(version)} - {date}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, changelog, flags=re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        message = f"CHANGELOG.md has no section '## {version} - YYYY-MM-DD' with changes."
        raise ValueError(message)
    return found[1].strip() + "\n"


def main() -> int:
    """Print the notes; return 1 and say why if the release is not ready."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["poetry"]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    try:
        sys.stdout.write(notes(sys.argv[1], project["version"], changelog))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
