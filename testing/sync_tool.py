"""Runs billcom-sync as a program, on a pipe or on a terminal."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from demo.compare import differences
from sync_tool.destinations import open_destination
from testing.terminal import Screen
from testing.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bill_emulator.process import Emulator
    from testing.rows import Json

PROGRAM = (sys.executable, "-m", "sync_tool")
_LONGEST_SECONDS = 900
"""A run that has not ended by then hangs; killing it ends the test."""


@dataclass(frozen=True)
class Run:
    """A run that has ended. `exit_code` is negative where a signal was the cause."""

    exit_code: int
    stdout: str
    stderr: str


class RunningSync:
    """A run in progress."""

    def __init__(self, arguments: Iterable[str], environment: dict[str, str]) -> None:
        _heed_signals()
        self._process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "NO_PROXY": "*", **environment},
        )
        self._watchdog = threading.Timer(_LONGEST_SECONDS, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._output: dict[str, str] = {}
        self._threads = [
            threading.Thread(target=self._drain, args=(name, stream), daemon=True)
            for name, stream in (("stdout", self._process.stdout), ("stderr", self._process.stderr))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def said(self, name: str = "stdout") -> str:
        """Return what it has printed so far."""
        return self._output.get(name, "")

    def wait_for(self, text: str) -> RunningSync:
        """Wait until it has printed a text on stdout."""
        wait_until(lambda: text in self.said(), f"{text!r} on stdout")
        return self

    def signal(self, number: signal.Signals) -> RunningSync:
        """Send a signal."""
        self._process.send_signal(number)
        return self

    def has_ended(self) -> bool:
        """Tell whether it has ended."""
        return self._process.poll() is not None

    def finish(self) -> Run:
        """Wait for the end."""
        code = self._process.wait()
        self._watchdog.cancel()
        for thread in self._threads:
            thread.join()
        return Run(code, self.said("stdout"), self.said("stderr"))

    def _drain(self, name: str, stream: IO[bytes] | None) -> None:
        assert stream
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                self._output[name] = self.said(name) + chunk.decode(errors="replace")


def _heed_signals() -> None:
    """Have started programs heed Ctrl-C and SIGHUP.

    A shell has its background jobs ignore Ctrl-C, nohup SIGHUP, and they pass that on. Signals that
    this process handles are not ignored by what it starts.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


class SyncTool:
    """billcom-sync with one configuration and one database, both in `folder`."""

    def __init__(self, config: Json, folder: Path, database: str | None = None) -> None:
        self.config_path = folder / "config.json"
        self.database = database or str(folder / "bill.duckdb")
        self._arguments = ("--config", str(self.config_path), "--database", self.database)
        self.configure(config)

    def configure(self, config: Json) -> None:
        """Write the configuration."""
        self.config_path.write_text(json.dumps(config), encoding="utf-8")

    def start(self, *options: str, **environment: str) -> RunningSync:
        """Start a run without a terminal."""
        return RunningSync((*self._arguments, *options), environment)

    def run(self, *options: str, **environment: str) -> Run:
        """Run it without a terminal."""
        return self.start(*options, **environment).finish()

    def run_on_terminal(self, *options: str, width: int = 100) -> tuple[int, Screen]:
        """Run it on a terminal; return its exit code and what the terminal shows at the end."""
        parent, child = pty.openpty()
        environment = {**os.environ, "NO_PROXY": "*", "TERM": "xterm", "COLUMNS": str(width)}
        process = subprocess.Popen(
            [*PROGRAM, *self._arguments, *options],
            stdin=child,
            stdout=child,
            stderr=child,
            env=environment,
        )
        os.close(child)
        watchdog = threading.Timer(_LONGEST_SECONDS, process.kill)
        watchdog.start()
        printed = b"".join(iter(lambda: _read(parent), b""))
        code = process.wait()
        watchdog.cancel()
        os.close(parent)
        screen = Screen(width)
        screen.feed(printed.decode())
        return code, screen

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a SELECT."""
        database = open_destination(self.database)
        try:
            return database.query(sql)
        finally:
            database.close()

    def differences(self, bill: Emulator, streams: Iterable[str]) -> list[str]:
        """Return how the tables of these streams differ from BILL."""
        database = open_destination(self.database)
        try:
            return [
                line
                for name in streams
                for line in differences(database.query, name, bill.data(name, rendered=True))
            ]
        finally:
            database.close()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux reports that the other end is closed
        return b""
