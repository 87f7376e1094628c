"""BILL's rate limits: calls and logins per clock hour, and concurrent calls.

The hour is a clock hour: after BDC_1144 "all subsequent API requests must wait until the
beginning of the next hour" [DOC D:api-rate-limits]. The concurrency limit is per developer key
and organization [DOC].
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_emulator.errors import BillError, refusal

if TYPE_CHECKING:
    from bill_emulator.clock import Clock
    from bill_emulator.options import Options


@dataclass(frozen=True)
class Caller:
    """What the concurrency limit is counted by."""

    developer_key: str
    organization_id: str


class _Hour:
    """A count per developer key for the current clock hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hour = ""
        self._counts: Counter[str] = Counter()

    def used(self, developer_key: str) -> int:
        hour = self._clock.now().strftime("%Y-%m-%dT%H")
        if hour != self._hour:
            self._hour = hour
            self._counts.clear()
        return self._counts[developer_key]

    def add(self, developer_key: str) -> None:
        self.used(developer_key)
        self._counts[developer_key] += 1


class Limits:
    """Counts calls and refuses those above a limit."""

    def __init__(self, clock: Clock) -> None:
        self._calls = _Hour(clock)
        self._logins = _Hour(clock)
        self._in_flight: Counter[Caller] = Counter()

    def count_call(self, developer_key: str, options: Options) -> None:
        """Count a call toward the hourly limit, or refuse it.

        Raises:
            BillError: BDC_1144, the limit is reached.

        """
        self.check_call(developer_key, options)
        self._calls.add(developer_key)

    def check_call(self, developer_key: str, options: Options) -> None:
        """Refuse a call if the hourly limit is reached. Do not count it.

        Raises:
            BillError: BDC_1144.

        """
        if self._calls.used(developer_key) >= options.hourly_limit:
            raise _hourly(options.hourly_limit, options)

    def count_refused_call(self, developer_key: str, options: Options) -> None:
        """Count a call that was refused for its session, if refused calls count."""
        if options.refused_calls_count:
            self._calls.add(developer_key)

    def check_login(self, developer_key: str, options: Options) -> None:
        """Refuse a login if the hourly login limit is reached.

        Raises:
            BillError: BDC_1144. BILL has no separate code for logins [DOC, v2 page]. The message
                names the login limit; no source shows this error, so that is our choice.

        """
        if self._logins.used(developer_key) >= options.login_limit:
            raise _hourly(options.login_limit, options)

    def count_login(self, developer_key: str) -> None:
        """Count a login toward the hourly login limit."""
        self._logins.add(developer_key)

    def enter(self, caller: Caller, options: Options) -> None:
        """Take a slot for a call. `leave` releases it.

        Raises:
            BillError: BDC_1322, all slots are taken.

        """
        if self._in_flight[caller] >= options.concurrent_limit:
            raise refusal(options.limit_status, "BDC_1322")
        self._in_flight[caller] += 1

    def leave(self, caller: Caller) -> None:
        """Release a slot taken with `enter`."""
        self._in_flight[caller] -= 1
        if not self._in_flight[caller]:
            del self._in_flight[caller]


def _hourly(limit: int, options: Options) -> BillError:
    return refusal(options.limit_status, "BDC_1144", limit=limit)
