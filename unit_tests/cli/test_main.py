"""`spec` without the CDK: its line is the CDK's, and nothing of the CDK is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from source_billcom.cli import run
from source_billcom.cli.__main__ import main, spec_line
from unit_tests.cli.command import Command

ROOT = Path(__file__).parents[2]


def test_spec_is_byte_for_byte_what_the_cdk_prints(command: Command) -> None:
    assert command.output("spec") == spec_line()


def test_spec_is_printed_without_an_import_of_the_cdk() -> None:
    script = (
        "import sys; sys.argv = ['source-billcom', 'spec']; "
        "import source_billcom.cli.__main__ as c; "
        "c.main(); sys.exit(any(name.startswith('airbyte') for name in sys.modules))"
    )

    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True
    )

    assert ended.stdout == spec_line()


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
