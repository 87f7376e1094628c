"""`discover --configured` prints a catalog that `read` takes as it is, and nothing else."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from testing.catalog import catalog
from testing.connector import FORKED
from testing.result import Result
from testing.rows import assert_same_rows
from testing.streams import INCREMENTAL, STREAMS

if TYPE_CHECKING:
    from pathlib import Path

    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.rows import Json

Ended = tuple[int, str, str]


def run(*arguments: str) -> Ended:
    """Run the command; return its exit code, stdout and stderr."""
    process = FORKED.start(arguments, {**os.environ, "NO_PROXY": "*"})
    with process.stdout as stdout, process.stderr as stderr:
        printed, said = stdout.read(), stderr.read()
    return process.wait(), printed, said


def file(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def assert_selects_every_stream(printed: str) -> None:
    configured: list[Json] = json.loads(printed)["streams"]
    assert [each["stream"] for each in configured] == list(catalog())
    for each in configured:
        name = each["stream"]["name"]
        modes = (each["sync_mode"], each["destination_sync_mode"])
        assert each["primary_key"] == [["id"]]
        if name in INCREMENTAL:
            assert modes == ("incremental", "append_dedup")
            assert each["cursor_field"] == ["updatedTime"]
        else:
            assert modes == ("full_refresh", "overwrite")
            assert not each.get("cursor_field")


def test_the_catalog_is_read_as_it_was_printed(
    bill: Emulator, connector: Connector, tmp_path: Path
) -> None:
    config = file(tmp_path, "config.json", connector.config)
    code, printed, said = run("discover", "--config", config, "--configured")
    assert (code, said) == (0, "")
    assert_selects_every_stream(printed)
    assert bill.counts()["calls"] == 0

    path = tmp_path / "catalog.json"
    path.write_text(printed, encoding="utf-8")
    code, printed, said = run("read", "--config", config, "--catalog", str(path))

    result = Result.of(code, printed.splitlines(keepends=True), said, 0.0, debug=False)
    assert result.exit_code == 0
    for name in STREAMS:
        assert result.statuses[name][-1] == "COMPLETE"
        assert_same_rows(result.records[name], bill.data(name), name)


def test_debug_changes_nothing(connector: Connector, tmp_path: Path) -> None:
    config = file(tmp_path, "config.json", connector.config)

    code, printed, _ = run("discover", "--configured", "--debug", "--config", config)

    assert code == 0
    assert_selects_every_stream(printed)


@pytest.mark.parametrize(
    ("content", "words"),
    [({"username": "u"}, "no Password"), ("[", "one JSON object"), (None, "cannot be read")],
)
def test_a_wrong_configuration_is_one_line_on_stderr(
    tmp_path: Path, content: object, words: str
) -> None:
    path = str(tmp_path / "none.json") if content is None else file(tmp_path, "c.json", content)

    code, printed, said = run("discover", "--config", path, "--configured")

    assert (code, printed) == (1, "")
    assert words in said
    assert said.count("\n") == 1


def test_no_other_command_takes_the_option(connector: Connector, tmp_path: Path) -> None:
    config = file(tmp_path, "config.json", connector.config)

    assert run("check", "--config", config, "--configured") == (
        2,
        "",
        "--configured is an option of discover only.\n",
    )
