"""The ways in which BILL may answer, as cases: each option alone, then random combinations.

The options and their values come from the emulator's own declarations. If an option declares no
values, `_SAMPLES` must have some. Otherwise there is an error, so that no option is forgotten.
"""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from bill_emulator.options import Options
from reliability.harness.change_rounds import DATED_CHANGES
from testing.streams import FULL_REFRESH, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

Situation = Literal[
    "normal",
    "expiring sessions",
    "busy slots",
    "hourly limit",
    "slow pages",
    "wrong password",
    "wrong developer key",
    "wrong organization",
    "forbidden list",
]
"""What happens during the syncs. Many options only matter in one of these situations.

- expiring sessions: sessions end every few calls.
- busy slots: one call in ten is refused as a fourth call at once.
- hourly limit: the limit is reached during the sync.
- slow pages: BILL's clock advances with each page.
- wrong password, wrong developer key, wrong organization: BILL refuses the sign-in.
- forbidden list: the user may not read one of the lists.
"""

SITUATIONS: tuple[Situation, ...] = get_args(Situation)
WRONG_CREDENTIALS = frozenset({"wrong password", "wrong developer key", "wrong organization"})
"""Situations in which a sync must not succeed."""
FORBIDDEN_LIST = "vendors"

_SAMPLES: dict[str, tuple[Any, ...]] = {
    "idle_minutes": (1, 60),
    "sync_token_idle_hours": (1, 480),
    "hourly_limit": (35, 60),
    "login_limit": (1, 3),
    "concurrent_limit": (1, 2),
    "page_size_cap": (1, 7, 20, 99),
    "naive_time_offset_hours": (-8, 5),
    "page_token_minutes": (1, 10),
    "empty_page_every": (2, 3),
    "visibility_delay_seconds": (30, 300),
    "invoice_number_length": (21,),
    "forbidden_lists": (("vendors",), ("roles", "bills")),
    "forbidden_details": (("vendors",),),
    "sync_token_forbidden_lists": (("users", "bank_accounts"),),
    "time_filter_lists": ((), tuple(STREAMS)),
}
_DECIDES_IN: dict[str, tuple[Situation, ...]] = {
    "error_shape": SITUATIONS,
    "limit_status": ("busy slots", "hourly limit"),
    "order_of_checks": ("expiring sessions", "busy slots", "hourly limit"),
    "limit_refusal_restarts_idle": ("busy slots", "hourly limit"),
    "refused_calls_count": ("busy slots", "hourly limit"),
    "refused_logins_count": ("hourly limit", "wrong password"),
    "logins_count_as_calls": ("expiring sessions", "hourly limit"),
    "logins_take_a_slot": ("expiring sessions", "busy slots"),
    "session_status": ("expiring sessions",),
    "login_ends_other_sessions": ("expiring sessions",),
    "login_limit": ("normal", "expiring sessions"),
    "idle_minutes": ("slow pages",),
    "idle_boundary": ("slow pages",),
    "page_token_minutes": ("slow pages",),
    "bad_password_status": ("wrong password",),
    "bad_developer_key_status": ("wrong developer key",),
    "bad_organization_status": ("wrong organization",),
    "login_check_order": ("wrong password", "wrong developer key"),
    "permission_status": ("forbidden list",),
}
"""The situations in which an option decides something. Other options run in the normal one."""
_UNDATED_CHANGES = {
    "balance_touches_vendor": False,
    "payment_touches_bill": False,
    "payment_touches_invoice": False,
    "archive_cascade_touches_children": False,
}
"""The values with which BILL changes rows without moving updatedTime."""
_HOURLY_LIMITS = ("hourly_limit", "login_limit")
"""Limits for which BILL asks to wait for the next hour. An HTML page does not say so."""
_FEW_ROWS = frozenset({1, 7})
_ONE_ROW_SHARE = 0.3
"""The share of combinations that keep pages of one row: each of them takes a minute."""
_DEAD_ENDS = frozenset({"account", "forbidden_lists", "time_filter_lists", "login_limit"})
"""Options most of whose values only let a sync fail. They are rare in combinations."""
_DEAD_END_SHARE = 0.02


