"""Starts the canned BILL in a process of its own, on a free port, and asks what it served."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import requests

from benchmarks.canned_bill.server import READY

if TYPE_CHECKING:
    from types import TracebackType

_STOP_SECONDS = 10
_ANCHOR = (
    "2024-01-01"  # when the rows begin; earlier windows would be wasted calls of the stock manifest
)


@dataclass(frozen=True)
class Served:
    """What was served since the last reset.

    `seconds` is the time from the first call's arrival to the last one's end, `cpu_seconds` the
    server's own CPU time in seconds.
    """

    calls: int
    logins: int
    rows: int
    seconds: float
    cpu_seconds: float


class Canned:
    """A running canned BILL with `rows` bills. Use it as a context manager."""

    def __init__(self, rows: int, *, days: int = 730, bursty: bool = False) -> None:
        self.rows = rows
        self._arguments = ["--rows", str(rows), "--days", str(days)]
        if bursty:
            self._arguments.append("--bursty")
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.canned_bill", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith(READY):
            self._process.kill()
            raise RuntimeError(f"the canned BILL did not start: {line!r}")
        self.base_url = line.removeprefix(READY).strip()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(_STOP_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()

    def config(self) -> dict[str, str]:
        """Return a connector configuration that reads every row."""
        return {
            "username": "canned-user",
            "password": "canned-password-0001",
            "organization_id": "00802CANNEDORGANIZATN",
            "dev_key": "01CANNEDDEVELOPERKEY0001",
            "base_url": self.base_url,
            "anchor_date": _ANCHOR,
        }

    def reset(self) -> None:
        """Set all counts to zero."""
        self._http.post(self._control("reset-counts"), timeout=10).raise_for_status()

    def served(self) -> Served:
        """Return what was served since the last reset."""
        known = self._http.get(self._control("counts"), timeout=10).json()
        return Served(**known)

    def _control(self, name: str) -> str:
        return self.base_url.removesuffix("/connect") + f"/control/{name}"
