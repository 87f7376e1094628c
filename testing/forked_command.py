"""Starts the connector's command in about 0.2 s, from a process that has imported it already.

Importing the CDK takes seconds, and nearly all tests of the command start it again. Python's fork
server imports it once per test process, and forks for each start: a process of its own with its
own arguments, environment, output, signals and exit code, that runs the command's own `main`. Tests
that are about the start itself use the installed command.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection

_STDOUT, _STDERR = 1, 2
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["source_billcom.cli.run"])


@dataclass(frozen=True)
class ForkedProgram:
    """A program whose `main` in `module` runs in a forked process."""

    module: str

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> ForkedProcess:
        """Start the program; `environment` is all it gets."""
        return ForkedProcess(self.module, arguments, environment)


class ForkedProcess:
    """A started program, with the part of `subprocess.Popen` that tests use."""

    def __init__(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        stdout_reader, stdout_writer = _CONTEXT.Pipe(duplex=False)
        stderr_reader, stderr_writer = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(
            target=_run,
            args=(module, list(arguments), dict(environment), stdout_writer, stderr_writer),
            daemon=True,  # one that a failed test left running must not keep pytest from ending
        )
        self._process.start()
        # the program's copies remain; reading must end when the program does
        stdout_writer.close()
        stderr_writer.close()
        self.stdout: IO[str] = _text(stdout_reader)
        self.stderr: IO[str] = _text(stderr_reader)

    def send_signal(self, number: int) -> None:
        """Send a signal to the program, unless it has ended."""
        if self._process.pid is not None and self._process.exitcode is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for the end; return the exit code, negative where a signal was the cause."""
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return code


def _text(reader: Connection[object, object]) -> IO[str]:
    """Open the reading end of a pipe as text, in place of the connection."""
    descriptor = os.dup(reader.fileno())
    reader.close()
    return os.fdopen(descriptor, encoding="utf-8")


def _run(
    module: str,
    arguments: list[str],
    environment: dict[str, str],
    stdout: Connection[object, object],
    stderr: Connection[object, object],
) -> None:
    """Run the program in the forked process."""
    os.dup2(stdout.fileno(), _STDOUT)
    os.dup2(stderr.fileno(), _STDERR)
    stdout.close()
    stderr.close()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()
