"""The wheel in a clean environment: the connector alone, then the sync tool and the emulator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from testing.connector import CHECKOUT
from testing.lock_file import project

if TYPE_CHECKING:
    from pathlib import Path

    from testing.connector import Connector

TOOLS = CHECKOUT / ".tools" / "bin"
REPOSITORY = "https://github.com/owner/name"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (TOOLS / "uv").exists(), reason="make setup has not installed .tools"),
]


class CleanEnvironment:
    """An environment with nothing but the wheel and what the wheel requires."""

    def __init__(self, folder: Path) -> None:
        """Build the wheel, and create the environment."""
        self.folder = folder
        package = [sys.executable, str(CHECKOUT / ".ci" / "package.py")]
        dist = folder / "dist"
        self._run([*package, "--repository", REPOSITORY, "--output", str(dist)])
        (self.wheel,) = dist.glob("*.whl")
        self.locked = folder / "locked.txt"
        # the versions of the lock file; which packages are installed, the wheel decides
        export = [str(TOOLS / "poetry"), "export", "--quiet", "--all-extras", "--without-hashes"]
        self._run([*export, "--directory", str(CHECKOUT), "--output", str(self.locked)])
        without_extras = re.sub(r"\[[^\]]*\](?===)", "", self.locked.read_text(encoding="utf-8"))
        self.locked.write_text(without_extras, encoding="utf-8")
        uv = [str(TOOLS / "uv"), "venv", "--quiet", "--python", sys.executable]
        self._run([*uv, str(folder / "venv")])

    def install(self, extras: str = "") -> None:
        """Install the wheel with some of its extras, such as `[sync]`."""
        uv = [str(TOOLS / "uv"), "pip", "install", "--quiet", "--python", self.program("python")]
        name = f"{project()['name']}{extras} @ {self.wheel.as_uri()}"
        self._run([*uv, "--constraint", str(self.locked), name])

    def program(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.folder / "venv" / "bin" / name)

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, outside of the checkout."""
        return self._run([self.program(name), *arguments])

    def start(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, which may fail."""
        return self._start([self.program(name), *arguments])

    def _start(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NO_PROXY": "*", "POETRY_VIRTUALENVS_CREATE": "false"}
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=False, text=True, capture_output=True
        )

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        ended = self._start(command)
        assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
        return ended


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    clean = CleanEnvironment(tmp_path_factory.mktemp("package"))
    clean.install()
    return clean


def test_the_connector_runs_from_the_wheel_alone(
    environment: CleanEnvironment, connector: Connector
) -> None:
    installed = connector.by((environment.program("source-billcom"),))

    spec, check, read = installed.spec(), installed.check(), installed.read(["vendors", "users"])

    assert spec.of_type("SPEC") == connector.spec().of_type("SPEC")
    assert [each["status"] for each in check.of_type("CONNECTION_STATUS")] == ["SUCCEEDED"]
    assert read.exit_code == 0
    assert read.records == connector.read(["vendors", "users"]).records
    where = environment.run("python", "-c", "import source_billcom as s; print(s.__file__)").stdout
    assert where.startswith(str(environment.folder))


@pytest.mark.parametrize(
    ("command", "arguments", "extra"),
    [
        ("billcom-sync", ("--config", "config.json", "--database", "bill.duckdb"), "sync"),
        ("bill-emulator", ("--scale", "0.02"), "emulator"),
    ],
)
def test_a_command_without_its_extra_says_what_to_install(
    environment: CleanEnvironment, command: str, arguments: tuple[str, ...], extra: str
) -> None:
    ended = environment.start(command, *arguments)

    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert re.fullmatch(
        rf"The Python package \w+ is missing: run pip install 'source-billcom\[{extra}\]'\.", line
    )


def test_the_wheel_holds_what_it_offers_and_nothing_else(environment: CleanEnvironment) -> None:
    script = (
        "import importlib.metadata as m, json; d = m.distribution('source-billcom'); "
        "print(json.dumps([[str(f) for f in d.files], [e.name for e in d.entry_points], "
        "d.metadata.json]))"
    )
    files, commands, metadata = json.loads(environment.run("python", "-c", script).stdout)
    folders = {name.split("/")[0] for name in files if not name.startswith("..")}
    info = f"source_billcom-{project()['version']}.dist-info"
    assert folders == {"source_billcom", "sync_tool", "bill_emulator", info}
    assert set(commands) == {"source-billcom", "billcom-sync", "bill-emulator"}
    assert metadata["version"] == project()["version"]
    assert metadata["author"] == project()["authors"][0]
    assert metadata["keywords"] == [",".join(project()["keywords"])]
    assert f"Repository, {REPOSITORY}" in metadata["project_url"]
    links = re.findall(r"\]\(([^)]+)\)", metadata["description"])
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_the_extras_bring_the_emulator_and_the_sync_tool(environment: CleanEnvironment) -> None:
    environment.install("[sync,emulator]")
    command = [environment.program("bill-emulator"), "--port", "0", "--scale", "0.02"]
    with subprocess.Popen(
        command, cwd=environment.folder, stdout=subprocess.PIPE, text=True
    ) as emulator:
        assert emulator.stdout
        ready = emulator.stdout.readline()
        try:
            config = _config(ready)
            path = environment.folder / "config.json"
            path.write_text(json.dumps(config), encoding="utf-8")
            database = environment.folder / "bill.duckdb"
            environment.run(
                "billcom-sync", "--config", str(path), "--database", str(database), "--quiet"
            )
        finally:
            emulator.terminate()
    count = (
        "import duckdb, sys; database = duckdb.connect(sys.argv[1]); "
        "print(*database.sql('select count(*) from vendors').fetchone())"
    )
    assert int(environment.run("python", "-c", count, str(database)).stdout) > 0


def _config(ready_line: str) -> dict[str, str]:
    """Return a configuration from the line that the emulator prints when it is ready."""
    found = re.search(
        r"ready at (?P<base_url>\S+) \(organization (?P<organization_id>\S+), "
        r"user (?P<username>\S+), password (?P<password>\S+), developer key (?P<dev_key>\S+),",
        ready_line,
    )
    assert found, ready_line
    return {**found.groupdict(), "anchor_date": "2000-01-01"}