@dataclass(frozen=True)
class Case:
    """One way in which BILL may answer: `options` of the emulator in a `situation`."""

    name: str
    options: dict[str, Any]
    situation: Situation
    sync_token: bool
    seed: int

    @property
    def has_undated_changes(self) -> bool:
        """Whether BILL changes values without moving updatedTime, which no reader can see."""
        return any(self.options.get(name) == value for name, value in _UNDATED_CHANGES.items())

    @property
    def may_fail(self) -> frozenset[str]:
        """The streams that a sync may fail to read. Failing at others is a fault of the connector.

        `options` contains an option only if its value differs from BILL's usual one.
        """
        given = self.options
        rows = given.get("page_size_cap")
        is_hour_short = self.situation == "hourly limit" or not given.keys().isdisjoint(
            _HOURLY_LIMITS
        )
        is_limit_unknown = given.get("error_shape") == "html" and (
            is_hour_short or "concurrent_limit" in given
        )
        # one call per row, and 35 to 60 calls an hour for all threads: some wait too long
        is_hour_too_short = rows == 1 and is_hour_short
        is_refused = self.situation in WRONG_CREDENTIALS or "account" in given
        if is_refused or is_limit_unknown or is_hour_too_short:
            return frozenset(STREAMS)
        sees_few_ties = rows == 1 and given.get("tie_order") == "random"
        # reading the list takes longer than its page tokens are valid
        outlives_tokens = "page_token_minutes" in given and rows in _FEW_ROWS
        outlives_tokens = outlives_tokens and (is_hour_short or self.situation == "slow pages")
        unreadable = FULL_REFRESH if sees_few_ties or outlives_tokens else ()
        by_token = given.get("sync_token_forbidden_lists", ()) if self.sync_token else ()
        by_situation = (FORBIDDEN_LIST,) if self.situation == "forbidden list" else ()
        forbidden = given.get("forbidden_lists", ())
        return frozenset((*forbidden, *by_token, *by_situation, *unreadable))


def values_of(field: dataclasses.Field[Any]) -> tuple[Any, ...]:
    """Return the values of an option to try, without its default.

    Raises:
        KeyError: the option declares no values and has no samples here.

    """
    declared = field.metadata["values"] or _SAMPLES[field.name]
    return tuple(value for value in declared if value != field.default)


def single_cases(seed: int) -> Iterator[Case]:
    """Yield each value of each option alone, in each situation in which it decides something."""
    for situation in SITUATIONS:
        name = f"the defaults, {situation}"
        yield Case(name, dict(DATED_CHANGES), situation, sync_token=False, seed=seed)
    for field in dataclasses.fields(Options):
        for value in values_of(field):
            for situation in _DECIDES_IN.get(field.name, ("normal",)):
                yield Case(
                    f"{field.name}={value}, {situation}",
                    {**DATED_CHANGES, field.name: value},
                    situation,
                    sync_token=field.name.startswith("sync_token"),
                    seed=seed,
                )


def combined_cases(count: int, seed: int) -> Iterator[Case]:
    """Yield random combinations: in each, about a third of all options is not the default."""
    fields = dataclasses.fields(Options)
    for number in range(count):
        chance = random.Random(f"matrix-{seed}-{number}")
        options: dict[str, Any] = dict(DATED_CHANGES)
        for field in fields:
            share = _DEAD_END_SHARE if field.name in _DEAD_ENDS else 0.33
            if field.name not in _UNDATED_CHANGES and chance.random() < share:
                options[field.name] = chance.choice(values_of(field))
        thinning = random.Random(f"thinning-{seed}-{number}")
        if options.get("page_size_cap") == 1 and thinning.random() > _ONE_ROW_SHARE:
            options["page_size_cap"] = thinning.choice(_SAMPLES["page_size_cap"][1:])
        situations: list[Situation] = [
            *("normal", "normal", "expiring sessions"),
            *("busy slots", "hourly limit", "slow pages"),
        ]
        yield Case(
            f"combination {number}",
            options,
            chance.choice(situations),
            sync_token=chance.random() < 0.3,  # noqa: PLR2004
            seed=chance.randrange(10**6),
        )
