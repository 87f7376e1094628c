"""Which connections share a session, limits, and for how long."""

import subprocess
import sys
import threading
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from source_billcom.api.client import BillClient
from source_billcom.api.client_pool import ClientPool
from source_billcom.api.rate_limits import CALLS_AT_ONCE
from source_billcom.api.retry import CHECK_RETRY_POLICY, READ_RETRY_POLICY, RetryPolicy
from source_billcom.api.session import SessionAuthenticator
from source_billcom.api.transport import Response
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, TransportError
from unit_tests.fakes import (
    CONNECTOR_CONFIG,
    LOGIN,
    NOW,
    FakeBill,
    FakeClock,
    answer,
    bill_error,
    in_threads,
    page,
)

BILLS = "/v3/bills"
LOGOUT = "/v3/logout"
OTHER_ORGANIZATION = replace(CONNECTOR_CONFIG, organization_id="00802OTHERORGANIZAT")
OTHER_KEY = replace(CONNECTOR_CONFIG, dev_key="01ANOTHERDEVELOPERKEY")
OTHER_USER = replace(CONNECTOR_CONFIG, username="another-token")
OTHER_PASSWORD = replace(CONNECTOR_CONFIG, password="correct-horse-staple")
OTHER_BILL = replace(CONNECTOR_CONFIG, base_url="http://127.0.0.2:9/connect")


class Bench:
    """A pool with a fake clock and a fake BILL."""

    def __init__(self) -> None:
        self.clock, self.bill = FakeClock(), FakeBill()
        self.pool = ClientPool(self.clock, lambda _: self.bill)
        self.leases = ExitStack()

    def client(
        self, config: ConnectorConfig, retry_policy: RetryPolicy = READ_RETRY_POLICY
    ) -> BillClient:
        """Return a client with this configuration, on a lease that does not end."""
        return self.leases.enter_context(self.pool.lease(config, retry_policy))

    def keeping_lease(self) -> AbstractContextManager[BillClient]:
        """Return a lease whose session outlives it."""
        return self.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, keeps_session=True)


def read_bills(client: BillClient) -> Any:
    """Read the first page of the bills."""
    return client.get(BILLS, {}, "reading bills", lambda body: isinstance(body, dict))


