"""Starts an emulator in its own process on a free port, and controls it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

import requests

if TYPE_CHECKING:
    from types import TracebackType

_READY = re.compile(r"BILL emulator ready at (?P<url>http://\S+)/connect ")  # ignore-https-check
_LATENCY_MS = 10
"""The default of the command: long enough for two calls to overlap."""
_STOP_SECONDS = 10
_TIMEOUT_SECONDS = 120


class Emulator:
    """A running emulator.

    ```python
    with Emulator(seed=1, scale=0.05) as bill:
        bill.options(tie_order="random")
        requests.get(bill.base_url + "/v3/health", timeout=10)
    ```
    """

    def __init__(self, *, seed: int = 1, scale: float = 0.05, **flags: Any) -> None:
        """Prepare to start. `flags` are command line flags: `as_of="2026-01-01"` for `--as-of`.

        `option={"name": value}` sets options.
        """
        self._latency_ms = float(flags.pop("latency_ms", _LATENCY_MS))
        self._arguments = ["--port", "0", "--latency-ms", str(self._latency_ms)]
        self._arguments += ["--seed", str(seed), "--scale", str(scale)]
        for name, value in flags.pop("option", {}).items():
            self._arguments += ["--option", f"{name}={value}"]
        for name, value in flags.items():
            self._arguments += [f"--{name.replace('_', '-')}", str(value)]
        self._process: subprocess.Popen[str] | None = None
        self._http = requests.Session()
        self._http.trust_env = False
        self.root_url = ""
        self.base_url = ""
        self.credentials: dict[str, str] = {}

    def start(self) -> Self:
        """Start the emulator and wait until it is ready.

        Raises:
            RuntimeError: the process ended before it was ready.

        """
        command = [sys.executable, "-m", "bill_emulator", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        ready = _READY.match(line)
        if ready is None:
            self.stop()
            raise RuntimeError(f"The emulator did not start: {line!r}")
        self.root_url = ready["url"]
        self.base_url = f"{self.root_url}/connect"
        self.credentials = self.get("/credentials")
        return self

    def stop(self) -> None:
        """Terminate the process."""
        self._http.close()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def config(self, *, sync_token: bool = False) -> dict[str, str]:
        """Return a configuration for a client: sign-in values and base_url."""
        known = self.credentials
        return {
            "username": known["sync_token_name" if sync_token else "username"],
            "password": known["sync_token_value" if sync_token else "password"],
            "organization_id": known["organization_id"],
            "dev_key": known["developer_key"],
            "base_url": self.base_url,
        }

    def counts(self) -> dict[str, Any]:
        """Return the counts since the last reset."""
        counts: dict[str, Any] = self.get("/counts")
        return counts

    def reset_counts(self) -> None:
        """Reset the counts."""
        self.send("POST", "/reset-counts")

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """Return the calls since the last reset whose path contains `path`."""
        calls: list[dict[str, Any]] = self.get("/requests")
        return [call for call in calls if path in call["path"]]

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock."""
        self.send("POST", "/clock", {"advance_seconds": seconds})

    def latency(self, milliseconds: float, path: str | None = None) -> None:
        """Set the latency of calls, or of calls whose path contains `path`."""
        self.send("POST", "/latency", {"milliseconds": milliseconds, "path": path})

    def default_latency(self) -> None:
        """Restore the latency that the emulator started with."""
        self.latency(self._latency_ms)

    def fault(self, kind: str, **rule: Any) -> int:
        """Inject a fault. Return its number."""
        number: int = self.send("POST", "/faults", {"kind": kind, **rule})["id"]
        return number

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.send("DELETE", "/faults")

    def options(self, **changes: Any) -> dict[str, Any]:
        """Change options. Return all options."""
        options: dict[str, Any] = self.send("PATCH", "/options", changes)
        return options

    def default_options(self) -> None:
        """Restore the defaults of all options."""
        self.send("DELETE", "/options")

    def sessions_handed_out(self) -> list[str]:
        """Return the ids of all sessions ever opened, including those that ended."""
        ids: list[str] = self.get("/sessions")["handed_out"]
        return ids

    def expire_sessions(self, session_id: str | None = None) -> int:
        """End one session, or all. Return how many ended."""
        body = {"sessionId": session_id}
        expired: int = self.send("POST", "/sessions/expire", body)["expired"]
        return expired

    def expire_sessions_after(self, calls: int) -> None:
        """End all sessions after this many more calls."""
        self.send("POST", "/sessions/expire", {"after_calls": calls})

    def forbid(self, *lists: str) -> None:
        """Refuse the user these lists and their rows. Without lists, refuse none."""
        self.send("POST", "/forbid", {"lists": list(lists)})

    def data(self, list_name: str, *, rendered: bool = False) -> list[dict[str, Any]]:
        """Return all rows of a list, as stored or as sent."""
        suffix = "?rendered=true" if rendered else ""
        rows: list[dict[str, Any]] = self.get(f"/data/{list_name}{suffix}")
        return rows

    def put_rows(
        self, list_name: str, rows: list[dict[str, Any]], *, replace: bool = False
    ) -> list[str]:
        """Store rows, or replace all rows by them, with missing ids and times. Return ids."""
        body = {"rows": rows, "replace": replace}
        ids: list[str] = self.send("POST", f"/rows/{list_name}", body)["ids"]
        return ids

    def bulk(self, list_name: str, rows: int, **plan: Any) -> int:
        """Add copies of a list's rows. Return how many rows it has."""
        body = {"list_name": list_name, "rows": rows, **plan}
        count: int = self.send("POST", "/bulk", body)["rows"]
        return count

    def mutate(self, count: int, **plan: Any) -> list[str]:
        """Change this many rows at once. Return the changes."""
        done: list[str] = self.send("POST", "/mutate", {"count": count, **plan})["done"]
        return done

    def start_mutator(self, rate: float = 0, **plan: Any) -> None:
        """Change rows at this rate per second, or `per_page`, until `stop_mutator`."""
        self.send("POST", "/mutator", {"rate": rate, **plan})

    def stop_mutator(self) -> dict[str, Any]:
        """Stop changing rows. Return the changes."""
        state: dict[str, Any] = self.send("POST", "/mutator", {"stop": True})
        return state

    def settle(self) -> int:
        """Process the payments that are due. Return how many steps were taken."""
        steps: int = self.send("POST", "/settle")["steps"]
        return steps

    def seed(self, seed: int, scale: float) -> dict[str, int]:
        """Load another company. Return how many rows each list has."""
        rows: dict[str, int] = self.send("POST", "/seed", {"seed": seed, "scale": scale})
        return rows

    def as_new(self, seed: int, scale: float) -> None:
        """Undo all changes by the control API, and load the company of this seed and scale."""
        self.stop_mutator()
        self.clear_faults()
        self.default_options()
        self.default_latency()
        self.advance(-self.get("/clock")["offset_seconds"])
        self.seed(seed, scale)
        self.expire_sessions()
        self.reset_counts()

    def get(self, path: str) -> Any:
        """Send GET to a control route."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Call a control route.

        Raises:
            ValueError: the emulator refused the call.

        """
        url = f"{self.root_url}/control{path}"
        answer = self._http.request(method, url, json=body, timeout=_TIMEOUT_SECONDS)
        if not answer.ok:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()
