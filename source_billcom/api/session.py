"""BILL's sessions: one per connection, shared by all its threads, renewed by one of them."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airbyte_cdk.models import FailureType

from source_billcom.api.auth import Authenticator, Caller, Headers
from source_billcom.api.error_handling import SESSION_INVALID, ErrorResolution, SuspectedCause
from source_billcom.api.error_messages import (
    session_ended,
    session_refused,
    still_signing_in,
    stopped,
)
from source_billcom.api.retry import Attempts, RetryPolicy
from source_billcom.errors import ConnectorError

logger = logging.getLogger("airbyte.source_billcom")

# A session ends after 35 idle minutes; each call starts the count again
# [DOC D:authentication-overview]. It is renewed five minutes earlier, because a call may take some.
# A sync token's session lasts 48 idle hours [DOC D:token-based-sign-in; CONTRA by age]. To renew it
# as early costs one login.
IDLE_SECONDS = 30 * 60
# new sessions in a row that BILL refuses before it accepts one; more would use up its 200 logins
# an hour
UNUSED_RENEWALS = 4
_RENEWALS_PER_CALL = 3
# at the end, for a login in flight; platforms kill a process that ends slowly
_LAST_LOGIN_SECONDS = 3.0
_READING_LISTS = "reading lists"


class SessionAuthenticator(Authenticator):
    """Signs in with the credentials of the configuration, and sends the session id with each call.

    The manifest names this class. It does nothing until the first call.

    A login that fails is not repeated: twenty streams with a wrong password must cost one login,
    not twenty, because BILL allows 200 an hour and may lock the account.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards what follows; held for moments
        self._turn = threading.Lock()  # held by the thread that signs in
        self._id: str | None = None
        self._last_id = ""
        self._last_used = 0.0
        self._failure: Exception | None = None
        self._failed_policy: RetryPolicy | None = None  # None: the failure is final for all callers
        self._unused_renewals = 0
        self._has_served = False
        self._is_stopped = False

    @property
    def is_closed(self) -> bool:
        """Whether the last login failed, or `close` was called."""
        return self._failure is not None

    @property
    def is_refused(self) -> bool:
        """Whether the last login failed for a reason that only the user can change."""
        failure = self._failure
        return isinstance(failure, ConnectorError) and (
            failure.failure_type is FailureType.config_error
        )

    def for_new_connection(self) -> "SessionAuthenticator":
        """Return one that has not signed in yet."""
        return SessionAuthenticator()

    def prepare(self, caller: Caller) -> None:
        """Sign in if there is no session, or if it has been idle for too long.

        Raises:
            ConnectorError: the login was refused, now or earlier.
        """
        if self._is_fresh(caller):
            return
        with self._turn_to_sign_in(caller):
            if self._is_fresh(caller):
                return  # another thread signed in meanwhile
            self._sign_in(caller, last_is_open=True)

    def headers(self, caller: Caller) -> Headers:
        """Return the current session id and the developer key.

        While another thread signs in, it is the last session id, because that thread may need the
        slot of this call.

        Raises:
            ConnectorError: the session was closed, and its logout needs the slot of this call.
        """
        with self._lock:
            if self._is_stopped or (self._id is None and not self._turn.locked()):
                self._raise_earlier_failure(caller)
            return _headers(self._id or self._last_id, caller)

    def accepted(self, headers: Headers, caller: Caller) -> None:
        """Start the idle time of the session again."""
        with self._lock:
            if headers["sessionId"] == self._id:
                self._last_used = caller.clock.monotonic()
                self._unused_renewals = 0
                self._has_served = True

    def rejected(
        self, headers: Headers, rejection: ErrorResolution, attempts: Attempts, caller: Caller
    ) -> None:
        """Replace the session that BILL refused, once for all the threads whose calls it refused.

        Raises:
            ConnectorError: the login was refused, now or earlier; or new sessions were refused too
                often, for this call or for all of them.
        """
        refused = headers["sessionId"]
        is_invalid = rejection.code == SESSION_INVALID
        has_ended = self._has_served and is_invalid
        # if another thread has replaced it meanwhile, the refusal says nothing about this call
        attempts.renewals += self._is_current(refused)
        if attempts.renewals > (_RENEWALS_PER_CALL if is_invalid else 1):
            # other calls may go on: what is refused again and again is not the session
            internal = rejection.error.internal_message
            raise session_ended(attempts.what, internal) if has_ended else rejection.error
        # the calls that fail because of it may be doing something else
        failure = (session_ended if has_ended else session_refused)(_READING_LISTS)
        # a gateway's refusal says nothing about the session at BILL
        is_open = rejection.suspected_cause is SuspectedCause.SESSION
        self._renew(refused, failure, caller, is_open=is_open)

    def close(self, caller: Caller) -> None:
        """Log the session out for good.

        Threads that still run get no new one, which would stay open at BILL. A thread that is
        signing in logs its session out as soon as it has one. This waits for it a few seconds,
        because the process may end next.
        """
        with self._lock:
            session_id, self._id = self._id, None
            self._is_stopped = True
            self._give_up(stopped())
        if session_id is not None:
            _log_out(session_id, caller)
        elif self._turn.acquire(timeout=_LAST_LOGIN_SECONDS):
            self._turn.release()

    def _is_current(self, session_id: str) -> bool:
        with self._lock:
            return self._id == session_id

    def _is_fresh(self, caller: Caller) -> bool:
        with self._lock:
            idle = caller.clock.monotonic() - self._last_used
            return self._id is not None and idle < IDLE_SECONDS

    @contextmanager
    def _turn_to_sign_in(self, caller: Caller) -> Iterator[None]:
        """Hold the turn, for which this caller waits no longer than its own policy allows.

        The thread that has it may follow another policy, and wait for BILL's next hour.
        """
        if not self._turn.acquire(timeout=caller.retry_policy.sign_in_wait_seconds):
            raise still_signing_in()
        try:
            yield
        finally:
            self._turn.release()

    def _renew(
        self, refused: str, failure: ConnectorError, caller: Caller, *, is_open: bool
    ) -> None:
        with self._turn_to_sign_in(caller):
            with self._lock:
                if self._id is not None and self._id != refused:
                    return  # another thread's call was refused too, and that thread was first
                self._raise_earlier_failure(caller)  # it does not count as a refused session
                self._unused_renewals += 1
                if self._unused_renewals > UNUSED_RENEWALS:
                    self._give_up(failure)
            self._sign_in(caller, last_is_open=is_open)

    def _sign_in(self, caller: Caller, *, last_is_open: bool) -> None:
        """Open a session, and end the last one if it may be open at BILL."""
        with self._lock:
            self._raise_earlier_failure(caller)
            last, self._id = self._id, None
        try:
            self._open_session(caller)
        finally:
            if last is not None and last_is_open:
                # a sync token's session would stay open for two days
                _log_out(last, caller)

    def _open_session(self, caller: Caller) -> None:
        try:
            session_id = _log_in(caller)
        except Exception as failure:
            self._note_failed_login(failure, caller)
            raise
        caller.mask(session_id)
        with self._lock:
            if not self._is_stopped:
                self._failure = None
                self._id = self._last_id = session_id
                self._last_used = caller.clock.monotonic()
                return
        _log_out(session_id, caller)
        raise stopped()

    def _note_failed_login(self, failure: Exception, caller: Caller) -> None:
        # an error of the connector's own would be met again, at the cost of a login each time
        is_outage = isinstance(failure, ConnectorError) and _is_transient(failure)
        with self._lock:
            if not self._is_stopped:
                self._failure = failure
                self._failed_policy = caller.retry_policy if is_outage else None

    def _raise_earlier_failure(self, caller: Caller) -> None:
        """Raise what an earlier login failed with, unless this caller retries for longer or less.

        An outage that was too long for a check must not end a read that waits for its end.
        """
        if self._failure is not None and self._failed_policy in (None, caller.retry_policy):
            raise self._failure

    def _give_up(self, reason: ConnectorError) -> None:
        if self._failure is None or self._failed_policy is not None:
            self._failure = reason
        self._failed_policy = None


def _is_transient(failure: ConnectorError) -> bool:
    return failure.failure_type is FailureType.transient_error


def _headers(session_id: str, caller: Caller) -> Headers:
    return {"sessionId": session_id, "devKey": caller.config.dev_key}


def _log_in(caller: Caller) -> str:
    body = {
        "username": caller.config.username,
        "password": caller.config.password,
        "organizationId": caller.config.organization_id,
        # in the body here, in a header everywhere else [DOC PM; LIVE NH]
        "devKey": caller.config.dev_key,
    }
    return str(caller.sign_in_with("/v3/login", body, _has_session_id)["sessionId"])


def _has_session_id(parsed: Any) -> bool:
    return (
        isinstance(parsed, dict)
        and isinstance(parsed.get("sessionId"), str)
        and bool(parsed["sessionId"])
    )


def _log_out(session_id: str, caller: Caller) -> None:
    """End a session at BILL. A sync does not fail because this fails: the session expires."""
    failure = caller.sign_out_with("/v3/logout", _headers(session_id, caller))
    if failure:
        logger.info("BILL's session could not be logged out (%s); it will expire.", failure)
