"""Calls to BILL that either bring a good answer or end in one sentence.

A call goes: hourly budget, session, one of three places, HTTP, verdict. A verdict may ask to wait
and try again, or to renew the session and replay; the bounds of that are a `Patience`.
"""

import copy
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from source_billcom.api.error_handling import (
    CREDENTIAL_SENTENCES,
    NO_SUCH_API,
    ErrorResolution,
    ResponseAction,
    classify,
    from_known_bill,
    no_such_list,
    session_ended,
    session_refused,
    unreachable,
)
from source_billcom.api.rate_limits import Throttle
from source_billcom.api.retry import READ_RETRY_POLICY, Attempts, Backoff, RetryPolicy
from source_billcom.api.session import Session
from source_billcom.api.transport import (
    Response,
    Timeout,
    Transport,
    TransportError,
    refuse_plain_http_to_public_host,
)
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, config_error

logger = logging.getLogger("airbyte.source_billcom")

_HTTP_OK = range(200, 300)
_RENEWALS_PER_CALL = 3
_SESSION_INVALID = "BDC_1109"
_SIGN_IN = "signing in"
_ITS_LISTS = "reading its lists"
_LOGOUT_TIMEOUT = (1.5, 2.0)
_LOGOUT_SLOT_SECONDS = 2.5
_DAY = timedelta(days=1)
_CENTURY = timedelta(days=36_525)
_ALMOST_A_SECOND = timedelta(milliseconds=999)

Accept = Callable[[Any], bool]


@dataclass
class _Seen:
    """What the answers have shown so far, shared by all clients of a connection."""

    answered: bool = False
    ahead: timedelta = timedelta(0)


