"""Calls to BILL that either return a good response or raise one error for the user.

A call is counted against the hourly limit, signs in if needed, waits for a slot, and is sent once.
The response is classified (error_handling.py): the call returns it, retries, replays with a new
session, or fails. A `RetryPolicy` limits the retries and replays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from source_billcom.api.auth import Authenticator, Headers
from source_billcom.api.error_handling import (
    ErrorResolution,
    Phase,
    ResponseAction,
    SuspectedCause,
    classify,
    classify_transport_error,
)
from source_billcom.api.outage import SHORTEST_TIMEOUT_SECONDS, Outage
from source_billcom.api.rate_limits import RateLimits
from source_billcom.api.retry import READ_RETRY_POLICY, Attempts, Backoff, RetryPolicy
from source_billcom.api.transport import (
    Response,
    Timeout,
    Transport,
    refuse_unencrypted_public_host,
)
from source_billcom.clock import Clock, ServerClock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import TransportError
from source_billcom.masking import SecretMask, register_secret

_HTTP_OK = range(200, 300)
_SIGN_OUT_TIMEOUT = (1.5, 2.0)
# Some calls wait so long for a free slot, and are then sent anyway. BILL may refuse them.
_SLOT_SECONDS = 2.5
_ANY_PATH = "/v3/health"

Accept = Callable[[Any], bool]
"""Tells whether the parsed JSON of a response is what was asked for."""


class SharedClientState:
    """What all clients with the same credentials share: session, limits, HTTP connections.

    Safe to share between threads. It knows no retry policy: that belongs to each client.
    """

    def __init__(
        self,
        config: ConnectorConfig,
        limits: RateLimits,
        clock: Clock,
        transport: Transport,
        authenticator: Authenticator,
    ) -> None:
        self.config = config
        self.limits = limits
        self.clock = clock
        self.transport = transport
        self.authenticator = authenticator
        self.server_clock = ServerClock(clock)
        self.outage = Outage(clock, self._is_reachable)
        self.backoff = Backoff(clock, limits.hour, self.outage)
        self.mask = SecretMask(config.password, config.dev_key)
        self.is_established = False
        """Whether a good response has come from this address."""
        self._is_encrypted_or_private = False

    @property
    def is_closed(self) -> bool:
        """Whether no more calls can be made.

        The login failed, the session was logged out, or BILL cannot be reached.
        """
        return self.authenticator.is_closed or self.outage.is_over

    @property
    def is_refused(self) -> bool:
        """Whether a new connection would be refused too, unless the user changes something."""
        return self.authenticator.is_refused

    def send(
        self,
        method: str,
        path: str,
        what: str,
        accept: Accept,
        retry_policy: RetryPolicy,
        *,
        is_sign_in: bool = False,
        headers: Callable[[], Headers] = dict,
        **request: Any,
    ) -> Any | ErrorResolution:
        """Make one call; return its parsed JSON, or the resolution of what came instead.

        `headers` is called when the call has its slot.

        Raises:
            ConnectorError: the call may not be sent at all.
        """
        self._refuse_unencrypted()
        try:
            with self.limits.slot():
                self.outage.raise_if_over()
                timeout, sent = self._timeout(retry_policy), headers()
                response = self.transport.send(
                    method, path, timeout=timeout, headers=sent, **request
                )
        except TransportError as error:
            if error.partial:
                self.outage.end_silence()
            phase = Phase(what, self.is_established, is_sign_in)
            host = urlsplit(self.config.base_url).netloc
            is_bill_host = self.config.is_bill_host
            return classify_transport_error(error, phase, host, is_bill_host=is_bill_host)
        self.outage.end_silence()
        self.server_clock.note(response.date)
        parsed = _parse(response)
        if response.status in _HTTP_OK and accept(parsed):
            self.is_established = True
            return parsed
        phase = Phase(what, self.is_established, is_sign_in)
        return classify(response.status, response.body, phase, self.mask)

    def _refuse_unencrypted(self) -> None:
        if not self._is_encrypted_or_private:
            refuse_unencrypted_public_host(self.config.base_url)
            self._is_encrypted_or_private = True

    def _timeout(self, retry_policy: RetryPolicy) -> Timeout:
        """Give up soon on a host that has never answered: a wrong address should show at once.

        While BILL is silent, a call must end before the time for retries does.
        """
        connect, read = retry_policy.first_connect_seconds, retry_policy.first_read_seconds
        if self.is_established:
            connect, read = retry_policy.connect_seconds, retry_policy.read_seconds
        left = max(self.outage.seconds_left(), SHORTEST_TIMEOUT_SECONDS)
        return min(connect, left), min(read, left)

    def _is_reachable(self) -> bool:
        """Ask BILL anything: it can be reached if it answers, whatever the status."""
        try:
            with self.limits.slot_within(_SLOT_SECONDS):
                timeout = SHORTEST_TIMEOUT_SECONDS, SHORTEST_TIMEOUT_SECONDS
                self.transport.send("GET", _ANY_PATH, timeout=timeout)
        except TransportError as error:
            return error.partial
        return True


@dataclass(frozen=True)
class BillClient:
    """Makes calls to BILL with a retry policy. It is cheap to create.

    Every method may be called from any thread.
    """

    shared: SharedClientState
    retry_policy: RetryPolicy = READ_RETRY_POLICY

    @property
    def config(self) -> ConnectorConfig:
        """The configuration."""
        return self.shared.config

    @property
    def clock(self) -> Clock:
        """The time of this machine."""
        return self.shared.clock

    def bill_time(self) -> datetime:
        """Return what BILL's clock shows now."""
        return self.shared.server_clock.now()

    def sign_in(self) -> None:
        """Sign in now, so that wrong credentials show before any stream starts.

        Raises:
            ConnectorError: the configuration is wrong, or BILL refuses it.
        """
        self.shared.authenticator.prepare(self)

    def get(self, path: str, params: Mapping[str, str], what: str, accept: Accept) -> Any:
        """Read `path` and return its parsed JSON once `accept` takes it.

        `what` tells the user what was being done, such as "reading bills".

        Raises:
            ConnectorError: a retry cannot help, or all are used up.
        """
        authenticator, attempts = self.shared.authenticator, Attempts(what)
        while True:
            headers, outcome = self._call_once(path, params, attempts, accept)
            if not isinstance(outcome, ErrorResolution):
                authenticator.accepted(headers, self)
                return outcome
            if self._may_be_session(outcome, attempts):
                authenticator.rejected(headers, outcome, attempts, self)
                continue
            if outcome.code is not None:
                # BILL refused something else, so it accepted the session
                authenticator.accepted(headers, self)
            self._wait_or_raise(outcome, attempts)
            if outcome.action is ResponseAction.WAIT_FOR_HOUR:
                attempts.renewals = 0  # a session may end within the hour of waiting

    def _call_once(
        self, path: str, params: Mapping[str, str], attempts: Attempts, accept: Accept
    ) -> tuple[Headers, Any | ErrorResolution]:
        """Make one call; return the headers it was sent with, and what came of it.

        The session may end while the call waits for its slot, and another thread renew it, so the
        headers are those of the moment at which the call is sent.
        """
        shared = self.shared
        shared.backoff.count_call(attempts, self.retry_policy)
        shared.authenticator.prepare(self)
        sent: Headers = {}

        def headers() -> Headers:
            nonlocal sent
            sent = shared.authenticator.headers(self)
            return sent

        outcome = shared.send(
            "GET", path, attempts.what, accept, self.retry_policy, headers=headers, params=params
        )
        return sent, outcome

    def _may_be_session(self, outcome: ErrorResolution, attempts: Attempts) -> bool:
        """Tell a refused session, and the last retry where a new session is left to try."""
        if outcome.suspected_cause is not SuspectedCause.SESSION:
            return outcome.action is ResponseAction.RENEW_SESSION
        is_last_retry = (
            attempts.retries[SuspectedCause.SESSION] == self.retry_policy.unclear_retries
        )
        return is_last_retry and not attempts.renewals

    def _wait_or_raise(self, outcome: ErrorResolution, attempts: Attempts) -> None:
        self.shared.backoff.wait_or_raise(outcome, attempts, self.retry_policy)

    def sign_in_with(self, path: str, body: Mapping[str, str], accept: Accept) -> Any:
        """Post credentials, with retries, and return the JSON of the response.

        Raises:
            ConnectorError: the credentials are refused, or all retries are used up.
        """
        shared, attempts = self.shared, Attempts("signing in")
        while True:
            shared.backoff.count_call(attempts, self.retry_policy)
            outcome = shared.send(
                "POST", path, attempts.what, accept, self.retry_policy, is_sign_in=True, json=body
            )
            if not isinstance(outcome, ErrorResolution):
                return outcome
            self._wait_or_raise(outcome, attempts)

    def sign_out_with(self, path: str, headers: Headers) -> str | None:
        """Post once, within a few seconds, because the platform kills a process that ends slowly.

        Returns what went wrong, as in "HTTP 500"; None where nothing did.
        """
        try:
            with self.shared.limits.slot_within(_SLOT_SECONDS):
                response = self.shared.transport.send(
                    "POST", path, timeout=_SIGN_OUT_TIMEOUT, headers=headers
                )
        except TransportError as error:
            return error.what
        return None if response.status in _HTTP_OK else f"HTTP {response.status}"

    def mask(self, secret: str) -> None:
        """Keep a secret that BILL handed out out of everything that is printed."""
        self.shared.mask.add(secret)
        register_secret(secret)

    def close(self) -> None:
        """Sign out for good, and close the HTTP connections."""
        self.shared.authenticator.close(self)
        self.shared.transport.close()


def _parse(response: Response) -> Any:
    try:
        return orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
