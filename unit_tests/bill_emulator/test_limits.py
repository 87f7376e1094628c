"""The limits of calls and logins per hour, and of concurrent calls."""

from __future__ import annotations

import pytest

from bill_emulator.errors import BillError
from bill_emulator.limits import Caller
from unit_tests.bill_emulator.small_bill import small_bill

KEY = "key"
CALLER = Caller(KEY, "008")


def test_the_hourly_limit_resets_with_the_clock_hour() -> None:
    bill = small_bill(hourly_limit=3)
    bill.clock.advance(59 * 60)
    for _ in range(3):
        bill.limits.count_call(KEY, bill.options)
    with pytest.raises(BillError) as raised:
        bill.limits.count_call(KEY, bill.options)
    problem = raised.value.problems[0]
    assert (raised.value.status, problem.code) == (422, "BDC_1144")
    assert problem.message == "Max number of allowed requests per hour reached: 3."
    bill.limits.count_call("another key", bill.options)
    bill.clock.advance(60)
    bill.limits.count_call(KEY, bill.options)


def test_logins_have_an_hourly_limit_of_their_own() -> None:
    bill = small_bill(login_limit=2)
    for _ in range(2):
        bill.limits.check_login(KEY, bill.options)
        bill.limits.count_login(KEY)
    with pytest.raises(BillError) as raised:
        bill.limits.check_login(KEY, bill.options)
    assert raised.value.problems[0].code == "BDC_1144"


def test_three_calls_can_be_in_flight_per_key_and_organization() -> None:
    bill = small_bill()
    for _ in range(3):
        bill.limits.enter(CALLER, bill.options)
    with pytest.raises(BillError) as raised:
        bill.limits.enter(CALLER, bill.options)
    assert raised.value.problems[0].code == "BDC_1322"
    bill.limits.enter(Caller(KEY, "another organization"), bill.options)
    bill.limits.leave(CALLER)
    bill.limits.enter(CALLER, bill.options)


@pytest.mark.parametrize("status", [400, 403, 422, 429, 503])
def test_the_status_of_limits_is_an_option(status: int) -> None:
    bill = small_bill(hourly_limit=1, limit_status=status)
    bill.limits.count_call(KEY, bill.options)
    with pytest.raises(BillError) as raised:
        bill.limits.count_call(KEY, bill.options)
    assert raised.value.status == status


@pytest.mark.parametrize(("counts", "left"), [(True, 1), (False, 2)])
def test_whether_refused_calls_count_is_an_option(*, counts: bool, left: int) -> None:
    bill = small_bill(hourly_limit=2, refused_calls_count=counts)
    bill.limits.count_refused_call(KEY, bill.options)
    for _ in range(left):
        bill.limits.count_call(KEY, bill.options)
    with pytest.raises(BillError):
        bill.limits.count_call(KEY, bill.options)
