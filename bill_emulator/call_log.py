"""The last calls as they came in, so that a test can read how a client asks."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CALLS = 5_000


@dataclass(frozen=True)
class LoggedCall:
    """One call. `status` is `reset`, `cut` or `dropped` for a broken one. No header, no body."""

    method: str
    path: str
    query: Mapping[str, str]
    status: str


class CallLog:
    """Keeps the last few thousand calls, in the order in which they ended."""

    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=_MOST_CALLS)

    def note(self, call: LoggedCall) -> None:
        """Keep a call that has ended."""
        self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()

    def as_json(self, last: int | None = None) -> list[dict[str, Any]]:
        """Give the `last` calls, all that are kept without it."""
        calls = list(self._calls)
        return [asdict(call) for call in (calls if last is None else calls[-last:] if last else [])]
