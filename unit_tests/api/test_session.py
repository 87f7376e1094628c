"""One session for all threads: opened once, renewed once, and given up once."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from airbyte_cdk.sources.declarative.models.declarative_component_schema import CustomAuthenticator
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import (
    ModelToComponentFactory,
)

from source_billcom.api import session
from source_billcom.api.error_handling import ErrorResolution, ResponseAction, SuspectedCause
from source_billcom.api.retry import CHECK_RETRY_POLICY, READ_RETRY_POLICY, Attempts
from source_billcom.api.session import SessionAuthenticator
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, config_error
from testing.waiting import wait_until
from unit_tests.fakes import CONFIG, CONNECTOR_CONFIG, NOW, FakeClock, in_threads

REFUSED = ErrorResolution(
    ResponseAction.RENEW_SESSION, config_error("BILL refuses the session."), "BDC_1109"
)
REFUSED_BY_A_GATEWAY = ErrorResolution(
    ResponseAction.RETRY,
    ConnectorError.transient("A gateway refused access."),
    suspected_cause=SuspectedCause.SESSION,
)
OUTAGE = ConnectorError.transient("BILL kept failing.")


class Logins:
    """A caller whose logins return session-1, session-2..., or fail."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.config = CONNECTOR_CONFIG
        self.clock = FakeClock()
        self.retry_policy = READ_RETRY_POLICY
        self.failure = failure
        self.sent: Mapping[str, str] = {}
        self.count = 0
        self.logged_out: list[str] = []
        self.masked: list[str] = []

    def sign_in_with(self, path: str, body: Mapping[str, str], accept: Any) -> Any:
        assert path == "/v3/login"
        self.sent = body
        self.count += 1
        number = self.count
        self.while_signing_in()
        assert number == self.count, "two logins at the same time"
        if self.failure:
            raise self.failure
        response = {"sessionId": f"session-{number}"}
        assert accept(response)
        return response

    def while_signing_in(self) -> None:
        """Nothing happens."""

    def sign_out_with(self, path: str, headers: Mapping[str, str]) -> str | None:
        assert path == "/v3/logout"
        self.logged_out.append(headers["sessionId"])
        return None

    def mask(self, secret: str) -> None:
        self.masked.append(secret)


class Bench:
    """A session authenticator and its caller."""

    def __init__(self, logins: Logins | None = None) -> None:
        self.logins = logins or Logins()
        self.session = SessionAuthenticator()

    @property
    def clock(self) -> FakeClock:
        return self.logins.clock

    def current(self, _: int = 0) -> str:
        """Prepare a call and return the session id that it is sent with."""
        self.session.prepare(self.logins)
        return self.headers()

    def headers(self, _: int = 0) -> str:
        """Return the session id of a call that is about to be sent."""
        return self.session.headers(self.logins)["sessionId"]

    def accepted(self, session_id: str) -> None:
        """Tell that BILL has accepted a session."""
        self.session.accepted({"sessionId": session_id}, self.logins)

    def rejected(self, session_id: str, rejection: ErrorResolution = REFUSED) -> str:
        """Tell that a session was refused in some call, and return the next one."""
        headers = {"sessionId": session_id}
        self.session.rejected(headers, rejection, Attempts("reading bills"), self.logins)
        return self.headers()

    def close(self) -> None:
        """Log out for good."""
        self.session.close(self.logins)


@pytest.fixture
def bench() -> Bench:
    """Return a fresh authenticator."""
    return Bench()


class TestInTheManifest:
    def test_the_cdk_builds_it_and_nothing_happens_before_the_first_call(self) -> None:
        declared = {
            "type": "CustomAuthenticator",
            "class_name": "source_billcom.api.session.SessionAuthenticator",
        }

        built = ModelToComponentFactory().create_component(
            CustomAuthenticator, declared, dict(CONFIG)
        )

        assert isinstance(built, SessionAuthenticator)
        assert not built.is_closed


class TestSigningIn:
    def test_nobody_signs_in_before_the_first_call(self, bench: Bench) -> None:
        assert bench.logins.count == 0

    def test_twenty_threads_that_start_at_once_share_one_login(self, bench: Bench) -> None:
        ids = in_threads(20, bench.current)

        assert ids == ["session-1"] * 20
        assert bench.logins.count == 1

    def test_a_call_carries_session_id_and_developer_key(self, bench: Bench) -> None:
        bench.current()

        assert bench.session.headers(bench.logins) == {
            "sessionId": "session-1",
            "devKey": CONNECTOR_CONFIG.dev_key,
        }

    def test_the_session_id_is_masked_from_then_on(self, bench: Bench) -> None:
        bench.current()

        assert bench.logins.masked == ["session-1"]


