"""The whole state of one emulated BILL: an organization, its sessions, limits, faults, options."""

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
    """The sign-in values a stranger needs besides the organization's id.

    The defaults are made up and fixed, so that a test's configuration need not change; they are
    long enough to be searched for in logs.
    """

    developer_key: str = "01EMULATORDEVELOPERKEY0001"
    username: str = "ada.bookkeeper@example.com"
    password: str = "emulator-password-0001"  # noqa: S105 the emulator's, open to all
    sync_token_name: str = "emulator-sync-token"  # noqa: S105 as above
    sync_token_value: str = "emulator-sync-token-value-0001"  # noqa: S105 as above
    remember_me_id: str = "emulator-remember-me-id-0001"


@dataclass
class Latency:
    """How long calls take, in seconds; a part of a path may have its own."""

    seconds: float = 0.0
    by_path: dict[str, float] = field(default_factory=dict)

    def of(self, path: str) -> float:
        """Return the latency of a call: that of the longest part its path contains."""
        if not self.by_path:
            return self.seconds
        parts = [part for part in self.by_path if part in path]
        return self.by_path[max(parts, key=len)] if parts else self.seconds


class Bill:
    """Everything the routes act on."""

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
        # The company was made with ids of the same seed; these are for what comes later.
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
        """What a test wants done each time a page of a list has been made."""

    @property
    def organization_name(self) -> str:
        """The name on the organization's record and in its bank accounts."""
        for account in self.store.rows("bank_accounts"):
            if account.get("nameOnAccount"):
                return str(account["nameOnAccount"])
        return "Emulated Company"

    @property
    def options(self) -> Options:
        """The options in force."""
        return self.store.options

    @options.setter
    def options(self, options: Options) -> None:
        self.store.options = options
        self.clock.precision = "second" if options.time_precision == "second" else "millisecond"
        self.renderer = Renderer(options)

    def replace_company(self, company: Rows) -> None:
        """Put other data in place of the organization's; its id and sign-in values stay."""
        self.store = Store(company, self.clock, self.store.ids, self.options)
        self.store.organization_id = self.credentials.organization_id
        self.renderer = Renderer(self.options)


def _credentials(company: Rows, sign_in: SignIn, seed: int) -> Credentials:
    """Let the company's first user sign in, and a system user with the sync token."""
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
