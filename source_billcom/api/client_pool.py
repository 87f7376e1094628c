"""Which client serves which connection: one login and one set of limits however many ask.

BILL counts calls per developer key and places per organization, so everything in this process that
uses the same key must share them. Entries are keyed by the whole identity they serve: two
connections with different credentials share nothing but the limits BILL makes them share.
"""

import threading

from source_billcom.api.client import BillClient
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyBudget, Slots, Throttle
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig

_Identity = tuple[str, str, str, str, str]


class ClientPool:
    """The clients of this process, each organization's places and each key's budget."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._budgets: dict[tuple[str, str], HourlyBudget] = {}
        self._slots: dict[tuple[str, str], Slots] = {}
        self._clients: dict[_Identity, BillClient] = {}

    def client_for(self, settings: ConnectorConfig) -> BillClient:
        """Return the client of this identity, a fresh one if the last is of no more use."""
        key = (settings.base_url, settings.dev_key)
        organization = (settings.base_url, settings.organization_id)
        identity = (*key, settings.organization_id, settings.username, settings.password)
        with self._lock:
            client = self._clients.get(identity)
            if client is None or client.is_closed:
                budget = self._budgets.setdefault(key, HourlyBudget(self._clock))
                slots = self._slots.setdefault(organization, Slots(CALLS_AT_ONCE))
                client = BillClient(settings, Throttle(budget, slots), self._clock)
                self._clients[identity] = client
            return client

    def log_out_all(self) -> None:
        """End every open session, so that none is left behind at BILL."""
        with self._lock:
            clients = list(self._clients.values())
        for client in clients:
            client.log_out()


CLIENT_POOL = ClientPool(Clock())
