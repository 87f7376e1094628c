"""Which connections share a session, limits, and for how long."""

from dataclasses import replace
from typing import Any

import pytest

from source_billcom.api.client import BillClient
from source_billcom.api.client_pool import ClientPool
from source_billcom.api.retry import CHECK_RETRY_POLICY, READ_RETRY_POLICY
from source_billcom.errors import ConnectorError
from unit_tests.fakes import CONNECTOR_CONFIG, FakeBill, FakeClock, answer, bill_error, page

BILLS = "/v3/bills"
LOGOUT = "/v3/logout"
OTHER_ORGANIZATION = replace(CONNECTOR_CONFIG, organization_id="00802OTHERORGANIZAT")


class Bench:
    """A pool on a fake clock, each base URL being one fake BILL."""

    def __init__(self) -> None:
        self.clock, self.bill = FakeClock(), FakeBill()
        self.pool = ClientPool(self.clock, lambda _: self.bill)


def read_bills(client: BillClient) -> Any:
    """Read the first page of the bills."""
    return client.get(BILLS, {}, "reading bills", lambda body: isinstance(body, dict))


@pytest.fixture
def bench() -> Bench:
    """Return a fresh pool."""
    return Bench()


class TestLease:
    def test_the_last_one_to_end_logs_out(self, bench: Bench) -> None:
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
            read_bills(client)
            assert bench.bill.calls_to(LOGOUT) == []

        assert [call.session for call in bench.bill.calls_to(LOGOUT)] == ["session-1"]
        with pytest.raises(ConnectorError, match="stopped"):
            read_bills(client)

    def test_one_that_ends_in_an_exception_logs_out_too(self, bench: Bench) -> None:
        def read_and_break() -> None:
            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            read_and_break()

        assert len(bench.bill.calls_to(LOGOUT)) == 1

    def test_a_check_while_a_read_runs_shares_its_session_and_does_not_end_it(
        self, bench: Bench
    ) -> None:
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as reading:
            read_bills(reading)
            with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as checking:
                read_bills(checking)
            read_bills(reading)

            assert bench.bill.logins == 1
            assert bench.bill.calls_to(LOGOUT) == []

    def test_a_check_while_a_read_runs_does_not_change_the_reads_retry_policy(
        self, bench: Bench
    ) -> None:
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as reading:
            with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as checking:
                read_bills(checking)
            bench.bill.on(BILLS, *[answer(503, b"")] * 8, page([{"id": "1"}]))

            assert read_bills(reading)["results"] == [{"id": "1"}]

    def test_one_after_the_last_ended_signs_in_anew(self, bench: Bench) -> None:
        for _ in range(2):
            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)

        sessions = [call.session for call in bench.bill.calls_to(BILLS)]
        assert sessions == ["session-1", "session-2"]
        assert len(bench.bill.calls_to(LOGOUT)) == 2

    def test_one_after_a_refused_login_tries_again(self, bench: Bench) -> None:
        bench.bill.on("/v3/login", bill_error("BDC_1111"), answer(200, {"sessionId": "new"}))
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as refused:
            with pytest.raises(ConnectorError, match="not active"):
                refused.sign_in()

            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)

        assert [call.session for call in bench.bill.calls_to(LOGOUT)] == ["new"]

    def test_a_client_that_is_never_given_back_outlives_a_lease(self, bench: Bench) -> None:
        kept = bench.pool.client_for(CONNECTOR_CONFIG, READ_RETRY_POLICY)
        with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as client:
            read_bills(client)

        read_bills(kept)

        assert bench.bill.logins == 1
        assert bench.bill.calls_to(LOGOUT) == []


class TestLogOutAll:
    def test_it_ends_every_session_once(self, bench: Bench) -> None:
        read_bills(bench.pool.client_for(CONNECTOR_CONFIG, READ_RETRY_POLICY))
        with bench.pool.lease(OTHER_ORGANIZATION, READ_RETRY_POLICY) as client:
            read_bills(client)
            bench.pool.log_out_all()
        bench.pool.log_out_all()

        ended = sorted(str(call.session) for call in bench.bill.calls_to(LOGOUT))
        assert ended == ["session-1", "session-2"]
