"""`spec` without the CDK: what it says is what the CDK would say, and nothing of it is imported."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def output_of(*arguments: str) -> bytes:
    """Return what the command prints."""
    command = [sys.executable, "main.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603


def test_spec_is_byte_for_byte_what_the_cdk_prints() -> None:
    by_cdk = output_of("spec", "--debug").splitlines(keepends=True)

    assert [output_of("spec")] == [line for line in by_cdk if line.startswith(b'{"type":"SPEC"')]


def test_spec_imports_nothing_of_the_cdk() -> None:
    script = (
        "import sys; sys.argv = ['source-billcom', 'spec']; "
        "import source_billcom.cli.__main__ as c; "
        "c.main(); sys.exit(any(name.startswith('airbyte') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)  # noqa: S603


def test_spec_into_a_closed_pipe_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "main.py", "spec"]

    ended = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)  # noqa: S603

    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")