class BillClient:
    """One organization's connection to BILL; every method may be called from any thread."""

    def __init__(
        self,
        settings: ConnectorConfig,
        throttle: Throttle,
        clock: Clock,
        transport: Transport | None = None,
        retry_policy: RetryPolicy = READ_RETRY_POLICY,
    ) -> None:
        self._retry_policy = retry_policy
        self._settings = settings
        self._throttle = throttle
        self._clock = clock
        self._transport = transport or Transport(settings.base_url)
        self._waiting = Backoff(clock, throttle.budget)
        self._session = Session(self._sign_in, clock, self._end)
        self._seen = _Seen()

    def with_retry_policy(self, retry_policy: RetryPolicy) -> "BillClient":
        """Return a client of the same connection whose calls follow `retry_policy`."""
        client = copy.copy(self)
        client._retry_policy = retry_policy  # noqa: SLF001 - its own class
        return client

    @property
    def is_closed(self) -> bool:
        """Whether the client is of no more use: its login was refused, or it was logged out."""
        return self._session.is_closed

    def sign_in(self) -> None:
        """Open the session now, so that wrong credentials show before any stream starts.

        Raises:
            ConnectorError: the configuration or BILL refuses, in one sentence.
        """
        self._session.current()

    def bill_time(self) -> datetime:
        """Return what BILL's clock shows now, this machine's where that is not known.

        A sync reads up to its start by BILL's clock: with one of ours that is behind, what changed
        last would come a sync later; with one that is ahead, it would read what changes meanwhile.
        """
        now = self._clock.now()
        # a day's difference is nobody's clock: whatever said so, reading further loses nothing
        return now + (
            self._seen.ahead
            if abs(self._seen.ahead) <= _DAY
            else max(self._seen.ahead, timedelta(0))
        )

    def get(self, path: str, params: Mapping[str, str], what: str, accept: Accept) -> Any:
        """Read `path` and return its parsed JSON once `accept` finds it whole.

        `what` tells the user what was being done, such as "reading bills".

        Raises:
            ConnectorError: in one sentence, when trying on is vain or the patience is used up.
        """
        attempts = Attempts()
        while True:
            self._throttle.budget.spend_one()
            session_id, outcome = self._once_in_session(path, what, accept, params)
            if not isinstance(outcome, ErrorResolution):
                self._session.used(session_id)
                return outcome
            if outcome.action is ResponseAction.RENEW:
                self._renew(session_id, outcome, attempts, what)
            elif outcome.code == NO_SUCH_API:
                raise no_such_list(what, outcome.error.internal_message)
            elif self._may_be_dead_session(outcome, attempts):
                self._renew(session_id, outcome, attempts, what)
            else:
                self._session_outlives(session_id, outcome)
                self._wait_or_raise(outcome, attempts)
                if outcome.action is ResponseAction.WAIT_HOUR:
                    attempts.renewals = 0  # an hour is longer than a session may idle

    def log_out(self) -> None:
        """End the session at BILL; a failure to do so is not worth failing a sync.

        Takes a few seconds at most, since the platform kills a process that ends slowly.
        """
        session_id = self._session.close()
        if session_id is not None:
            self._end(session_id)

    def _end(self, session_id: str) -> None:
        headers = {"sessionId": session_id, "devKey": self._settings.dev_key}
        try:
            # where no place comes free it sets out all the same: BILL can only refuse it
            with self._throttle.slot_within(_LOGOUT_SLOT_SECONDS):
                answer = self._transport.send(
                    "POST", "/v3/logout", timeout=_LOGOUT_TIMEOUT, headers=headers
                )
            failure = None if answer.status in _HTTP_OK else f"HTTP {answer.status}"
        except TransportError as fault:
            failure = fault.what
        if failure:
            logger.info("BILL's session could not be ended (%s); it will expire.", failure)

    def _may_be_dead_session(self, resolution: ErrorResolution, attempts: Attempts) -> bool:
        """Whether one thing is left to try on a refusal in words that are not BILL's."""
        is_last_try = attempts.retries == self._retry_policy.unclear_retries
        return (
            self._seen.answered and resolution.is_doubtful and is_last_try and not attempts.renewals
        )

    def _session_outlives(self, session_id: str, resolution: ErrorResolution) -> None:
        """Count an error of BILL's about anything else as a use, which resets the idle time."""
        if resolution.code is not None:
            self._session.used(session_id)

    def _sign_in(self) -> str:
        refuse_plain_http_to_public_host(self._settings.base_url)
        body = {
            "username": self._settings.username,
            "password": self._settings.password,
            "organizationId": self._settings.organization_id,
            # in the body here, in a header everywhere else [DOC, LIVE]
            "devKey": self._settings.dev_key,
        }
        attempts = Attempts()
        while True:
            self._throttle.budget.spend_one()
            outcome = self._once("POST", "/v3/login", _SIGN_IN, _is_session, json=body)
            if not isinstance(outcome, ErrorResolution):
                return str(outcome["sessionId"])
            self._wait_or_raise(_at_sign_in(outcome), attempts)

    def _once_in_session(
        self, path: str, what: str, accept: Accept, params: Mapping[str, str]
    ) -> tuple[str, Any | ErrorResolution]:
        """Make one call, and return it with the session it was made in.

        That may have died while the call waited for its place, and another thread renewed it.
        """
        session_id = self._session.current()

        def headers() -> Mapping[str, str]:
            nonlocal session_id
            session_id = self._session.newer_than(session_id)
            return {"sessionId": session_id, "devKey": self._settings.dev_key}

        outcome = self._once("GET", path, what, accept, headers=headers, params=params)
        return session_id, outcome

    def _once(
        self,
        method: str,
        path: str,
        what: str,
        accept: Accept,
        *,
        headers: Callable[[], Mapping[str, str]] | None = None,
        **request: Any,
    ) -> Any | ErrorResolution:
        """Make one call and return its parsed JSON, or the verdict on what came instead.

        `headers` are asked for once the call has its place.
        """
        try:
            with self._throttle.slot():
                sent = headers() if headers else None
                answer = self._transport.send(
                    method, path, timeout=self._timeout(), headers=sent, **request
                )
        except TransportError as fault:
            return self._classify_transport_error(fault, what)
        parsed = _parse(answer)
        self._note_date(answer.date)
        if answer.status in _HTTP_OK and accept(parsed):
            self._seen.answered = True
            return parsed
        resolution = classify(answer.status, answer.body, what)
        return (
            from_known_bill(resolution, answer.status, what) if self._seen.answered else resolution
        )

    def _note_date(self, date: str | None) -> None:
        try:
            shown = parsedate_to_datetime(date) if date else None
        except (ValueError, OverflowError):
            shown = None
        if shown is None or shown.tzinfo is None:
            return
        # HTTP dates have no fractions: BILL's second may be almost over
        ahead = shown - self._clock.now() + _ALMOST_A_SECOND
        if abs(ahead) < _CENTURY:  # beyond, a sum of times could leave the calendar
            self._seen.ahead = ahead

    def _timeout(self) -> Timeout:
        """Give up soon on a host that has never answered: a wrong address should show at once."""
        retry_policy = self._retry_policy
        if self._seen.answered:
            return retry_policy.connect_seconds, retry_policy.read_seconds
        return retry_policy.first_connect_seconds, retry_policy.first_read_seconds

    def _classify_transport_error(self, fault: TransportError, what: str) -> ErrorResolution:
        if fault.unreachable and not self._seen.answered:
            host = urlsplit(self._settings.base_url).netloc
            error = unreachable(host, is_bill_host=self._settings.is_bill_host)
        elif fault.final:
            error = config_error(
                f"The server at Base URL could not be trusted while {what} ({fault.what}): check "
                "Base URL and any proxy that inspects TLS."
            )
        else:
            error = ConnectorError.transient(
                f"BILL could not be reached while {what} ({fault.what}): try again later; a sync "
                "resumes where it stopped."
            )
        action = ResponseAction.FAIL if fault.final else ResponseAction.RETRY
        return ErrorResolution(
            action, error, is_doubtful=fault.unreachable and not self._seen.answered
        )

    def _renew(
        self, refused: str, resolution: ErrorResolution, attempts: Attempts, what: str
    ) -> None:
        """Get a session that is not the refused one.

        A call that is refused again and again, while others may go on, does not suffer from its
        session.
        """
        is_over = resolution.code == _SESSION_INVALID
        known = self._session.has_served and is_over
        # one that another thread has replaced meanwhile says nothing about this call
        attempts.renewals += self._session.is_current(refused)
        if attempts.renewals > (_RENEWALS_PER_CALL if is_over else 1):
            internal = resolution.error.internal_message
            raise session_ended(what, internal) if known else resolution.error
        # whoever meets it next was doing something else
        self._session.renew(refused, (session_ended if known else session_refused)(_ITS_LISTS))

    def _wait_or_raise(self, resolution: ErrorResolution, attempts: Attempts) -> None:
        self._waiting.wait_or_raise(
            resolution, attempts, self._retry_policy, has_answered=self._seen.answered
        )


