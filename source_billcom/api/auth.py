"""The interface of authentication.

The client asks an `Authenticator` for headers before each call, and reports whether BILL accepted
them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from source_billcom.api.error_handling import ErrorResolution
from source_billcom.api.retry import Attempts, RetryPolicy
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig

Headers = Mapping[str, str]


class Caller(Protocol):
    """The client that makes a call, as an authenticator sees it."""

    @property
    def config(self) -> ConnectorConfig:
        """The configuration of the connection."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def retry_policy(self) -> RetryPolicy:
        """How long this client retries."""

    def sign_in_with(
        self, path: str, body: Mapping[str, str], accept: Callable[[Any], bool]
    ) -> Any:
        """Post credentials, with retries, and return the JSON of the response.

        Raises:
            ConnectorError: the credentials are refused, or all retries are used up.
        """

    def sign_out_with(self, path: str, headers: Headers) -> str | None:
        """Post once, within a few seconds; return what went wrong, as in "HTTP 500"."""

    def mask(self, secret: str) -> None:
        """Keep a secret that BILL handed out, such as a session id, out of everything printed."""


class Authenticator:
    """Authenticates the calls of one connection; every method may be called from any thread.

    Subclasses need `headers` and `rejected`, and the other methods where they have a state.
    """

    @property
    def is_closed(self) -> bool:
        """Whether it gives no more headers, because it was refused or closed for good."""
        return False

    @property
    def is_refused(self) -> bool:
        """Whether the last sign-in failed for a reason that only the user can change."""
        return False

    def for_new_connection(self) -> "Authenticator":
        """Return one for a new connection, in its initial state."""
        return self

    def prepare(self, caller: Caller) -> None:
        """Make sure that there are headers to send. May call BILL, as to sign in.

        Raises:
            ConnectorError: BILL refuses, now or earlier.
        """

    def headers(self, caller: Caller) -> Headers:
        """Return the headers of a call that is about to be sent.

        Called with a slot held, so it must neither call BILL nor wait.

        Raises:
            ConnectorError: it is closed.
        """
        raise NotImplementedError

    def accepted(self, headers: Headers, caller: Caller) -> None:
        """Note that BILL has just accepted a call with these headers."""

    def rejected(
        self, headers: Headers, rejection: ErrorResolution, attempts: Attempts, caller: Caller
    ) -> None:
        """Deal with headers that BILL has refused; return if the call may be replayed.

        Raises:
            ConnectorError: a replay cannot help.
        """
        raise NotImplementedError

    def close(self, caller: Caller) -> None:
        """Sign out; no headers are given out afterwards. A failure is logged, not raised."""