class TestIdleTime:
    def test_a_session_in_use_is_never_renewed(self, bench: Bench) -> None:
        for _ in range(100):
            bench.accepted(bench.current())
            bench.clock.advance(minutes=20)

        assert bench.logins.count == 1

    @pytest.mark.parametrize("minutes", [35, 60, 60 * 49])
    def test_a_session_that_bill_has_dropped_for_idleness_is_not_sent(
        self, bench: Bench, minutes: int
    ) -> None:
        bench.current()
        bench.clock.advance(minutes=minutes)

        assert bench.current() == "session-2"
        # that of a sync token would stay open for two days
        assert bench.logins.logged_out == ["session-1"]

    def test_one_idle_for_too_long_is_logged_out_even_if_the_new_login_fails(
        self, bench: Bench
    ) -> None:
        bench.current()
        bench.clock.advance(minutes=40)
        bench.logins.failure = config_error("Password changed.")

        with pytest.raises(ConnectorError, match="Password changed"):
            bench.current()

        assert bench.logins.logged_out == ["session-1"]

    def test_to_ask_for_the_session_is_not_to_use_it(self, bench: Bench) -> None:
        for _ in range(4):
            bench.current()
            bench.clock.advance(minutes=10)

        assert bench.current() == "session-2"

    def test_use_of_a_replaced_session_does_not_prolong_the_new_one(self, bench: Bench) -> None:
        bench.rejected(bench.current())
        bench.clock.advance(minutes=20)

        bench.accepted("session-1")
        bench.clock.advance(minutes=20)

        assert bench.current() == "session-3"

    def test_twenty_threads_that_find_it_idle_share_one_renewal(self, bench: Bench) -> None:
        bench.current()
        bench.clock.advance(minutes=40)

        ids = in_threads(20, bench.current)

        assert ids == ["session-2"] * 20
        assert bench.logins.count == 2


class TestRenewal:
    def test_twenty_threads_refused_at_once_share_one_renewal(self, bench: Bench) -> None:
        refused = bench.current()

        ids = in_threads(20, lambda _: bench.rejected(refused))

        assert ids == ["session-2"] * 20
        assert bench.logins.count == 2

    def test_a_late_refusal_of_an_old_session_does_not_cost_the_new_one(self, bench: Bench) -> None:
        old = bench.current()
        bench.rejected(old)

        assert bench.rejected(old) == "session-2"
        assert bench.current() == "session-2"
        assert bench.logins.count == 2

    def test_a_session_that_bill_calls_invalid_is_not_logged_out(self, bench: Bench) -> None:
        bench.rejected(bench.current())

        assert bench.logins.logged_out == []

    def test_one_that_a_gateway_may_have_refused_is_logged_out_once(self, bench: Bench) -> None:
        refused = bench.current()

        in_threads(20, lambda _: bench.rejected(refused, REFUSED_BY_A_GATEWAY))

        assert bench.logins.logged_out == ["session-1"]
        assert bench.headers() == "session-2"


class TestHeadersOfACallWithASlot:
    def test_they_are_those_of_the_session_that_replaced_the_one_before(self, bench: Bench) -> None:
        old = bench.current()
        assert bench.headers() == old

        bench.rejected(old)

        assert bench.headers() == "session-2"

    def test_to_ask_for_them_neither_signs_in_nor_uses_the_session(self, bench: Bench) -> None:
        bench.current()
        bench.clock.advance(minutes=40)

        assert bench.headers() == "session-1"
        assert bench.logins.count == 1
        assert bench.current() == "session-2"

    def test_after_closing_there_are_none(self, bench: Bench) -> None:
        bench.current()
        bench.close()

        with pytest.raises(ConnectorError, match="stopped"):
            bench.headers()

    def test_while_another_thread_signs_in_they_are_those_of_the_last_session(self) -> None:
        asked: list[object] = []

        class Asking(Logins):
            def while_signing_in(self) -> None:
                # the login may be waiting for the slot that the asking call holds
                if self.count == 2:
                    asked.extend(in_threads(1, asking.headers))

        asking = Bench(Asking())

        asking.rejected(asking.current())

        assert asked == ["session-1"]
        assert asking.headers() == "session-2"