def _parse(answer: Response) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None


def _is_session(parsed: Any) -> bool:
    return (
        isinstance(parsed, dict)
        and isinstance(parsed.get("sessionId"), str)
        and bool(parsed["sessionId"])
    )


def _at_sign_in(resolution: ErrorResolution) -> ErrorResolution:
    """Read a verdict on a login: there is no session yet that could be renewed.

    Whatever BILL refuses here without one of the codes that name the culprit is a refused sign-in:
    400, 401, 403 and bodies without a code are all reported for wrong credentials [CODE, LIVE].
    """
    if resolution.action is ResponseAction.WAIT_TURN:
        # as a passing fault, whose tries are few: a login is too dear to be tried every moment
        return ErrorResolution(ResponseAction.RETRY, resolution.error, resolution.code)
    is_refusal = resolution.action is ResponseAction.RENEW or (
        resolution.action is ResponseAction.FAIL
        and resolution.code is not None
        and resolution.code not in CREDENTIAL_SENTENCES
        and resolution.code != NO_SUCH_API
    )
    if not is_refusal:
        return resolution
    error = config_error(
        "BILL refused the sign-in: check username, password, organization ID and developer key, "
        "and that they belong to the environment of Base URL.",
        resolution.error.internal_message,
    )
    return ErrorResolution(ResponseAction.FAIL, error, resolution.code)
