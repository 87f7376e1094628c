"""Runs test functions in processes of their own, which end as a command ends.

The processes are forked from one that has imported the CDK, because that import takes seconds.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_SECONDS = 120
_MODULES = ("source_billcom.cli.run", "unit_tests.cli.test_run", "unit_tests.cli.test_signals")


@dataclass(frozen=True)
class Ended:
    """The exit code of a process (negative for a signal) and all that it printed."""

    code: int
    output: str


class ForkServer:
    """The process to fork from; start one per test session."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this module
            [sys.executable, "-m", __name__],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, function: Callable[[], object]) -> Ended:
        """Call a function of one of the test modules in a process of its own."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps([function.__module__, function.__name__]) + "\n")
        stdin.flush()
        return Ended(*json.loads(stdout.readline()))

    def close(self) -> None:
        """End the server."""
        self._process.communicate()


def _serve() -> None:
    for module in _MODULES:
        importlib.import_module(module)
    for line in sys.stdin:
        module, name = json.loads(line)
        with tempfile.TemporaryFile("w+") as output:
            process = os.fork()
            if process == 0:
                signal.alarm(_TIMEOUT_SECONDS)  # ends a process that hangs
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                getattr(sys.modules[module], name)()
                sys.exit()
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            output.seek(0)
            sys.stdout.write(json.dumps([code, output.read()]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _serve()
