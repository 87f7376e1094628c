"""Decides, once for all calls of a connection, that BILL cannot be reached.

Each call retries by itself. But if no call gets an answer, all streams must stop together and soon:
if each of twenty streams gave up by itself, a sync without a network would take a quarter of an
hour.
"""

import math
import threading
from collections.abc import Callable

from source_billcom.api.error_messages import bill_unreachable
from source_billcom.clock import Clock

OUTAGE_SECONDS = 270.0
"""How long BILL may be silent. With the last call that `judge` makes: less than five minutes."""
SHORTEST_TIMEOUT_SECONDS = 5.0
"""A call that is made in a silence has at least this long to connect, and again to be answered."""
# a call that has used up its retries says nothing about the others if one was answered just now
_SHORTEST_SILENCE_SECONDS = 60.0


class Outage:
    """How long BILL has been silent; safe to share between threads.

    BILL is silent while calls fail without any HTTP response: no connection, no response in time.
    Any response to any call ends the silence, whatever its status. A wait for BILL's hourly limit
    ends it too, because no call is made meanwhile.

    `answers` makes one short call to BILL and tells whether there was a response.
    """

    def __init__(self, clock: Clock, answers: Callable[[], bool]) -> None:
        self._clock = clock
        self._answers = answers
        self._lock = threading.Lock()  # guards what follows; held for moments
        self._judging = threading.Lock()  # held by the thread that makes the last call
        self._ended_at = clock.monotonic()
        self._silent_since: float | None = None
        self._reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the connection was given up."""
        return self._reason is not None

    def raise_if_over(self) -> None:
        """Stop a call if another call has shown that BILL cannot be reached.

        Raises:
            ConnectorError: BILL cannot be reached.
        """
        if self._reason is not None:
            raise bill_unreachable(self._reason)

    def end_silence(self) -> None:
        """Note that BILL answered, or that no calls are made for a while."""
        with self._lock:
            self._ended_at = self._clock.monotonic()
            self._silent_since = None

    def note_silence(self, sent_at: float) -> float:
        """Note that a call sent at `sent_at` got no answer; return the seconds left for retries."""
        with self._lock:
            if self._silent_since is None:
                self._silent_since = max(sent_at, self._ended_at)
        return self.seconds_left()

    def seconds_left(self) -> float:
        """Return for how many seconds calls may still be retried; infinite without a silence."""
        return OUTAGE_SECONDS - self._silence() if self._silent_since is not None else math.inf

    def judge(self, reason: str) -> None:
        """Decide whether BILL can be reached, after a call could not be retried any more.

        Returns if it can: what failed is only that call. `reason` is why the call failed.

        Raises:
            ConnectorError: BILL cannot be reached, so no call is made on this connection any more.
        """
        with self._judging:
            self.raise_if_over()
            if self._silence() < _SHORTEST_SILENCE_SECONDS:
                return
            if self._answers():
                self.end_silence()
                return
            self._reason = reason
        self.raise_if_over()

    def _silence(self) -> float:
        with self._lock:
            since = self._silent_since
        return 0.0 if since is None else self._clock.monotonic() - since
