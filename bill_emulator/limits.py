"""BILL's limits: calls and logins per clock hour, and calls under way at once.

The hour is a fixed one: after BDC_1144 "all subsequent API requests must wait until the
beginning of the next hour" [DOC D:api-rate-limits]. The count under way is per developer key and
organization [DOC].
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bill_emulator.errors import BillError, refusal

if TYPE_CHECKING:
    from bill_emulator.clock import Clock
    from bill_emulator.options import Options

Place = tuple[str, str]
"""A developer key and an organization."""


class _Hour:
    """Counts per developer key within the present clock hour."""

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
    """Counts calls and refuses those beyond a limit."""

    def __init__(self, clock: Clock) -> None:
        self._calls = _Hour(clock)
        self._logins = _Hour(clock)
        self._under_way: Counter[Place] = Counter()

    def count_call(self, developer_key: str, options: Options) -> None:
        """Count a call against the hour, or refuse it.

        Raises:
            BillError: BDC_1144, the hour's calls are used up.

        """
        self.check_call(developer_key, options)
        self._calls.add(developer_key)

    def check_call(self, developer_key: str, options: Options) -> None:
        """Refuse a call beyond the hour's, without counting it.

        Raises:
            BillError: BDC_1144.

        """
        if self._calls.used(developer_key) >= options.hourly_limit:
            raise _hourly(options.hourly_limit, options)

    def count_refused_call(self, developer_key: str, options: Options) -> None:
        """Count a call refused for its session, where refused calls count."""
        if options.refused_calls_count:
            self._calls.add(developer_key)

    def check_login(self, developer_key: str, options: Options) -> None:
        """Refuse a login beyond the hour's.

        Raises:
            BillError: BDC_1144; BILL has no code of its own for logins [DOC, v2 page]. That the
                message names the logins' number is our choice: nobody has shown this refusal.

        """
        if self._logins.used(developer_key) >= options.login_limit:
            raise _hourly(options.login_limit, options)

    def count_login(self, developer_key: str) -> None:
        """Count a login against the hour's."""
        self._logins.add(developer_key)

    def enter(self, place: Place, options: Options) -> None:
        """Take one of the places for calls under way; `leave` gives it back.

        Raises:
            BillError: BDC_1322, all are taken.

        """
        if self._under_way[place] >= options.concurrent_limit:
            raise refusal(options.limit_status, "BDC_1322")
        self._under_way[place] += 1

    def leave(self, place: Place) -> None:
        """Give back a place taken with `enter`."""
        self._under_way[place] -= 1
        if not self._under_way[place]:
            del self._under_way[place]


def _hourly(limit: int, options: Options) -> BillError:
    return refusal(options.limit_status, "BDC_1144", limit=limit)
