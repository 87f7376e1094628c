"""`make emulator` and `make catalog`: what a user without an account starts with."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from testing.connector import CHECKOUT, FORKED, Connector
from testing.fixed_server import free_port
from testing.streams import STREAMS
from testing.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path


def make(target: str, **variables: object) -> list[str]:
    """Return the command line of a target, without its installation of packages."""
    settings = [f"{name}={value}" for name, value in variables.items()]
    return ["make", "--silent", "--old-file", "setup", target, *settings]


def test_the_emulator_prints_and_writes_a_configuration_that_works(tmp_path: Path) -> None:
    config = tmp_path / "secrets" / "config.json"
    command = make("emulator", CONFIG=config, PORT=free_port())
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: config.exists() and config.read_text() != "", "a configuration file")

        written = json.loads(config.read_text(encoding="utf-8"))
        checked = Connector(written, FORKED).check()

        assert checked.connection_status == {"status": "SUCCEEDED"}
        assert f"127.0.0.1:{command[-1].removeprefix('PORT=')}/" in written["base_url"]
    finally:
        process.terminate()
        printed = process.communicate()[0]
    assert printed.startswith("BILL emulator ready at ")
    assert f"Wrote the configuration of this emulator to {config}:\n" in printed
    assert json.loads(printed[printed.index("{") :]) == written


def test_the_catalog_is_written_and_selects_every_stream(tmp_path: Path) -> None:
    config, catalog = tmp_path / "config.json", tmp_path / "secrets" / "catalog.json"
    names = ("username", "password", "organization_id", "dev_key")
    config.write_text(json.dumps(dict.fromkeys(names, "made-up-value")), encoding="utf-8")

    ended = subprocess.run(
        make("catalog", CONFIG=config, CATALOG=catalog),
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
        text=True,
    )

    selected = json.loads(catalog.read_text(encoding="utf-8"))["streams"]
    assert [each["stream"]["name"] for each in selected] == list(STREAMS)
    assert ended.stdout == f"Wrote a catalog of all streams to {catalog}\n"


def test_a_catalog_is_kept_if_a_new_one_cannot_be_written(tmp_path: Path) -> None:
    config, catalog = tmp_path / "none.json", tmp_path / "catalog.json"
    catalog.write_text("an earlier catalog", encoding="utf-8")

    ended = subprocess.run(
        make("catalog", CONFIG=config, CATALOG=catalog),
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
        text=True,
    )

    assert ended.returncode != 0
    assert f"The configuration file {config} cannot be read" in ended.stderr
    assert catalog.read_text(encoding="utf-8") == "an earlier catalog"
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.json"]
