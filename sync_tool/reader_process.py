"""Starts the process that reads BILL, and passes on its lines."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

_CHUNK_BYTES = 1 << 20
_END_SECONDS = 20.0
"""Longer than the reader needs to sign out."""
_SHOWN_STDERR_LINES = 20
_INHERITED = re.compile(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)")


class ReaderProcess:
    """A reader that was started: its lines, and signals to it.

    It is in a session of its own, so that Ctrl-C does not reach it. It ends when this process ends,
    however that happens, because its stdin is closed then.
    """

    def __init__(self, config: str, since: date | None) -> None:
        """Start it. It signs in only once `send` has told it what to read."""
        # -P: a file of the working directory must not take the place of a module
        command = [sys.executable, "-P", "-m", "sync_tool.reader", "--config", config]
        command += ["--since", since.isoformat()] if since else []
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._process = subprocess.Popen(  # noqa: S603 - this program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            start_new_session=True,
            pass_fds=_inherited(config),
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._rest = b""

    def send(self, request: Mapping[str, Any]) -> None:
        """Tell the reader what to read."""
        try:
            self._stdin.write(json.dumps(request).encode() + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and its last lines say why

    def lines(self, timeout: float) -> Sequence[bytes] | None:
        """Return the lines that have arrived within some seconds; None after the last one.

        A last line that is cut, because the reader was killed, is dropped.
        """
        if not self._selector.select(timeout):
            return ()
        chunk = os.read(self._stdout.fileno(), _CHUNK_BYTES)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines

    def stop(self) -> None:
        """Ask it to end: it signs out, and its last lines follow."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once. BILL keeps the session for a while."""
        self._process.kill()

    def end(self) -> int:
        """Wait until it has ended, after its last line, and return its exit code."""
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def last_words(self, code: int) -> str:
        """Say how a reader ended that printed no error."""
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        self._stderr.seek(0)
        stderr = self._stderr.read().decode(errors="replace").splitlines()[-_SHOWN_STDERR_LINES:]
        return "\n".join([f"The process that reads BILL ended unexpectedly ({how}).", *stderr])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Make sure that it ends."""
        if self._process.poll() is None:
            self.stop()
            self.end()
        for stream in (self._stdin, self._stdout, self._stderr, self._selector):
            try:
                stream.close()
            except BrokenPipeError:
                continue


def _inherited(config: str) -> Sequence[int]:
    """Return the descriptor in a path such as /dev/fd/63, with which shells pass on secrets."""
    match = _INHERITED.fullmatch(config)
    return [int(match[1] or match[2])] if match else []
