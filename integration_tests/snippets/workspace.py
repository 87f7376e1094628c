"""A folder that looks like a clone after `make setup`, with a local BILL and a configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from testing.catalog import configured_catalog
from testing.connector import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testing.rows import Json

_LONGEST_SECONDS = 1800
"""A command that has not ended by then hangs."""
_OWN = {".git", ".venv", "secrets"}
_PROGRAMS = Path(sys.executable).parent


class Workspace:
    """A folder in which the blocks of the documents run.

    Everything of the repository is in it as a link, so that new files stay in the folder.
    """

    def __init__(self, folder: Path, config: Json) -> None:
        self.folder = folder
        for path in CHECKOUT.iterdir():
            if path.name not in _OWN and path.suffix != ".duckdb":
                (folder / path.name).symlink_to(path)
        (folder / ".venv").symlink_to(_PROGRAMS.parent)
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        self.write_json("secrets/config.json", config)
        self.write_json("secrets/catalog.json", configured_catalog())

    def write_json(self, name: str, content: object) -> None:
        """Write a file as JSON."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")

    def shell(self, text: str, **environment: str) -> str:
        """Run a block of shell commands and return what it printed. Any failing command fails."""
        return self._run(["bash", "-euo", "pipefail", "-c", text], environment)

    def python(self, text: str, interpreter: str = sys.executable, **environment: str) -> str:
        """Run a block of Python."""
        return self._run([interpreter, "-c", text], environment)

    def start(self, text: str) -> subprocess.Popen[str]:
        """Start a command that runs until it is stopped. Its stdout is a pipe."""
        return subprocess.Popen(
            ["bash", "-c", f"exec {text}"],  # noqa: S607 - any bash will do
            cwd=self.folder,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            text=True,
        )

    def _run(self, command: list[str], environment: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_SECONDS,
        )
        assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        path = f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "NO_PROXY": "*", **more}
