"""The connector with one configuration, run as a program: spec, check, discover and read."""

from __future__ import annotations

import array
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from testing.catalog import configured_catalog
from testing.forked_command import ForkedProcess, ForkedProgram
from testing.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from testing.rows import Json

CHECKOUT = Path(__file__).parents[1]
COMMAND = (str(Path(sys.executable).with_name("source-billcom")),)
"""The installed command, which takes seconds to start."""
MAIN_PY = (sys.executable, str(CHECKOUT / "main.py"))
FORKED = ForkedProgram("source_billcom.cli.__main__")
"""The command, started quickly."""
FAST_CLOCK = ForkedProgram("testing.fast_clock")
"""The command with a clock whose waits take no time, started quickly."""
NO_TIMEOUTS = ForkedProgram("testing.no_timeouts")
"""The command whose calls wait for BILL as long as it takes, started quickly."""

Program = ForkedProgram | Sequence[str]

_LONGEST_SECONDS = 900
"""A command that has not ended by then hangs; killing it ends the test."""


class Running:
    """A command that runs: its messages as they arrive, and signals to it."""

    def __init__(
        self,
        program: Program,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        **files: Any,
    ) -> None:
        """Start the program with `--name <file>` for each of `files`, whose values become JSON."""
        self._folder = tempfile.TemporaryDirectory(prefix="connector-")
        arguments = list(arguments)
        for name, content in files.items():
            path = Path(self._folder.name) / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        self._debug = "--debug" in arguments
        self._began = time.monotonic()
        self._process = _start(program, arguments, {**os.environ, "NO_PROXY": "*", **environment})
        self._lines: list[str] = []
        self._stderr: list[str] = []
        # read in a thread, because a full pipe of stderr would block the command
        self._drain = threading.Thread(target=self._read_stderr, daemon=True)
        self._drain.start()
        self._watch(_LONGEST_SECONDS)

    def messages(self) -> Iterator[Json]:
        """Yield the messages as they are read; while nobody reads, the command's pipe fills up."""
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.append(line)
            yield json.loads(line)

    def read_until(self, is_it: Callable[[Json], bool]) -> Self:
        """Read up to and including the first message for which `is_it` is true."""
        assert any(is_it(message) for message in self.messages()), "no such message came"
        return self

    def unread_bytes(self) -> int:
        """Return how many bytes the pipe of stdout holds."""
        assert self._process.stdout
        found = array.array("i", [0])
        fcntl.ioctl(self._process.stdout.fileno(), termios.FIONREAD, found)
        return found[0]

    def terminate(self) -> Self:
        """Send SIGTERM, as platforms do to cancel a sync."""
        self._process.send_signal(signal.SIGTERM)
        return self

    def kill(self) -> Self:
        """Send SIGKILL, as a machine that runs out of memory does."""
        self._process.kill()
        return self

    def finish(
        self, *, last_line_may_be_cut: bool = False, kill_after: float | None = None
    ) -> Result:
        """Read the rest, wait for the end and return the result.

        A command that is still running `kill_after` seconds from now is killed; its exit code is
        then that of SIGKILL.
        """
        assert self._process.stdout
        if kill_after is not None:
            self._watchdog.cancel()
            self._watch(kill_after)
        with self._process.stdout as stdout:
            self._lines += stdout.readlines()
        code = self._process.wait()
        seconds = time.monotonic() - self._began
        self._watchdog.cancel()
        self._drain.join()
        self._folder.cleanup()
        if last_line_may_be_cut and self._lines and not self._lines[-1].endswith("\n"):
            self._lines.pop()
        return Result.of(code, self._lines, "".join(self._stderr), seconds, debug=self._debug)

    def _watch(self, seconds: float) -> None:
        """Kill the command if it still runs after this time."""
        self._watchdog = threading.Timer(seconds, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def _read_stderr(self) -> None:
        assert self._process.stderr
        with self._process.stderr as stream:
            self._stderr += stream.readlines()


def _start(
    program: Program, arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[str] | ForkedProcess:
    if isinstance(program, ForkedProgram):
        return program.start(arguments, environment)
    return subprocess.Popen(
        [*program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=CHECKOUT,
        env=environment,
    )


class Connector:
    """The connector with one configuration.

    `program` is what is started: `COMMAND` as users have it, `FORKED`, `FAST_CLOCK`, `MAIN_PY`, or
    any other command line. `environment` is added to this process's own.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        program: Program = COMMAND,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.config = dict(config)
        self._program = program
        self._environment = dict(environment or {})

    def having(self, **changes: Any) -> Connector:
        """Return the connector with some keys of its configuration changed; None removes a key."""
        changed = {k: v for k, v in {**self.config, **changes}.items() if v is not None}
        return Connector(changed, self._program, self._environment)

    def by(self, program: Program, **environment: str) -> Connector:
        """Return the connector as another program, with its own additions to the environment."""
        return Connector(self.config, program, environment)

    def spec(self) -> Result:
        return self._start("spec").finish()

    def check(self, *flags: str) -> Result:
        return self._start("check", *flags, config=self.config).finish()

    def discover(self) -> Result:
        return self._start("discover", config=self.config).finish()

    def read(
        self,
        streams: Collection[str] | None = None,
        state: list[Json] | None = None,
        *flags: str,
        full_refresh: bool | Collection[str] = False,
    ) -> Result:
        """Read `streams` (all by default), incrementally where that is possible.

        `full_refresh` names the streams to read in full instead; True means all of them.
        """
        return self.start_read(streams, state, *flags, full_refresh=full_refresh).finish()

    def start_read(
        self,
        streams: Collection[str] | None = None,
        state: list[Json] | None = None,
        *flags: str,
        full_refresh: bool | Collection[str] = False,
    ) -> Running:
        """Start to read, and return while the command runs."""
        files: Json = {
            "config": self.config,
            "catalog": configured_catalog(streams, full_refresh=full_refresh),
        }
        if state is not None:
            files["state"] = state
        return self._start("read", *flags, **files)

    def _start(self, *arguments: str, **files: Any) -> Running:
        return Running(self._program, arguments, self._environment, **files)