class TestSessionsRefusedBeforeUse:
    def test_a_few_new_sessions_refused_in_a_row_are_the_end(self, bench: Bench) -> None:
        for _ in range(4):
            bench.rejected(bench.current())
        with pytest.raises(ConnectorError, match="rejected every session"):
            bench.rejected("session-5")

        assert bench.logins.count == 5
        assert bench.session.is_closed

    def test_a_session_used_in_between_starts_the_count_again(self, bench: Bench) -> None:
        for _ in range(20):
            bench.accepted(bench.current())
            bench.rejected(bench.current())

        assert bench.current() == "session-21"

    def test_calls_that_learn_of_a_failed_login_do_not_count_as_refused_sessions(
        self, bench: Bench
    ) -> None:
        refused = bench.current()
        bench.accepted(refused)
        bench.logins.retry_policy, bench.logins.failure = CHECK_RETRY_POLICY, OUTAGE
        assert in_threads(20, lambda _: bench.rejected(refused)) == [OUTAGE] * 20

        bench.logins.retry_policy, bench.logins.failure = READ_RETRY_POLICY, None

        # an outage that was too long for a check does not end a read
        assert bench.rejected(refused) == "session-3"


class TestFailedLogin:
    def test_refused_credentials_are_final_for_every_thread_and_cost_one_login(self) -> None:
        refusal = config_error("Wrong password.")
        bench = Bench(Logins(refusal))

        results = in_threads(20, bench.current)

        assert results == [refusal] * 20
        assert bench.logins.count == 1
        assert bench.session.is_closed

    def test_they_are_final_for_renewals_too(self, bench: Bench) -> None:
        refused = bench.current()
        bench.logins.failure = config_error("Password changed.")

        results = in_threads(20, lambda _: bench.rejected(refused))
        with pytest.raises(ConnectorError, match="Password changed"):
            bench.current()

        assert all(isinstance(result, ConnectorError) for result in results)
        assert bench.logins.count == 2

    def test_they_are_final_whatever_the_retry_policy(self) -> None:
        bench = Bench(Logins(config_error("Wrong password.")))
        for policy in (CHECK_RETRY_POLICY, READ_RETRY_POLICY):
            bench.logins.retry_policy = policy
            with pytest.raises(ConnectorError, match="Wrong password"):
                bench.current()

        assert bench.logins.count == 1

    def test_an_outage_costs_the_threads_with_one_retry_policy_one_login(self) -> None:
        bench = Bench(Logins(OUTAGE))

        results = in_threads(20, bench.current)

        assert results == [OUTAGE] * 20
        assert bench.logins.count == 1

    def test_an_outage_too_long_for_a_check_does_not_end_a_read(self, bench: Bench) -> None:
        bench.accepted(bench.current())
        bench.clock.advance(minutes=40)
        bench.logins.retry_policy, bench.logins.failure = CHECK_RETRY_POLICY, OUTAGE
        with pytest.raises(ConnectorError, match="kept failing"):
            bench.current()

        bench.logins.retry_policy, bench.logins.failure = READ_RETRY_POLICY, None

        assert bench.headers() == "session-1"  # of a call that has its slot already
        assert bench.current() == "session-3"
        assert not bench.session.is_closed

    def test_a_bug_while_signing_in_costs_no_second_login_either(self) -> None:
        bench = Bench(Logins(RuntimeError("bug")))

        for _ in range(3):
            with pytest.raises(RuntimeError):
                bench.current()

        assert bench.logins.count == 1


