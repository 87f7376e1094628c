"""The canned BILL in a process of its own: starts it on a free port, and asks what it served."""

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
_ANCHOR = "2024-01-01"  # the rows begin then; windows before would be the stock manifest's loss


@dataclass(frozen=True)
class Served:
    """What a client has asked: `seconds` from its first call's arrival to the last one's end.

    `processor` is the server's own cost, in seconds of processor.
    """

    calls: int
    logins: int
    rows: int
    seconds: float
    processor: float


class Canned:
    """One running canned BILL with this many rows of bills; a context manager."""

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
        """Give a connector's configuration that wants every row."""
        return {
            "username": "canned-user",
            "password": "canned-password-0001",
            "organization_id": "00802CANNEDORGANIZATN",
            "dev_key": "01CANNEDDEVELOPERKEY0001",
            "base_url": self.base_url,
            "anchor_date": _ANCHOR,
        }

    def reset(self) -> None:
        """Begin counting at zero."""
        self._http.post(self._control("reset-counts"), timeout=10).raise_for_status()

    def served(self) -> Served:
        """Say what was asked since the last reset."""
        known = self._http.get(self._control("counts"), timeout=10).json()
        return Served(**known)

    def _control(self, name: str) -> str:
        return self.base_url.removesuffix("/connect") + f"/control/{name}"
