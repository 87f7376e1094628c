"""Sign-in and sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_emulator.errors import BillError, Problem, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.clock import Clock
    from bill_emulator.options import Options

_REQUIRED = ("devKey", "organizationId", "username", "password")

_ACCOUNT_CODES = {
    "key_inactive": "BDC_1103",
    "terms": "BDC_1104",
    "no_api": "BDC_1105",
    "organization_locked": "BDC_1107",
    "login_locked": "BDC_1110",
}


@dataclass(frozen=True)
class Credentials:
    """The sign-in values of one person and one sync token of one organization.

    The id of a person begins with `006`. A sync token signs in as a system user, whose id begins
    with `syu0` [LIVE NH]. BILL issues a `remember_me_id` after an MFA sign-in on a device.
    """

    organization_id: str
    developer_key: str
    username: str
    password: str
    user_id: str
    sync_token_name: str
    sync_token_value: str
    system_user_id: str
    remember_me_id: str


@dataclass
class Session:
    """A session. It works only with the developer key that it was opened with."""

    id: str
    user_id: str
    organization_id: str
    developer_key: str
    last_used: datetime
    by_sync_token: bool = False
    trusted: bool = False

    def idle_limit(self, options: Options) -> timedelta:
        """Return how long this session can be idle before it expires."""
        if self.by_sync_token:
            return timedelta(hours=options.sync_token_idle_hours)
        return timedelta(minutes=options.idle_minutes)


class Sessions:
    """Opens, checks and ends sessions."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self.credentials = credentials
        self._clock = clock
        self._live: dict[str, Session] = {}
        self.handed_out: list[str] = []
        """The ids of all sessions ever opened. Tests search a client's output for them."""
        self._uses_left: int | None = None

    def sign_in(self, body: Mapping[str, Any], options: Options) -> Session:
        """Open a session for the sign-in values in the body of a login.

        Missing fields are reported first, then wrong values by `Options.login_check_order`.

        Raises:
            BillError: a field is missing, or a value is wrong.

        """
        _check_fields(body, options)
        known = self.credentials
        if options.login_check_order == "user_first":
            self._by_sync_token(body, options)
        if body["devKey"] != known.developer_key:
            raise refusal(options.bad_developer_key_status, "BDC_1102")
        if options.account in _ACCOUNT_CODES:
            raise refusal(options.account_status, _ACCOUNT_CODES[options.account])
        if body["organizationId"] != known.organization_id:
            raise refusal(options.bad_organization_status, "BDC_1123")
        by_sync_token = self._by_sync_token(body, options)
        user_id = known.system_user_id if by_sync_token else known.user_id
        if options.login_ends_other_sessions:
            self._live = {k: s for k, s in self._live.items() if s.user_id != user_id}
        session = Session(
            id=secrets.token_hex(16).upper(),
            user_id=user_id,
            organization_id=known.organization_id,
            developer_key=known.developer_key,
            last_used=self._clock.now(),
            by_sync_token=by_sync_token,
            trusted=not by_sync_token and self._is_remembered(body),
        )
        self._live[session.id] = session
        self.handed_out.append(session.id)
        return session

    def _by_sync_token(self, body: Mapping[str, Any], options: Options) -> bool:
        """Return whether a sync token signs in, and not the person. Refuse all others."""
        known = self.credentials
        sent = (body["username"], body["password"])
        if sent == (known.sync_token_name, known.sync_token_value):
            return True
        if sent == (known.username, known.password):
            return False
        raise refusal(options.bad_password_status, "BDC_1101")

    def _is_remembered(self, body: Mapping[str, Any]) -> bool:
        """Return whether the login comes from a remembered device. If not, it is still accepted."""
        device = body.get("device")
        named = isinstance(device, str) and bool(device)
        return named and body.get("rememberMeId") == self.credentials.remember_me_id

    def use(self, session_id: str | None, developer_key: str | None, options: Options) -> Session:
        """Return the session of a call, and restart its idle time.

        Raises:
            BillError: BDC_1109, no session, an unknown or expired one, or another developer key.

        """
        session = self.check(session_id, developer_key, options)
        self.touch(session)
        return session

    def check(self, session_id: str | None, developer_key: str | None, options: Options) -> Session:
        """Return the session of a call, without restarting its idle time.

        Raises:
            BillError: BDC_1109, as for `use`.

        """
        if self._uses_left is not None:
            self._uses_left -= 1
            if self._uses_left < 0:
                self.expire()
        session = self._live.get(session_id or "")
        if session is None or session.developer_key != developer_key:
            raise refusal(options.session_status, "BDC_1109")
        idle, limit = self._clock.now() - session.last_used, session.idle_limit(options)
        if idle > limit or (idle == limit and options.idle_boundary == "dead"):
            del self._live[session.id]
            raise refusal(options.session_status, "BDC_1109")
        return session

    def touch(self, session: Session) -> None:
        """Restart a session's idle time."""
        session.last_used = self._clock.now()

    def developer_key_of(self, session_id: str | None) -> str:
        """Return the developer key that a session was opened with; empty text if it is unknown."""
        session = self._live.get(session_id or "")
        return session.developer_key if session is not None else ""

    def organization_of(self, session_id: str | None) -> str:
        """Return the organization of a session; empty text if it is unknown."""
        session = self._live.get(session_id or "")
        return session.organization_id if session is not None else ""

    def end(self, session_id: str) -> None:
        """End a session at once."""
        self._live.pop(session_id, None)

    def expire(self, session_id: str | None = None) -> int:
        """End one session, or all. Return how many ended."""
        if session_id is not None:
            return int(self._live.pop(session_id, None) is not None)
        count = len(self._live)
        self._live.clear()
        self._uses_left = None
        return count

    def expire_after(self, calls: int) -> None:
        """End all sessions after this many more calls."""
        self._uses_left = calls

    def live_ids(self) -> list[str]:
        """Return the ids of the sessions that have not ended, including idle ones."""
        return list(self._live)


def _check_fields(body: Mapping[str, Any], options: Options) -> None:
    problems = [_field_problem(name, body.get(name)) for name in _REQUIRED]
    told = [problem for problem in problems if problem is not None]
    if not told:
        return
    shape = "codeless" if options.missing_field_body == "object" else None
    raise BillError(400, told, shape)


def _field_problem(name: str, value: Any) -> Problem | None:
    """Return what is wrong with a field of a login, or None. The text for a wrong type is ours."""
    if value is None or value == "":
        return Problem(None, f"{name}: must not be null")
    return None if isinstance(value, str) else Problem(None, f"{name}: must be a string")
