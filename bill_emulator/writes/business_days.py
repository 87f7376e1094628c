"""Days on which BILL processes payments: Monday to Friday. Bank holidays are ignored."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_emulator.store import Store

_SATURDAY = 5


def today(store: Store) -> date:
    """Return the current day of the emulator's clock, in UTC."""
    return store.clock.now().date()


def is_business_day(day: date) -> bool:
    """Return whether payments are processed on this day."""
    return day.weekday() < _SATURDAY


def business_days_after(day: date, count: int) -> date:
    """Return the day that is this many business days after another."""
    while count:
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def business_day_from(day: date) -> date:
    """Return this day, or the next business day."""
    return day if is_business_day(day) else business_days_after(day, 1)


def earliest_process_date(store: Store) -> date:
    """Return the first day on which a payment made now can be processed."""
    now = today(store)
    if store.options.earliest_process_date == "today" and is_business_day(now):
        return now
    return business_days_after(now, 1)


def may_process(store: Store, day: str) -> bool:
    """Return whether a payment made now can be processed on this day."""
    wanted = date.fromisoformat(day)
    return wanted >= earliest_process_date(store) and is_business_day(wanted)
