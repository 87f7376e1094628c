"""Counts that tests read: calls, logins, and how many calls were in flight at once."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import Any

_MOST_MOMENTS = 400_000


class Counts:
    """Counts every call from its arrival to its last byte. Control calls do not count."""

    def __init__(self) -> None:
        self._in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Reset the counts. Calls that are in flight stay in flight."""
        self.calls = 0
        self.logins = 0
        self.logins_accepted = 0
        self.logouts = 0
        self.most_at_once = self._in_flight
        self._by_path: Counter[str] = Counter()
        self._by_status: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._began = time.monotonic()
        self._moments: deque[tuple[float, int]] = deque(maxlen=_MOST_MOMENTS)

    def arrived(self, path: str) -> None:
        """Count a call that has arrived. `path` has `{id}` in place of an id."""
        self.calls += 1
        self._by_path[path] += 1
        self._in_flight += 1
        self.most_at_once = max(self.most_at_once, self._in_flight)
        self._note_moment()

    def left(self, status: str) -> None:
        """Count the end of a call, with its status, or `reset` or `cut` for a broken response."""
        self._by_status[status] += 1
        self._in_flight -= 1
        self._note_moment()

    def refused(self, code: str | None) -> None:
        """Count a refusal by its code; `none` if it has no code."""
        self._refused[code or "none"] += 1

    def fault(self, kind: str) -> None:
        """Count an injected fault."""
        self._faults[kind] += 1

    def as_json(self) -> dict[str, Any]:
        """Return all counts."""
        return {
            "calls": self.calls,
            "logins": self.logins,
            "logins_accepted": self.logins_accepted,
            "logouts": self.logouts,
            "in_flight": self._in_flight,
            "most_at_once": self.most_at_once,
            "by_path": dict(self._by_path),
            "by_status": dict(self._by_status),
            "refused": dict(self._refused),
            "faults": dict(self._faults),
        }

    def moments(self) -> list[tuple[float, int]]:
        """Return the calls in flight over time: seconds since the reset, and how many."""
        return list(self._moments)

    def _note_moment(self) -> None:
        self._moments.append((round(time.monotonic() - self._began, 4), self._in_flight))
