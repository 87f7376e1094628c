"""Records the last calls, so that a test can read what a client requested."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CALLS = 5_000


@dataclass(frozen=True)
class LoggedCall:
    """A call. `status` is an HTTP status, or `reset`, `cut` or `dropped` for a broken response."""

    method: str
    path: str
    query: Mapping[str, str]
    status: str


class CallLog:
    """The last few thousand calls, in the order in which they ended."""

    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=_MOST_CALLS)

    def note(self, call: LoggedCall) -> None:
        """Record a call that has ended."""
        self._calls.append(call)

    def clear(self) -> None:
        """Remove all calls."""
        self._calls.clear()

    def as_json(self, last: int | None = None) -> list[dict[str, Any]]:
        """Return the last calls, or all recorded calls."""
        calls = list(self._calls)
        return [asdict(call) for call in (calls if last is None else calls[-last:] if last else [])]