class SlowLogout(FakeBill):
    """A BILL whose logout takes until the test lets it end."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def send(self, method: str, path: str, **request: Any) -> Response:
        if path == LOGOUT:
            self.has_begun.set()
            self.may_end.wait(60)
        return super().send(method, path, **request)


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

    def test_one_after_the_last_ended_signs_in_again(self, bench: Bench) -> None:
        for _ in range(2):
            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)

        sessions = [call.session for call in bench.bill.calls_to(BILLS)]
        assert sessions == ["session-1", "session-2"]
        assert len(bench.bill.calls_to(LOGOUT)) == 2

    def test_one_may_end_while_another_is_taken_as_garbage_collection_may_do(
        self, bench: Bench
    ) -> None:
        abandoned = ExitStack()

        def collect_garbage(_: str) -> FakeBill:
            abandoned.close()
            return bench.bill

        pool = ClientPool(bench.clock, collect_garbage)
        abandoned.enter_context(pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY)).sign_in()

        def take(_: int) -> None:
            with pool.lease(OTHER_USER, READ_RETRY_POLICY) as client:
                client.sign_in()

        assert in_threads(1, take) == [None]
        assert len(bench.bill.calls_to(LOGOUT)) == 2

    def test_one_after_a_refused_login_tries_again(self, bench: Bench) -> None:
        bench.bill.on("/v3/login", bill_error("BDC_1111"), answer(200, {"sessionId": "new"}))
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as refused:
            with pytest.raises(ConnectorError, match="not active"):
                refused.sign_in()

            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)

        assert [call.session for call in bench.bill.calls_to(LOGOUT)] == ["new"]


class TestKeptSession:
    def test_leases_that_follow_each_other_share_it(self, bench: Bench) -> None:
        for _ in range(3):
            with bench.keeping_lease() as client:
                read_bills(client)

        assert bench.bill.logins == 1
        assert bench.bill.calls_to(LOGOUT) == []

    def test_the_next_lease_that_does_not_keep_it_logs_it_out(self, bench: Bench) -> None:
        with bench.keeping_lease() as client:
            read_bills(client)

        with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as client:
            read_bills(client)

        assert bench.bill.logins == 1
        assert [call.session for call in bench.bill.calls_to(LOGOUT)] == ["session-1"]

    def test_it_is_not_logged_out_while_a_keeping_lease_uses_it(self, bench: Bench) -> None:
        with bench.keeping_lease() as kept:
            with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as client:
                read_bills(client)
            read_bills(kept)

        assert bench.bill.logins == 1
        assert bench.bill.calls_to(LOGOUT) == []

    def test_credentials_that_bill_refused_are_not_tried_again(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, bill_error("BDC_1101"))

        for _ in range(20):
            with bench.keeping_lease() as client, pytest.raises(ConnectorError, match="password"):
                read_bills(client)

        assert bench.bill.logins == 1

    def test_a_sign_in_that_met_an_outage_is_tried_again(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, answer(503, b""))
        with bench.keeping_lease() as client, pytest.raises(ConnectorError):
            read_bills(client)
        bench.bill.on(LOGIN, answer(200, {"sessionId": "new"}))

        with bench.keeping_lease() as client:
            read_bills(client)

        assert bench.bill.calls_to(BILLS)[-1].session == "new"

    def test_a_connection_that_bill_did_not_answer_for_minutes_ends_its_session(
        self, bench: Bench
    ) -> None:
        with bench.keeping_lease() as client:
            read_bills(client)
            silence = TransportError("no connection", unreachable=True)
            bench.bill.on(BILLS, silence).on("/v3/health", silence)
            with pytest.raises(ConnectorError, match="all streams stopped"):
                read_bills(client)

        with bench.keeping_lease() as later:
            assert later.shared is not client.shared
        assert [call.session for call in bench.bill.calls_to(LOGOUT)] == ["session-1"]

    def test_credentials_that_bill_refused_are_tried_again_a_minute_later(
        self, bench: Bench
    ) -> None:
        """The user may have unlocked the account in BILL meanwhile."""
        bench.bill.on(LOGIN, bill_error("BDC_1110"), answer(200, {"sessionId": "new"}))
        with bench.keeping_lease() as client, pytest.raises(ConnectorError, match="Unlock"):
            read_bills(client)
        bench.clock.advance(seconds=61)

        with bench.keeping_lease() as client:
            read_bills(client)

        assert bench.bill.calls_to(BILLS)[-1].session == "new"


class TestReplacedConnection:
    """A check met an outage, so the next one got a new connection. The old one is still in use."""

    @staticmethod
    def replace(bench: Bench, client: BillClient) -> None:
        """Let a check fail on the connection of `client`, and the next one sign in again."""
        bench.clock.advance(minutes=40)  # the session is renewed with the next call
        bench.bill.on(LOGIN, answer(503, b""))
        with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as check:
            with pytest.raises(ConnectorError, match="kept failing"):
                read_bills(check)
            assert client.shared is check.shared
            bench.bill.on(LOGIN)
            with bench.pool.lease(CONNECTOR_CONFIG, CHECK_RETRY_POLICY) as second_check:
                assert second_check.shared is not client.shared
                read_bills(second_check)

    def test_log_out_all_ends_its_session_too(self, bench: Bench) -> None:
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
            read_bills(client)
            self.replace(bench, client)
            read_bills(client)

            bench.pool.log_out_all()

            ended = [call.session for call in bench.bill.calls_to(LOGOUT)]
            assert bench.bill.calls_to(BILLS)[-1].session in ended

    def test_the_end_of_its_last_lease_ends_its_session_even_if_that_keeps_sessions(
        self, bench: Bench
    ) -> None:
        with bench.keeping_lease() as client:
            read_bills(client)
            self.replace(bench, client)
            read_bills(client)

        ended = [call.session for call in bench.bill.calls_to(LOGOUT)]
        assert bench.bill.calls_to(BILLS)[-1].session in ended


class TestLogOutAll:
    def test_it_ends_every_session_once(self, bench: Bench) -> None:
        with bench.keeping_lease() as client:
            read_bills(client)
        with bench.pool.lease(OTHER_ORGANIZATION, READ_RETRY_POLICY) as client:
            read_bills(client)
            bench.pool.log_out_all()
        bench.pool.log_out_all()

        ended = sorted(str(call.session) for call in bench.bill.calls_to(LOGOUT))
        assert ended == ["session-1", "session-2"]

    def test_it_waits_for_a_logout_that_another_thread_has_begun(self) -> None:
        """A process that was told to end did so while its lease was logging out."""
        bill = SlowLogout()
        pool = ClientPool(FakeClock(), lambda _: bill)

        def use_a_lease() -> None:
            with pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)

        def end_the_process() -> None:
            pool.log_out_all()
            ended.set()

        ended = threading.Event()
        threads = [threading.Thread(target=each) for each in (use_a_lease, end_the_process)]
        threads[0].start()
        assert bill.has_begun.wait(60)
        threads[1].start()

        assert not ended.wait(0.2)

        bill.may_end.set()
        for thread in threads:
            thread.join()
        assert ended.is_set()

    def test_a_lease_taken_later_gets_a_new_connection(self, bench: Bench) -> None:
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as stopped:
            read_bills(stopped)
            bench.pool.log_out_all()
            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)

        ended = [call.session for call in bench.bill.calls_to(LOGOUT)]
        assert ended == ["session-1", "session-2"]

    def test_the_pool_of_the_process_does_it_at_exit(self) -> None:
        # given a process whose last lease keeps its session
        script = """
