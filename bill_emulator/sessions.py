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
    """Who can sign in: one person and one sync token of one organization.

    A person's id begins with `006`; a sync token signs in as a system user, `syu0` [LIVE NH].
    `remember_me_id` stands for the one BILL gives after a multi-factor sign-in on a device.
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
    """A session: valid with the developer key it was opened with, while it is used."""

    id: str
    user_id: str
    organization_id: str
    developer_key: str
    last_used: datetime
    by_sync_token: bool = False
    trusted: bool = False

    def idle_limit(self, options: Options) -> timedelta:
        """How long this session lives without a call."""
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
        """The ids of all sessions ever opened: what a client says can be searched for them."""
        self._uses_left: int | None = None

    def sign_in(self, body: Mapping[str, Any], options: Options) -> Session:
        """Open a session for the sign-in values of a login's body.

        The fields are checked first, the values as `Options.login_check_order` says.

        Raises:
            BillError: a field is missing, or BILL's code for what is wrong.

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
        """Tell a sync token's sign-in from a person's; refuse any other."""
        known = self.credentials
        sent = (body["username"], body["password"])
        if sent == (known.sync_token_name, known.sync_token_value):
            return True
        if sent == (known.username, known.password):
            return False
        raise refusal(options.bad_password_status, "BDC_1101")

    def _is_remembered(self, body: Mapping[str, Any]) -> bool:
        """Tell a login from a remembered device; an unknown rememberMeId leaves it untrusted."""
        device = body.get("device")
        named = isinstance(device, str) and bool(device)
        return named and body.get("rememberMeId") == self.credentials.remember_me_id

    def use(self, session_id: str | None, developer_key: str | None, options: Options) -> Session:
        """Return the live session of a call, and restart its idle time.

        Raises:
            BillError: BDC_1109: no session, an unknown or expired one, or another developer key.

        """
        session = self.check(session_id, developer_key, options)
        self.touch(session)
        return session

    def check(self, session_id: str | None, developer_key: str | None, options: Options) -> Session:
        """Return the live session of a call; it stays as idle as it is.

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
        """Return the developer key a session was opened with, empty for an unknown session."""
        session = self._live.get(session_id or "")
        return session.developer_key if session is not None else ""

    def organization_of(self, session_id: str | None) -> str:
        """Return the organization of a session, empty for an unknown one."""
        session = self._live.get(session_id or "")
        return session.organization_id if session is not None else ""

    def end(self, session_id: str) -> None:
        """End a session at once."""
        self._live.pop(session_id, None)

    def expire(self, session_id: str | None = None) -> int:
        """End one session or all of them; return how many."""
        if session_id is not None:
            return int(self._live.pop(session_id, None) is not None)
        count = len(self._live)
        self._live.clear()
        self._uses_left = None
        return count

    def expire_after(self, calls: int) -> None:
        """End all sessions once they have been used for this many calls more."""
        self._uses_left = calls

    def live_ids(self) -> list[str]:
        """Return the ids of the sessions not ended yet, idle ones included."""
        return list(self._live)


def _check_fields(body: Mapping[str, Any], options: Options) -> None:
    problems = [_field_problem(name, body.get(name)) for name in _REQUIRED]
    told = [problem for problem in problems if problem is not None]
    if not told:
        return
    shape = "codeless" if options.missing_field_body == "object" else None
    raise BillError(400, told, shape)


def _field_problem(name: str, value: Any) -> Problem | None:
    """Say what is wrong with a field of a login; the words for one that is no text are ours."""
    if value is None or value == "":
        return Problem(None, f"{name}: must not be null")
    return None if isinstance(value, str) else Problem(None, f"{name}: must be a string")
