"""What the command answers without the CDK: the form (as the CDK prints it), version and help."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint

from source_billcom.cli import run
from source_billcom.cli.__main__ import main, spec_line
from unit_tests.cli.command import Command

ROOT = Path(__file__).parents[2]


def test_spec_is_byte_for_byte_what_the_cdk_prints(command: Command) -> None:
    assert command.output("spec") == spec_line()


@pytest.mark.parametrize(
    ("argument", "start"),
    [
        ("spec", spec_line()),
        ("--version", f"source-billcom {version('source-billcom')}\n".encode()),
        ("--help", b"usage: source-billcom COMMAND"),
        ("-h", b"usage: source-billcom COMMAND"),
    ],
)
def test_short_answers_are_printed_without_an_import_of_the_cdk(
    argument: str, start: bytes
) -> None:
    script = (
        f"import sys; sys.argv = ['source-billcom', '{argument}']; "
        "import source_billcom.cli.__main__ as c; "
        "c.main(); sys.exit(any(name.startswith('airbyte') for name in sys.modules))"
    )

    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True
    )

    assert ended.stdout.startswith(start)
    assert ended.stdout.endswith(b"\n")
    assert ended.stderr == b""


def test_the_help_names_every_command_and_option(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(SystemExit):
        AirbyteEntrypoint.parse_args(["--help"])
    commands = re.search(rb"\{(.+?)\}", capfdbinary.readouterr().out)
    assert commands

    shown = subprocess.run(
        [sys.executable, "main.py", "--help"], cwd=ROOT, capture_output=True, check=True
    ).stdout

    names = [*commands[1].split(b","), b"--config", b"--catalog", b"--state", b"--debug"]
    assert [name for name in [*names, b"--configured", b"--version"] if name not in shown] == []


def test_the_package_can_be_run_as_a_module() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "source_billcom.cli", "spec"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )

    assert ended.stdout == spec_line()


def test_spec_into_a_closed_pipe_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [sys.executable, "main.py", "spec"],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )

    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [[], ["spec", "--debug"], ["check", "--config", "x"]])
def test_any_other_command_line_is_run_with_the_cdk(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(run, "main", lambda: calls.append(sys.argv[1:]))
    monkeypatch.setattr(sys, "argv", ["source-billcom", *arguments])

    main()

    assert calls == [arguments]