from source_billcom.api.client_pool import CLIENT_POOL
from source_billcom.api.retry import READ_RETRY_POLICY
from unit_tests.fakes import CONNECTOR_CONFIG, FakeBill, answer

bill = FakeBill().on("/v3/logout", lambda call: print(call.session) or answer(200, b""))
CLIENT_POOL._make_transport = lambda _: bill
with CLIENT_POOL.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, keeps_session=True) as client:
    client.sign_in()
"""
        ended = subprocess.run(  # noqa: S603 - the script above
            [sys.executable, "-c", script], capture_output=True, check=True, text=True
        )

        assert ended.stdout == "session-1\n"


class TestSharedSession:
    @pytest.mark.parametrize(
        "other", [OTHER_ORGANIZATION, OTHER_KEY, OTHER_USER, OTHER_PASSWORD, OTHER_BILL]
    )
    def test_other_credentials_have_their_own(self, bench: Bench, other: ConnectorConfig) -> None:
        read_bills(bench.client(CONNECTOR_CONFIG))
        read_bills(bench.client(other))

        assert bench.bill.logins == 2

    def test_the_first_authenticator_is_kept(self, bench: Bench) -> None:
        first, second = SessionAuthenticator(), SessionAuthenticator()
        with (
            bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, first) as one,
            bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, second) as other,
        ):
            read_bills(one)
            read_bills(other)

        assert bench.bill.logins == 1
        assert len(bench.bill.calls_to(LOGOUT)) == 1

    def test_an_authenticator_serves_one_lease_after_another(self, bench: Bench) -> None:
        authenticator = SessionAuthenticator()
        for _ in range(2):
            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, authenticator) as client:
                read_bills(client)

        assert bench.bill.logins == 2

    def test_twenty_leases_at_once_cost_one_login_and_one_logout(self, bench: Bench) -> None:
        all_inside = threading.Barrier(20)

        def read(_: int) -> None:
            with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
                read_bills(client)
                all_inside.wait(timeout=60)

        assert in_threads(20, read) == [None] * 20
        assert bench.bill.logins == 1
        assert len(bench.bill.calls_to(LOGOUT)) == 1


class TestSharedHour:
    """The hour is used up for one client, and another makes a call."""

    @staticmethod
    def use_up(client: BillClient) -> None:
        """Close the hour as BILL's own refusal does."""
        client.shared.limits.hour.close_until(NOW + timedelta(minutes=40))

    @pytest.mark.parametrize("other", [OTHER_ORGANIZATION, OTHER_USER, OTHER_PASSWORD])
    def test_all_that_use_one_key_share_it(self, bench: Bench, other: ConnectorConfig) -> None:
        self.use_up(bench.client(CONNECTOR_CONFIG))

        read_bills(bench.client(other))

        assert bench.clock.now() == NOW + timedelta(minutes=40)

    @pytest.mark.parametrize("other", [OTHER_KEY, OTHER_BILL])
    def test_other_keys_have_their_own(self, bench: Bench, other: ConnectorConfig) -> None:
        self.use_up(bench.client(CONNECTOR_CONFIG))

        read_bills(bench.client(other))

        assert bench.clock.sleeps == []

    def test_it_outlives_the_session(self, bench: Bench) -> None:
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
            self.use_up(client)
        with bench.pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY) as client:
            read_bills(client)

        assert bench.clock.now() == NOW + timedelta(minutes=40)


class TestSharedSlots:
    """The calls of one client hold all slots, and another needs one."""

    @staticmethod
    def is_one_free(bench: Bench, other: ConnectorConfig) -> bool:
        """Hold the slots of one client and tell whether the other has one."""
        slots = bench.client(CONNECTOR_CONFIG).shared.limits.slots
        assert all(slots.acquire(blocking=False) for _ in range(CALLS_AT_ONCE))
        return bench.client(other).shared.limits.slots.acquire(blocking=False)

    @pytest.mark.parametrize("other", [CONNECTOR_CONFIG, OTHER_USER, OTHER_PASSWORD, OTHER_KEY])
    def test_all_that_read_one_organization_share_them(
        self, bench: Bench, other: ConnectorConfig
    ) -> None:
        assert not self.is_one_free(bench, other)

    @pytest.mark.parametrize("other", [OTHER_ORGANIZATION, OTHER_BILL])
    def test_other_organizations_have_their_own(self, bench: Bench, other: ConnectorConfig) -> None:
        assert self.is_one_free(bench, other)
