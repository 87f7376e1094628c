"""The state of one emulated BILL: its organization, sessions, limits, faults and options."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bill_emulator.call_log import CallLog
from bill_emulator.counts import Counts
from bill_emulator.faults import Faults
from bill_emulator.ids import Ids
from bill_emulator.limits import Limits
from bill_emulator.lists.render import Renderer
from bill_emulator.lists.tokens import Tokens
from bill_emulator.options import Options
from bill_emulator.sessions import Credentials, Sessions
from bill_emulator.store import Rows, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_emulator.clock import Clock


@dataclass(frozen=True)
class SignIn:
    """The sign-in values that a client needs, besides the organization's id.

    The defaults are fixed, so that the configuration of a test never changes. They are long
    enough for a test to search logs for them.
    """

    developer_key: str = "01EMULATORDEVELOPERKEY0001"
    username: str = "ada.bookkeeper@example.com"
    password: str = "emulator-password-0001"  # noqa: S105 the emulator's, open to all
    sync_token_name: str = "emulator-sync-token"  # noqa: S105 as above
    sync_token_value: str = "emulator-sync-token-value-0001"  # noqa: S105 as above
    remember_me_id: str = "emulator-remember-me-id-0001"


@dataclass
class Latency:
    """The duration of calls, in seconds. Calls to a part of a path can have their own."""

    seconds: float = 0.0
    by_path: dict[str, float] = field(default_factory=dict)

    def of(self, path: str) -> float:
        """Return the latency of a call: that of the longest entry in `by_path` that it contains."""
        if not self.by_path:
            return self.seconds
        parts = [part for part in self.by_path if part in path]
        return self.by_path[max(parts, key=len)] if parts else self.seconds


class Bill:
    """The state that the routes read and change."""

    def __init__(
        self,
        company: Rows,
        clock: Clock,
        options: Options | None = None,
        *,
        seed: int = 1,
        sign_in: SignIn | None = None,
    ) -> None:
        chosen = options or Options()
        self.clock = clock
        self.seed = seed
        # The company has ids made from the same seed. These ids are for rows created later.
        self.store = Store(company, clock, Ids(seed + 1_000_003), chosen)
        self.credentials = _credentials(company, sign_in or SignIn(), seed)
        self.sessions = Sessions(self.credentials, clock)
        self.limits = Limits(clock)
        self.counts = Counts()
        self.call_log = CallLog()
        self.faults = Faults(seed)
        self.tokens = Tokens()
        self.latency = Latency()
        self.shuffle = random.Random(f"ties-{seed}")
        self.options = chosen
        self.after_page: Callable[[], object] | None = None
        """Called after each page of a list, if a test sets it."""

    @property
    def organization_name(self) -> str:
        """Return the name of the organization, as its record and bank accounts show it."""
        for account in self.store.rows("bank_accounts"):
            if account.get("nameOnAccount"):
                return str(account["nameOnAccount"])
        return "Emulated Company"

    @property
    def options(self) -> Options:
        """Return the options in force."""
        return self.store.options

    @options.setter
    def options(self, options: Options) -> None:
        self.store.options = options
        self.clock.precision = "second" if options.time_precision == "second" else "millisecond"
        self.renderer = Renderer(options)

    def replace_company(self, company: Rows) -> None:
        """Replace all data of the organization. Its id and sign-in values stay."""
        self.store = Store(company, self.clock, self.store.ids, self.options)
        self.store.organization_id = self.credentials.organization_id
        self.renderer = Renderer(self.options)


def _credentials(company: Rows, sign_in: SignIn, seed: int) -> Credentials:
    """Return sign-in values for the company's first user and for a sync token."""
    users = company.lists.get("users") or [{"id": Ids(seed).next("006")}]
    return Credentials(
        organization_id=company.organization_id,
        developer_key=sign_in.developer_key,
        username=sign_in.username,
        password=sign_in.password,
        user_id=users[0]["id"],
        sync_token_name=sign_in.sync_token_name,
        sync_token_value=sign_in.sync_token_value,
        remember_me_id=sign_in.remember_me_id,
        system_user_id="syu0" + Ids(seed + 1).next("000")[4:],
    )
