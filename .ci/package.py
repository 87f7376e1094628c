"""Build the wheel and the source distribution for PyPI: `make package`.

PyPI shows the README without the repository around it, so its links need the repository's address,
as do the project's URLs. The address is known where the package is built: `--repository` names it,
for example https://github.com/owner/name. Everything is built from a copy of the checkout.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FILES = ("pyproject.toml", "README.md", "LICENSE")
_RELATIVE_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)\s]+)\)")


def absolute_links(readme: str, repository: str, version: str) -> str:
    """Return a README whose relative links lead to the tag of this version in the repository."""

    def absolute(found: re.Match[str]) -> str:
        kind = "raw" if found[1] else "blob"
        return f"{found[1]}{found[2]}({repository}/{kind}/v{version}/{found[3]})"

    return _RELATIVE_LINK.sub(absolute, readme)


def with_urls(pyproject: str, repository: str, version: str) -> str:
    """Return pyproject.toml with the URLs that depend on the repository."""
    urls = (
        f'repository = "{repository}"\n'
        "\n[tool.poetry.urls]\n"
        f'Changelog = "{repository}/blob/v{version}/CHANGELOG.md"\n'
        f'Issues = "{repository}/issues"\n'
    )
    changed, tables = re.subn(r"\n\[tool\.poetry\.urls\]\n", lambda _: f"\n{urls}", pyproject)
    if tables != 1:
        message = "pyproject.toml needs exactly one table [tool.poetry.urls]"
        raise ValueError(message)
    return changed


def build(repository: str, target: Path) -> None:
    """Build both distributions into a folder."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["poetry"]
    version = project["version"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in _FILES:
            shutil.copy(ROOT / name, copy)
        for package in project["packages"]:
            shutil.copytree(
                ROOT / package["include"],
                copy / package["include"],
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        for name, change in (("README.md", absolute_links), ("pyproject.toml", with_urls)):
            path = copy / name
            path.write_text(change(path.read_text("utf-8"), repository, version), "utf-8")
        poetry = str(ROOT / ".tools" / "bin" / "poetry")
        environment = {**os.environ, "POETRY_VIRTUALENVS_CREATE": "false"}
        command = [poetry, "build", "--quiet", "--output", str(target.resolve())]
        subprocess.run(command, cwd=copy, check=True, env=environment)


def main() -> None:
    """Build into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", required=True, help="for example https://github.com/a/b")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    if not re.fullmatch(r"https://[^\s/]+(/[\w.-]+)+", arguments.repository):
        parser.error(
            "--repository must be the repository's address, such as https://github.com/a/b"
        )
    build(arguments.repository, arguments.output)
    sys.stdout.write("".join(f"{path}\n" for path in sorted(arguments.output.iterdir())))


if __name__ == "__main__":
    main()
