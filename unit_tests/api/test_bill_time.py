"""What BILL's clock shows, told by its answers, and which session a call sets out with."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.client import BillClient
from source_billcom.api.rate_limits import HourlyBudget, Slots, Throttle
from source_billcom.api.transport import Response
from source_billcom.errors import config_error
from unit_tests.fakes import CONNECTOR_CONFIG, NOW, FakeBill, FakeClock, page, quick

BILLS = "/v3/bills"
Meanwhile = Callable[[], object]
# HTTP dates are cut off to the second
ALMOST_A_SECOND = timedelta(milliseconds=999)


class Slotted(Slots):
    """Three places; something may happen while a call waits for one."""

    def __init__(self) -> None:
        super().__init__(3)
        self.meanwhile: list[Meanwhile] = []

    def __enter__(self, *_: Any) -> bool:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().__enter__()


class Bench:
    """A client whose BILL sends these dates, one an answer."""

    def __init__(self, *dates: str | None) -> None:
        self.clock, self.slots, self.bill = FakeClock(), Slotted(), FakeBill()
        throttle = Throttle(HourlyBudget(self.clock), self.slots)
        self.client = BillClient(CONNECTOR_CONFIG, throttle, self.clock, self.bill)
        self.bill.on(BILLS, *(Response(200, b'{"results":[]}', date) for date in dates or (None,)))

    def get(self) -> "Bench":
        """Read the bills."""
        self.client.get(BILLS, {}, "reading bills", lambda _: True)
        return self


def http_date(moment: datetime) -> str:
    """Write a time as a Date header does."""
    return format_datetime(moment, usegmt=True)


class TestBillTime:
    @pytest.mark.parametrize(
        "ahead",
        [timedelta(0), timedelta(seconds=90), timedelta(seconds=-90), timedelta(hours=-23)],
    )
    def test_it_is_what_the_date_of_the_answer_shows_to_the_end_of_its_second(
        self, ahead: timedelta
    ) -> None:
        bench = Bench(http_date(NOW + ahead)).get()
        bench.clock.advance(minutes=5)

        assert bench.client.bill_time() == NOW + ahead + ALMOST_A_SECOND + timedelta(minutes=5)

    def test_before_the_first_answer_it_is_this_machines(self) -> None:
        assert Bench().client.bill_time() == NOW

    @pytest.mark.parametrize(
        "date",
        [
            None,
            "",
            "soon",
            "2026-03-10T12:20:30Z",
            "Tue, 10 Mar 2026 25:00:00 GMT",
            "Tue, 10 Mar 2026 12:00:00 -0000",
            "Tue, 10 Mar 99999999999999999999 12:00:00 GMT",
            "Tue, 10 Mar 2026 12:00:00 +99999999999999",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 9999 23:59:59 -1200",
        ],
    )
    def test_where_no_date_can_be_read_it_is_this_machines(self, date: str | None) -> None:
        bench = Bench(date).get()
        bench.clock.advance(minutes=5)

        assert bench.client.bill_time() == NOW + timedelta(minutes=5)

    def test_an_answer_without_a_date_changes_nothing(self) -> None:
        bench = Bench(http_date(NOW + timedelta(seconds=90)), None).get().get()

        assert bench.client.bill_time() == NOW + timedelta(seconds=90) + ALMOST_A_SECOND

    def test_a_date_of_days_ago_is_nobodys_clock_and_hides_no_row(self) -> None:
        assert Bench(http_date(NOW - timedelta(days=40))).get().client.bill_time() == NOW

    def test_a_date_days_ahead_is_read_up_to(self) -> None:
        bench = Bench(http_date(NOW + timedelta(days=40))).get()

        assert bench.client.bill_time() == NOW + timedelta(days=40) + ALMOST_A_SECOND

    @quick
    @given(st.text(max_size=40) | st.datetimes().map(lambda t: http_date(t.replace(tzinfo=UTC))))
    def test_no_date_breaks_a_call(self, date: str) -> None:
        bench = Bench(date).get()
        bench.clock.advance(days=1)

        shown = bench.client.bill_time()

        assert shown >= bench.clock.now() - timedelta(days=1)
        assert shown.year < 3_000


class TestSessionOfACall:
    def test_one_renewed_while_a_call_waits_for_its_place_is_the_one_it_sets_out_with(
        self,
    ) -> None:
        bench = Bench()
        bench.client.sign_in()

        def renew() -> None:
            bench.bill.dead.add("session-1")
            bench.client._session.renew("session-1", config_error("Refused."))

        bench.slots.meanwhile = [renew]
        bench.get()

        assert [call.session for call in bench.bill.calls_to(BILLS)] == ["session-2"]
        assert bench.bill.logins == 2

    def test_one_refused_under_way_is_renewed_by_the_id_it_was_sent_with(self) -> None:
        bench = Bench()
        bench.bill.on(BILLS, page([{"id": "1"}]))
        bench.client.sign_in()
        bench.bill.dead.update({"session-1", "session-2"})
        bench.slots.meanwhile = [
            lambda: bench.client._session.renew("session-1", config_error("Refused."))
        ]

        bench.get()

        sent = [call.session for call in bench.bill.calls_to(BILLS)]
        assert sent == ["session-2", "session-3"]
        assert bench.bill.logins == 3
