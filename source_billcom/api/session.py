"""One BILL session, shared by every thread of a connection and renewed at most once at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_billcom.clock import Clock
from source_billcom.errors import ConnectorError

# A session dies after 35 idle minutes, each call starting the count anew [DOC developer.bill.com,
# authentication overview]. Five minutes less, for a call that is still on its way. A sync token's
# session lives 48 idle hours [DOC, CONTRA by age]; renewing it as early costs one login.
IDLE_SECONDS = 30 * 60
# sessions that BILL hands out and refuses at once; more would only spend its 200 logins an hour
UNUSED_RENEWALS = 4
_CLOSE_SECONDS = 1.0


class Session:
    """Hands out the session id that is good now.

    `sign_in` performs one login and returns the new session id; whatever it raises is final for
    this connection: twenty streams with a wrong password must cost one login, not twenty, since
    BILL allows 200 an hour and may lock the account. `end` logs out a session that is given up.
    """

    def __init__(
        self, sign_in: Callable[[], str], clock: Clock, end: Callable[[str], None] | None = None
    ) -> None:
        self._sign_in = sign_in
        self._end = end
        self._clock = clock
        self._lock = threading.Lock()
        self._id: str | None = None
        self._last_used = 0.0
        self._failure: Exception | None = None
        self._unused_renewals = 0
        self._has_served = False

    @property
    def has_served(self) -> bool:
        """Whether BILL has accepted any session of this connection."""
        return self._has_served

    @property
    def is_closed(self) -> bool:
        """Whether a login failed or the session was closed; both are final."""
        return self._failure is not None

    def current(self) -> str:
        """Return a session id that should be good, signing in if there is none.

        Raises:
            ConnectorError: the login was refused, now or earlier.
        """
        with self._lock:
            idle = self._clock.monotonic() - self._last_used
            if self._id is not None and idle < IDLE_SECONDS:
                return self._id
            stale = self._id
            fresh = self._open()
            if stale is not None and self._end:
                # a sync token's would live on for two days
                self._end(stale)
            return fresh

    def newer_than(self, session_id: str) -> str:
        """Return the session id that has taken the place of `session_id` meanwhile, or itself.

        Never signs in: it is asked by calls that have a place and have only to set out.

        Raises:
            ConnectorError: the session was closed meanwhile, and its logout wants that place.
        """
        with self._lock_or_pass() as is_locked:
            if is_locked and self._id is None and self._failure is not None:
                raise self._failure
            return self._id if is_locked and self._id is not None else session_id

    @contextmanager
    def _lock_or_pass(self) -> Iterator[bool]:
        # held while another thread signs in, which may be waiting for this very place
        is_locked = self._lock.acquire(blocking=False)
        try:
            yield is_locked
        finally:
            if is_locked:
                self._lock.release()

    def is_current(self, session_id: str) -> bool:
        """Tell whether no other has taken the place of `session_id`."""
        with self._lock:
            return self._id is None or self._id == session_id

    def renew(self, refused: str, refusal: ConnectorError) -> str:
        """Replace the session id that BILL `refused`, once for all the threads that met it.

        Raises:
            ConnectorError: the login was refused, now or earlier; or `refusal` itself, because
                several new sessions in a row were refused before any was accepted once.
        """
        with self._lock:
            if self._id is not None and self._id != refused:
                return self._id  # another thread met the same refusal and was first
            self._unused_renewals += 1
            if self._unused_renewals > UNUSED_RENEWALS:
                self._failure = self._failure or refusal
            return self._open()

    def used(self, session_id: str) -> None:
        """Note that BILL has just accepted `session_id`, which starts its idle time anew."""
        with self._lock:
            if session_id == self._id:
                self._last_used = self._clock.monotonic()
                self._unused_renewals = 0
                self._has_served = True

    def close(self) -> str | None:
        """Forget the session for good and return its id, so that it can be logged out.

        Threads that still run get no new one: it would stay open at BILL. Where another thread is
        signing in just now, which may take long, there is none to return yet.
        """
        if not self._lock.acquire(timeout=_CLOSE_SECONDS):
            return None
        try:
            session_id, self._id = self._id, None
            self._failure = self._failure or ConnectorError.transient(
                "The sync was stopped: run it again; it resumes where it stopped."
            )
            return session_id
        finally:
            self._lock.release()

    def _open(self) -> str:
        if self._failure is not None:
            raise self._failure
        self._id = None
        try:
            session_id = self._sign_in()
        except Exception as failure:
            # a fault of our own is as final: it would be met again, a login each time
            self._failure = failure
            raise
        add_to_secrets(session_id)
        self._id = session_id
        self._last_used = self._clock.monotonic()
        return session_id
