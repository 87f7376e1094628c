"""The connections of this process to BILL, shared by everything that uses the same credentials.

BILL counts calls per developer key and allows three calls at once per organization. So all that
uses one key in this process shares one hourly budget, and all that reads one organization shares
its slots. A login is shared only by users of exactly the same credentials.
"""

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from source_billcom.api.client import BillClient
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyBudget, Slots, Throttle
from source_billcom.api.retry import RetryPolicy
from source_billcom.api.transport import Transport
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig

_Identity = tuple[str, str, str, str, str]


@dataclass
class _Entry:
    """A connection and the number of its users."""

    client: BillClient
    users: int = 0


class ClientPool:
    """Gives out clients; safe to share between threads.

    `make_transport` builds the transport to a base URL; tests pass one without a network.
    """

    def __init__(
        self, clock: Clock, make_transport: Callable[[str], Transport] | None = None
    ) -> None:
        self._clock = clock
        self._make_transport = make_transport
        self._lock = threading.Lock()
        self._budgets: dict[tuple[str, str], HourlyBudget] = {}
        self._slots: dict[tuple[str, str], Slots] = {}
        self._entries: dict[_Identity, _Entry] = {}

    @contextmanager
    def lease(self, config: ConnectorConfig, retry_policy: RetryPolicy) -> Iterator[BillClient]:
        """Lend a client whose calls follow `retry_policy`.

        Leases of the same credentials share one session. When the last of them ends, the session
        is logged out at BILL and forgotten; the limits stay.
        """
        entry = self._acquire(config)
        try:
            yield entry.client.with_retry_policy(retry_policy)
        finally:
            self._release(entry)

    def client_for(self, config: ConnectorConfig, retry_policy: RetryPolicy) -> BillClient:
        """Return a client that is never given back; `log_out_all` ends its session."""
        return self._acquire(config).client.with_retry_policy(retry_policy)

    def log_out_all(self) -> None:
        """Log out every session at BILL; calls that still run fail."""
        with self._lock:
            entries = list(self._entries.values())
            self._entries.clear()
        for entry in entries:
            entry.client.log_out()

    def _acquire(self, config: ConnectorConfig) -> _Entry:
        key = (config.base_url, config.dev_key)
        organization = (config.base_url, config.organization_id)
        identity = (*key, config.organization_id, config.username, config.password)
        with self._lock:
            entry = self._entries.get(identity)
            if entry is None or entry.client.is_closed:
                budget = self._budgets.setdefault(key, HourlyBudget(self._clock))
                slots = self._slots.setdefault(organization, Slots(CALLS_AT_ONCE))
                throttle = Throttle(budget, slots)
                transport = self._make_transport(config.base_url) if self._make_transport else None
                entry = _Entry(BillClient(config, throttle, self._clock, transport))
                self._entries[identity] = entry
            entry.users += 1
            return entry

    def _release(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            if entry.users:
                return
            self._entries = {key: kept for key, kept in self._entries.items() if kept is not entry}
        entry.client.log_out()


# Deliberately one per process: BILL counts per key and organization, whoever calls. The CDK builds
# streams from the manifest alone and has no place to pass a pool.
CLIENT_POOL = ClientPool(Clock())
atexit.register(CLIENT_POOL.log_out_all)
