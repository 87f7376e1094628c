"""The configuration file that the emulator writes: only if there is none, only for its owner."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from bill_emulator.config_file import write_config

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = {"username": "emulator-sync-token", "base_url": "http://127.0.0.1:8900/connect"}


def test_a_file_that_does_not_exist_is_written_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "config.json"

    printed = write_config(path, CONFIG)

    assert printed.startswith(f"Wrote the configuration of this emulator to {path}:\n")
    assert json.loads(path.read_text(encoding="utf-8")) == CONFIG
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", '{"username": "a real account"}'])
def test_a_file_that_exists_is_never_changed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o640)

    printed = write_config(path, CONFIG)

    assert f"{path} exists, so it was not changed." in printed
    assert path.read_text(encoding="utf-8") == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written_is_reported_in_a_sentence(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_text("", encoding="utf-8")
    path = not_a_folder / "secrets" / "config.json"

    assert f"{path} cannot be written: Not a directory." in write_config(path, CONFIG)


def test_the_configuration_is_printed_in_each_case(tmp_path: Path) -> None:
    for _ in range(2):
        printed = write_config(tmp_path / "config.json", CONFIG)
        assert json.loads(printed.split("\n", 1)[1]) == CONFIG