class SlowLogins(Logins):
    """A caller whose logins, but for the first, take until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = threading.Event()
        self.may_end = threading.Event()

    def while_signing_in(self) -> None:
        if self.count > 1:
            self.has_begun.set()
            assert self.may_end.wait(60)


class TestWhileAnotherThreadSignsIn:
    """A renewal is in flight, and it may wait for BILL's next hour."""

    @pytest.fixture
    def renewal(self) -> Iterator[tuple[Bench, SlowLogins, threading.Thread]]:
        logins = SlowLogins()
        bench = Bench(logins)
        refused = bench.current()
        thread = threading.Thread(target=renew, args=(bench, refused), daemon=True)
        thread.start()
        assert logins.has_begun.wait(60)
        yield bench, logins, thread
        logins.may_end.set()
        thread.join(60)
        assert not thread.is_alive()

    def test_a_call_that_bill_accepted_does_not_wait(
        self, renewal: tuple[Bench, SlowLogins, threading.Thread]
    ) -> None:
        bench, logins, _ = renewal

        bench.accepted("session-1")

        assert not logins.may_end.is_set()

    def test_a_caller_waits_no_longer_than_its_own_policy_allows(
        self, renewal: tuple[Bench, SlowLogins, threading.Thread]
    ) -> None:
        bench, _, _ = renewal
        hasty = Logins()
        hasty.retry_policy = replace(CHECK_RETRY_POLICY, sign_in_wait_seconds=0.01)

        with pytest.raises(ConnectorError, match="still signing in"):
            bench.session.prepare(hasty)

        assert hasty.count == 0

    def test_a_session_that_arrives_after_the_end_is_logged_out(
        self,
        renewal: tuple[Bench, SlowLogins, threading.Thread],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        bench, logins, thread = renewal
        monkeypatch.setattr(session, "_LAST_LOGIN_SECONDS", 0.01)

        bench.close()
        logins.may_end.set()
        thread.join(60)

        assert logins.logged_out == ["session-2"]
        with pytest.raises(ConnectorError, match="stopped"):
            bench.current()


class EndedWhileSigningIn(SlowLogins):
    """A caller whose second login returns a moment after the end of the connection has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed: Callable[[], bool] = bool

    def while_signing_in(self) -> None:
        if self.count > 1:
            self.has_begun.set()
            wait_until(self.is_closed, "the end")
            time.sleep(0.2)  # `close` would have returned by now if it did not wait


def test_the_end_waits_for_a_login_in_flight_because_the_process_may_end_with_it() -> None:
    logins = EndedWhileSigningIn()
    bench = Bench(logins)
    logins.is_closed = lambda: bench.session.is_closed
    threading.Thread(target=renew, args=(bench, bench.current()), daemon=True).start()
    assert logins.has_begun.wait(60)

    bench.close()

    assert logins.logged_out == ["session-2"]


def renew(bench: Bench, refused: str) -> None:
    """Renew a session; the end of the sync may be first."""
    with contextlib.suppress(ConnectorError):
        bench.rejected(refused)


class TestClosing:
    def test_the_session_is_logged_out_once(self, bench: Bench) -> None:
        bench.current()

        bench.close()
        bench.close()

        assert bench.logins.logged_out == ["session-1"]

    def test_without_a_session_there_is_nothing_to_log_out(self, bench: Bench) -> None:
        bench.close()

        assert bench.logins.logged_out == []
        assert bench.logins.count == 0

    def test_threads_that_still_run_get_no_new_session(self, bench: Bench) -> None:
        bench.current()
        bench.close()

        results = in_threads(10, bench.current)

        assert all(isinstance(result, ConnectorError) for result in results)
        assert bench.logins.count == 1
        assert bench.session.is_closed

    def test_an_earlier_refusal_is_still_the_reason_given(self) -> None:
        bench = Bench(Logins(config_error("Wrong password.")))
        with contextlib.suppress(ConnectorError):
            bench.current()
        bench.close()

        with pytest.raises(ConnectorError, match="Wrong password"):
            bench.current()

    def test_for_a_new_connection_there_is_one_that_has_not_signed_in(self, bench: Bench) -> None:
        bench.current()
        bench.close()

        fresh = bench.session.for_new_connection()
        fresh.prepare(bench.logins)

        assert fresh.headers(bench.logins)["sessionId"] == "session-2"


def test_the_login_carries_the_four_credentials_as_they_are(bench: Bench) -> None:
    # forms that template engines turn into numbers or evaluate
    odd = {"username": "1_01", "password": "{{ 1e5 }}", "organization_id": "00802"}
    bench.logins.config = ConnectorConfig.from_config({**CONFIG, **odd, "dev_key": "1e5"}, NOW)

    bench.current()

    assert bench.logins.sent == {
        "username": "1_01",
        "password": "{{ 1e5 }}",
        "organizationId": "00802",
        "devKey": "1e5",
    }
