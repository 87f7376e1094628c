"""The clients of this process, which share their state if they use the same credentials.

BILL counts calls per developer key and allows three calls at once per organization. So all that
uses one key in this process shares one hourly budget, and all that reads one organization shares
its slots. A login is shared only by users of exactly the same credentials.
"""

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from source_billcom.api.auth import Authenticator
from source_billcom.api.client import BillClient, SharedClientState
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyWindow, RateLimits, Slots
from source_billcom.api.retry import RetryPolicy
from source_billcom.api.session import SessionAuthenticator
from source_billcom.api.transport import Transport
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig

_Identity = tuple[str, str, str, str, str]
# The streams of one sync share a refusal. By the next sync the user may have fixed what caused it.
_REFUSED_SECONDS = 60.0
# more than a sign-out may take
_LONGEST_LOG_OUT_SECONDS = 10.0


@dataclass(eq=False)
class _Entry:
    """A shared client state, the number of its users, and until when its refusal counts."""

    shared: SharedClientState
    users: int = 0
    refused_until: float | None = None  # seconds of the monotonic clock


class ClientPool:
    """Gives out clients; safe to share between threads.

    `make_transport` builds the transport to a base URL.
    """

    def __init__(
        self, clock: Clock, make_transport: Callable[[str], Transport] = Transport
    ) -> None:
        self._clock = clock
        self._make_transport = make_transport
        # reentrant, because garbage collection may end an abandoned lease at any moment
        self._lock = threading.RLock()
        self._closed_one = threading.Condition(self._lock)
        self._hours: dict[tuple[str, str], HourlyWindow] = {}
        self._slots: dict[tuple[str, str], Slots] = {}
        self._entries: dict[_Identity, _Entry] = {}
        # in use, but new leases of the same credentials get a new one
        self._replaced: list[_Entry] = []
        # being logged out by some thread
        self._closing: list[_Entry] = []

    @contextmanager
    def lease(
        self,
        config: ConnectorConfig,
        retry_policy: RetryPolicy,
        authenticator: Authenticator | None = None,
        *,
        keeps_session: bool = False,
    ) -> Iterator[BillClient]:
        """Lend a client whose calls follow `retry_policy`.

        Leases of the same credentials share one session, which is that of the first lease's
        authenticator (a `SessionAuthenticator` unless given). When the last of these leases ends,
        the session is logged out at BILL and forgotten. The limits stay.

        With `keeps_session`, the session outlives the lease, for leases that follow each other: it
        is logged out by the next lease without it, or by `log_out_all`. If the sign-in is refused,
        such leases do not try it again for a minute.
        """
        entry = self._acquire(config, authenticator, keeps_session=keeps_session)
        try:
            yield BillClient(entry.shared, retry_policy)
        finally:
            self._release(entry, keeps_session=keeps_session)

    def log_out_all(self) -> None:
        """Log out every session at BILL. Calls that still run fail.

        The process may end after this, so it also waits for sessions that other threads, whose
        leases ended, are logging out.
        """
        with self._lock:
            entries = [*self._entries.values(), *self._replaced]
            self._entries.clear()
            self._replaced.clear()
            self._closing += entries
        for entry in entries:
            self._close(entry)
        with self._closed_one:
            self._closed_one.wait_for(lambda: not self._closing, _LONGEST_LOG_OUT_SECONDS)

    def _acquire(
        self, config: ConnectorConfig, authenticator: Authenticator | None, *, keeps_session: bool
    ) -> _Entry:
        identity = (*_key_of(config), config.organization_id, config.username, config.password)
        with self._lock:
            entry = self._entries.get(identity)
            if entry is None or not self._is_usable(entry, keeps_session=keeps_session):
                if entry is not None and entry.users:
                    self._replaced.append(entry)
                entry = _Entry(self._new_state(config, authenticator or SessionAuthenticator()))
                self._entries[identity] = entry
            entry.users += 1
            return entry

    def _is_usable(self, entry: _Entry, *, keeps_session: bool) -> bool:
        if not entry.shared.is_closed:
            return True
        if not (keeps_session and entry.shared.is_refused):
            return False
        return entry.refused_until is None or self._clock.monotonic() < entry.refused_until

    def _new_state(
        self, config: ConnectorConfig, authenticator: Authenticator
    ) -> SharedClientState:
        organization = (config.base_url, config.organization_id)
        limits = RateLimits(
            self._hours.setdefault(_key_of(config), HourlyWindow(self._clock)),
            self._slots.setdefault(organization, Slots(CALLS_AT_ONCE)),
        )
        transport = self._make_transport(config.base_url)
        authenticator = authenticator.for_new_connection()
        return SharedClientState(config, limits, self._clock, transport, authenticator)

    def _release(self, entry: _Entry, *, keeps_session: bool) -> None:
        with self._lock:
            entry.users -= 1
            if entry.shared.is_refused and entry.refused_until is None:
                entry.refused_until = self._clock.monotonic() + _REFUSED_SECONDS
            is_kept = keeps_session and self._is_usable(entry, keeps_session=True)
            if entry.users or (is_kept and entry not in self._replaced):
                return
            self._entries = {key: kept for key, kept in self._entries.items() if kept is not entry}
            self._replaced = [kept for kept in self._replaced if kept is not entry]
            self._closing.append(entry)
        self._close(entry)

    def _close(self, entry: _Entry) -> None:
        try:
            BillClient(entry.shared).close()
        finally:
            with self._closed_one:
                self._closing = [each for each in self._closing if each is not entry]
                self._closed_one.notify_all()


def _key_of(config: ConnectorConfig) -> tuple[str, str]:
    """Return what BILL counts calls by: the developer key, and which BILL it belongs to."""
    return config.base_url, config.dev_key


# Deliberately one per process: BILL counts per key and organization, whoever calls. The CDK builds
# streams from the manifest alone and has no place to pass a pool.
CLIENT_POOL = ClientPool(Clock())
atexit.register(CLIENT_POOL.log_out_all)
