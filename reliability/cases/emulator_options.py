"""Every answer BILL might give, as cases: each option by itself, then options by lot.

The options and their values come from the emulator's own declarations. An option whose values are
not listed there has its samples here, and one without samples is an error: none is forgotten.
"""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from bill_emulator.contract import LISTS
from bill_emulator.options import Options
from reliability.harness import in_process
from reliability.harness.rounds import TOLD

if TYPE_CHECKING:
    from collections.abc import Iterator

Weather = Literal[
    "calm",
    "sessions",
    "turns",
    "hour",
    "slow",
    "wrong password",
    "wrong developer key",
    "wrong organization",
    "forbidden",
]
"""What happens during the syncs, without which many options decide nothing.

sessions: they die every few calls. turns: one call of ten is refused as a fourth at once. hour: the
hourly limit is reached in mid-sync. slow: BILL's clock moves with each page. wrong ...: so sign-in
is refused. forbidden: the user may not read a list.
"""

WEATHERS: tuple[Weather, ...] = get_args(Weather)
HOPELESS = frozenset({"wrong password", "wrong developer key", "wrong organization"})
"""Weathers under which a sync must not succeed."""
FORBIDDEN = "vendors"
"""The list that is forbidden in the weather of that name."""

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
    "forbidden_lists": (("vendors",), ("roles", "bills")),
    "forbidden_details": (("vendors",),),
    "sync_token_forbidden_lists": (("users", "bank_accounts"),),
    "time_filter_lists": ((), tuple(LISTS)),
}
_MEETS: dict[str, tuple[Weather, ...]] = {
    "error_shape": WEATHERS,
    "limit_status": ("turns", "hour"),
    "order_of_checks": ("sessions", "turns", "hour"),
    "limit_refusal_restarts_idle": ("turns", "hour"),
    "refused_calls_count": ("turns", "hour"),
    "refused_logins_count": ("hour", "wrong password"),
    "logins_count_as_calls": ("sessions", "hour"),
    "logins_take_a_slot": ("sessions", "turns"),
    "session_status": ("sessions",),
    "login_ends_other_sessions": ("sessions",),
    "login_limit": ("calm", "sessions"),
    "idle_minutes": ("slow",),
    "idle_boundary": ("slow",),
    "page_token_minutes": ("slow",),
    "bad_password_status": ("wrong password",),
    "bad_developer_key_status": ("wrong developer key",),
    "bad_organization_status": ("wrong organization",),
    "login_check_order": ("wrong password", "wrong developer key"),
    "permission_status": ("forbidden",),
}
"""In which weathers an option decides something; where it is not named, in calm."""
_SILENT = {
    "balance_touches_vendor": False,
    "payment_touches_bill": False,
    "payment_touches_invoice": False,
    "archive_cascade_touches_children": False,
}
"""Values with which BILL changes rows without saying so; see `Case.is_silent`."""
_HOURS = ("hourly_limit", "login_limit")
"""Limits whose refusal asks to wait for an hour, which a page of HTML does not say."""
_FEW_ROWS = frozenset({1, 7})
_ONE_ROW_SHARE = 0.3
"""Of the lots with pages of one row, those that keep them: each takes a minute."""
_DEAD_ENDS = frozenset({"account", "forbidden_lists", "time_filter_lists", "login_limit"})
"""Options most of whose values let a sync only fail: rare in lots, which should tell more."""
_DEAD_END_SHARE = 0.02


@dataclass(frozen=True)
class Case:
    """One BILL to read from."""

    name: str
    options: dict[str, Any]
    weather: Weather
    sync_token: bool
    seed: int

    @property
    def is_silent(self) -> bool:
        """Whether BILL changes values without moving updatedTime, which none can follow."""
        return any(self.options.get(name) == value for name, value in _SILENT.items())

    @property
    def may_fail(self) -> frozenset[str]:
        """The streams that a sync may fail to read; to fail at another is a fault of the connector.

        An option is given only where it has another value than BILL's usual.
        """
        given = self.options
        rows = given.get("page_size_cap")
        is_hour_short = self.weather == "hour" or not given.keys().isdisjoint(_HOURS)
        is_limit_unknown = given.get("error_shape") == "html" and (
            is_hour_short or "concurrent_limit" in given
        )
        # a call for each row, and 35 to 60 an hour for all threads: some wait longer than they may
        is_hour_starved = rows == 1 and is_hour_short
        is_hopeless = self.weather in HOPELESS or "account" in given
        if is_hopeless or is_limit_unknown or is_hour_starved:
            return frozenset(LISTS)
        sees_few_ties = rows == 1 and given.get("tie_order") == "random"
        # a walk takes longer than its tokens live
        outlives_tokens = "page_token_minutes" in given and rows in _FEW_ROWS
        outlives_tokens = outlives_tokens and (is_hour_short or self.weather == "slow")
        has_no_way = sees_few_ties or outlives_tokens
        by_way = set(LISTS) - in_process.incremental_streams() if has_no_way else ()
        by_token = given.get("sync_token_forbidden_lists", ()) if self.sync_token else ()
        by_weather = (FORBIDDEN,) if self.weather == "forbidden" else ()
        return frozenset((*given.get("forbidden_lists", ()), *by_token, *by_weather, *by_way))


def values_of(field: dataclasses.Field[Any]) -> tuple[Any, ...]:
    """Give the values to try of an option, without its default.

    Raises:
        KeyError: they are neither declared nor sampled here.

    """
    declared = field.metadata["values"] or _SAMPLES[field.name]
    return tuple(value for value in declared if value != field.default)


def single_cases(seed: int) -> Iterator[Case]:
    """Give each value of each option by itself, in each weather in which it decides something."""
    for weather in WEATHERS:
        yield Case(f"the defaults, {weather}", dict(TOLD), weather, sync_token=False, seed=seed)
    for field in dataclasses.fields(Options):
        for value in values_of(field):
            for weather in _MEETS.get(field.name, ("calm",)):
                yield Case(
                    f"{field.name}={value}, {weather}",
                    {**TOLD, field.name: value},
                    weather,
                    sync_token=field.name.startswith("sync_token"),
                    seed=seed,
                )


def drawn_cases(count: int, seed: int) -> Iterator[Case]:
    """Give combinations drawn by lot: about a third of all options differ in each."""
    fields = dataclasses.fields(Options)
    for number in range(count):
        chance = random.Random(f"matrix-{seed}-{number}")
        options: dict[str, Any] = dict(TOLD)
        for field in fields:
            share = _DEAD_END_SHARE if field.name in _DEAD_ENDS else 0.33
            if field.name not in _SILENT and chance.random() < share:
                options[field.name] = chance.choice(values_of(field))
        thinning = random.Random(f"thinning-{seed}-{number}")
        if options.get("page_size_cap") == 1 and thinning.random() > _ONE_ROW_SHARE:
            options["page_size_cap"] = thinning.choice(_SAMPLES["page_size_cap"][1:])
        calm_or_not: list[Weather] = ["calm", "calm", "sessions", "turns", "hour", "slow"]
        yield Case(
            f"lot {number}",
            options,
            chance.choice(calm_or_not),
            sync_token=chance.random() < 0.3,  # noqa: PLR2004
            seed=chance.randrange(10**6),
        )
