"""Runs test functions in processes of their own, which end as a command ends.

The processes are forked from Python's fork server, which has imported the CDK once, because that
import takes seconds.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_SECONDS = 600  # a safety net
_STDOUT, _STDERR = 1, 2
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["source_billcom.cli.run", "pytest"])


@dataclass(frozen=True)
class Ended:
    """The exit code of a process (negative for a signal) and all that it printed."""

    code: int | None
    output: str


def run_forked(function: Callable[[], object]) -> Ended:
    """Call a function of a test module in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "output"
        process = _CONTEXT.Process(target=_call, args=(function, output), daemon=True)
        process.start()
        process.join(_TIMEOUT_SECONDS)
        assert process.exitcode is not None, "the process hangs"
        return Ended(process.exitcode, output.read_text(encoding="utf-8"))


def _call(function: Callable[[], object], output: Path) -> None:
    with output.open("w") as file:
        os.dup2(file.fileno(), _STDOUT)
        os.dup2(file.fileno(), _STDERR)
    function()
