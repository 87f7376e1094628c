"""Tests the connector on the other supported Python versions that this machine has.

`make test-pythons` runs it. Each version gets its own environment with only the connector's locked
packages, and runs every command against a local BILL. The output must equal that of the connector
in this environment. The program prints which versions were tested and which are not installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from bill_emulator.process import Emulator
from testing.connector import CHECKOUT, Connector

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENVIRONMENTS = CHECKOUT / ".tools" / "pythons"
_MINORS = range(30)


def supported() -> list[str]:
    """Return the versions that pyproject.toml declares, such as 3.11."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    declared = SpecifierSet(tomllib.loads(text)["tool"]["poetry"]["dependencies"]["python"])
    return [f"3.{minor}" for minor in _MINORS if f"3.{minor}" in declared]


def find(version: str) -> str | None:
    """Return an interpreter of a version: a working one on the path, or one of pyenv's."""
    for candidate in _candidates(version):
        asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        # pyenv has shims for versions that are not active, and these fail
        if told.returncode == 0 and told.stdout.strip() == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python{version}"))


def install(uv: str, requirements: str, python: str, version: str) -> str:
    """Create an environment with the connector installed in it, and return its command."""
    folder = _ENVIRONMENTS / version
    inside = str(folder / "bin" / "python")
    pip = [uv, "pip", "install", "--quiet", "--python", inside]
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", python, str(folder)],
        [*pip, "--require-hashes", "--requirement", requirements],
        [*pip, "--no-deps", str(CHECKOUT)],
    ):
        subprocess.run(command, check=True)
    return str(folder / "bin" / "source-billcom")


def differences(here: Connector, there: Connector) -> Iterator[str]:
    """Run every command with both; yield those that fail or print something else."""
    for name, kind in (("spec", "SPEC"), ("check", "CONNECTION_STATUS"), ("discover", "CATALOG")):
        expected, found = getattr(here, name)(), getattr(there, name)()
        if found.exit_code or found.stderr or found.of_type(kind) != expected.of_type(kind):
            yield f"{name}: {found.stdout[-2000:]}{found.stderr[-2000:]}"
    expected, found = here.read(), there.read()
    if found.exit_code or found.stderr or found.newest_states != expected.newest_states:
        yield f"read: {found.stdout[-2000:]}{found.stderr[-2000:]}"
    yield from (
        f"read: other records of {stream}"
        for stream in expected.records
        if found.records.get(stream) != expected.records[stream]
    )


def main() -> int:
    """Test each other version that is installed; return 0 unless one of them fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", required=True, help="the program uv")
    parser.add_argument("--requirements", required=True, help="the file that poetry export wrote")
    arguments = parser.parse_args()
    own = "{}.{}".format(*sys.version_info)
    failed = False
    with Emulator() as bill:
        here = Connector({**bill.config(), "anchor_date": "2000-01-01"})
        for version in supported():
            python = None if version == own else find(version)
            if python is None:
                _say(
                    version,
                    "runs all other tests" if version == own else "not installed: not tested",
                )
                continue
            command = install(arguments.uv, arguments.requirements, python, version)
            problems = list(differences(here, here.by((command,))))
            failed = failed or bool(problems)
            _say(version, "\n".join(problems) or "spec, check, discover and read as expected")
    return int(failed)


def _say(version: str, text: str) -> None:
    sys.stdout.write(f"Python {version}: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
