"""Calls to BILL: what is sent, what is retried, and the error where it ends."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.client import BillClient
from source_billcom.api.error_messages import CREDENTIAL_MESSAGES
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyWindow, Slots
from source_billcom.api.retry import CHECK_RETRY_POLICY
from source_billcom.api.transport import Response
from source_billcom.config import PRODUCTION, ConnectorConfig
from source_billcom.errors import ConnectorError, TransportError
from unit_tests.fakes import (
    CONFIG,
    CONNECTOR_CONFIG,
    LOGIN,
    NOW,
    Call,
    FakeBill,
    FakeClock,
    Reply,
    answer,
    bill_error,
    in_threads,
    page,
    quick,
    shared_state_to,
)
from unit_tests.test_masking import ENCODERS, NASTY

BILLS = "/v3/bills"
Step = Callable[[], object]
HTML = answer(200, b"<html>Maintenance</html>")
PASSING = [
    pytest.param(answer(500, b""), id="500"),
    pytest.param(answer(503, b"<html>"), id="503 HTML"),
    pytest.param(bill_error("BDC_1001", 400), id="BDC_1001"),
    pytest.param(TransportError("no response in time"), id="timeout"),
    pytest.param(TransportError("the connection was closed"), id="reset"),
    pytest.param(TransportError("the response was cut short"), id="cut"),
    pytest.param(HTML, id="HTML"),
    pytest.param(answer(200, b'{"results":[{"id"'), id="cut JSON"),
    pytest.param(answer(200, {"nextPage": "x"}), id="no results"),
]


class WatchedSlots(Slots):
    """Three slots. While a call waits for one, the steps in `while_waiting` run, the last first."""

    def __init__(self) -> None:
        super().__init__(CALLS_AT_ONCE)
        self.while_waiting: list[Step] = []

    def __enter__(self, *_: Any) -> bool:
        while self.while_waiting:
            self.while_waiting.pop()()
        return super().__enter__()


class Bench:
    """A client of a fake BILL with a fake clock."""

    def __init__(self, config: ConnectorConfig = CONNECTOR_CONFIG) -> None:
        self.clock, self.bill, self.slots = FakeClock(), FakeBill(), WatchedSlots()
        self.shared = shared_state_to(self.bill, self.clock, config=config, slots=self.slots)
        self.client = BillClient(self.shared)

    def get(self, _: int = 0) -> Any:
        """Read the first page of the bills."""
        return self.client.get(BILLS, {"max": "100"}, "reading bills", is_page)

    def failure(self) -> ConnectorError:
        """Return what reading the bills ends in."""
        with pytest.raises(ConnectorError) as caught:
            self.get()
        return caught.value

    def sign_in_failure(self) -> ConnectorError:
        """Return what signing in ends in."""
        with pytest.raises(ConnectorError) as caught:
            self.client.sign_in()
        return caught.value


def is_page(body: Any) -> bool:
    """Accept what looks like a page."""
    return isinstance(body, dict) and isinstance(body.get("results"), list)


@pytest.fixture
def bench() -> Bench:
    """Return a client that has not signed in yet."""
    return Bench()


class TestSigningIn:
    def test_a_call_carries_session_and_developer_key_in_its_headers(self, bench: Bench) -> None:
        bench.get()

        (call,) = bench.bill.calls_to(BILLS)
        assert call.headers == {"sessionId": "session-1", "devKey": CONNECTOR_CONFIG.dev_key}
        assert call.params == {"max": "100"}

    def test_every_call_has_a_timeout_to_connect_and_one_to_read(self, bench: Bench) -> None:
        bench.get()
        bench.client.close()

        assert len(bench.bill.calls) == 3
        assert all(0 < seconds <= 120 for call in bench.bill.calls for seconds in call.timeout)

    def test_twenty_threads_cost_one_login(self, bench: Bench) -> None:
        results = in_threads(20, bench.get)

        assert results == [{"results": []}] * 20
        assert bench.bill.logins == 1

    @pytest.mark.parametrize("code", sorted(CREDENTIAL_MESSAGES))
    @pytest.mark.parametrize("status", [200, 400, 401, 403, 422, 500])
    def test_refused_credentials_are_named_by_their_code_and_final(
        self, bench: Bench, code: str, status: int
    ) -> None:
        bench.bill.on(LOGIN, bill_error(code, status))

        results = in_threads(5, bench.get)

        assert {str(result) for result in results} == {CREDENTIAL_MESSAGES[code]}
        assert bench.bill.logins == 1
        assert bench.clock.sleeps == []
        assert bench.shared.is_closed

    @pytest.mark.parametrize(
        "refusal",
        [
            bill_error(None, 400),
            bill_error(None, 401),
            bill_error(None, 403),
            bill_error("BDC_1109", 401),
            bill_error("BDC_1145", 403),
            bill_error("BDC_4711", 400),
            answer(401, b""),
            answer(401, b"<html>"),
        ],
    )
    def test_any_other_refusal_of_a_login_names_all_four_credentials_and_is_final(
        self, bench: Bench, refusal: Response
    ) -> None:
        bench.bill.on(LOGIN, refusal)

        failure = bench.sign_in_failure()

        assert failure.failure_type is FailureType.config_error
        for name in ("username", "password", "organization ID", "developer key", "Base URL"):
            assert name in str(failure)
        assert bench.bill.logins == 1

    @pytest.mark.parametrize(
        "foreign", [HTML, answer(200, {}), answer(200, {"sessionId": ""}), answer(200, [])]
    )
    def test_a_login_answered_by_something_else_is_retried_briefly_then_points_at_base_url(
        self, bench: Bench, foreign: Response
    ) -> None:
        bench.bill.on(LOGIN, foreign)

        failure = bench.sign_in_failure()

        assert failure.failure_type is FailureType.config_error
        assert "Base URL" in str(failure)
        assert bench.bill.logins <= 4
        assert sum(bench.clock.sleeps) < 10

    def test_an_unreachable_host_is_given_up_within_ten_seconds(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, TransportError("no connection", unreachable=True))

        failure = bench.sign_in_failure()

        assert failure.failure_type is FailureType.config_error
        assert "Cannot reach 127.0.0.1" in str(failure)
        assert sum(bench.clock.sleeps) < 10

    def test_bills_own_host_out_of_reach_is_not_called_a_wrong_configuration(self) -> None:
        bench = Bench(ConnectorConfig.from_config({**CONFIG, "base_url": PRODUCTION}, NOW))
        bench.bill.on(LOGIN, TransportError("no connection", unreachable=True))

        failure = bench.sign_in_failure()

        assert failure.failure_type is FailureType.transient_error
        assert "Cannot reach gateway.prod.bill.com" in str(failure)

    def test_an_untrusted_certificate_is_not_retried(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, TransportError("the certificate could not be verified", final=True))

        failure = bench.sign_in_failure()

        assert failure.failure_type is FailureType.config_error
        assert "certificate" in str(failure)
        assert bench.bill.logins == 1

    def test_an_outage_while_signing_in_is_waited_out(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, answer(503, b""), answer(200, {"sessionId": "late"}))

        bench.get()

        assert bench.bill.calls_to(BILLS)[0].session == "late"

    def test_plain_http_to_a_public_host_sends_nothing(self) -> None:
        bench = Bench(
            ConnectorConfig.from_config({**CONFIG, "base_url": "http://8.8.8.8/connect"}, NOW)
        )

        failure = bench.sign_in_failure()

        assert "https" in str(failure)
        assert bench.bill.calls == []


class TestQuotedPassword:
    """BILL may quote the request, with the password in it, in any encoding."""

    @quick
    @given(NASTY, st.sampled_from(sorted(ENCODERS)), st.sampled_from([400, 401, 403, 422, 503]))
    def test_at_sign_in_nothing_of_what_bill_says_is_passed_on_but_its_code(
        self, password: str, encoder: str, status: int
    ) -> None:
        form = ENCODERS[encoder](password)
        bench = Bench(ConnectorConfig.from_config({**CONFIG, "password": password}, NOW))
        bench.bill.on(LOGIN, bill_error("BDC_1999", status, f"Bad request: {form} given"))

        failure = bench.sign_in_failure()

        assert failure.internal_message == f"HTTP {status}, BDC_1999"
        assert form not in str(failure)

    def test_at_sign_in_a_code_that_is_none_is_not_passed_on_either(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, bill_error("the password x-y-z is wrong", 400))

        assert bench.sign_in_failure().internal_message == "HTTP 400, no code"

    @quick
    @given(NASTY, st.sampled_from(sorted(ENCODERS)))
    def test_in_any_other_call_it_is_masked(self, password: str, encoder: str) -> None:
        form = ENCODERS[encoder](password)
        bench = Bench(ConnectorConfig.from_config({**CONFIG, "password": password}, NOW))
        bench.bill.on(BILLS, bill_error("BDC_1999", 400, f"Bad request: {form}."))

        failure = bench.failure()

        assert failure.internal_message == "HTTP 400, BDC_1999: Bad request: ****."
        assert "Bad request: ****.)" in str(failure)

    def test_the_session_id_is_masked_too(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, answer(200, {"sessionId": "0A1B2C3D4E5F"}))
        bench.bill.on(BILLS, bill_error("BDC_1999", 400, "Session 0a1b2c3d4e5f may not."))

        assert "Session **** may not" in str(bench.failure())

    @pytest.mark.parametrize("password", ["BILL", "reading", "bills", "BDC", "HTTP"])
    def test_the_connectors_own_words_are_not_masked(self, password: str) -> None:
        bench = Bench(ConnectorConfig.from_config({**CONFIG, "password": password}, NOW))
        bench.bill.on(BILLS, bill_error("BDC_1145", 403, f"Not for {password}."))

        failure = bench.failure()
        trace = failure.as_airbyte_message().trace

        assert trace is not None
        assert trace.error is not None
        assert trace.error.message == str(failure)
        assert "BILL denied this user permission while reading bills" in str(failure)
        assert trace.error.internal_message == "HTTP 403, BDC_1145: Not for ****."


class TestExpiredSession:
    @pytest.mark.parametrize(
        "refusal",
        [
            answer(401, b""),
            bill_error("BDC_1109", 401),
            bill_error("BDC_1109", 400),
            bill_error("BDC_1109", 200),
            bill_error("BDC_1361", 403, "Session expired"),
        ],
    )
    def test_the_call_is_replayed_with_a_new_session(self, bench: Bench, refusal: Response) -> None:
        bench.bill.on(BILLS, refusal, page([{"id": "1"}]))

        body = bench.get()

        assert body["results"] == [{"id": "1"}]
        first, second = bench.bill.calls_to(BILLS)
        assert (first.session, second.session) == ("session-1", "session-2")
        assert first.params == second.params

    def test_twenty_threads_refused_at_once_cost_one_login_and_each_replays(
        self, bench: Bench
    ) -> None:
        bench.client.sign_in()
        # BILL drops the session while calls are in flight: three are refused together, and those
        # that wait for a slot
        bench.bill.expired.add("session-1")

        results = in_threads(20, bench.get)

        assert results == [{"results": []}] * 20
        assert bench.bill.logins == 2
        replays = [call for call in bench.bill.calls_to(BILLS) if call.session == "session-2"]
        assert len(replays) == 20

    def test_twenty_calls_in_flight_when_the_session_expires_cost_one_login(self) -> None:
        bench = Bench()
        bench.client = BillClient(shared_state_to(bench.bill, bench.clock, slots=Slots(20)))
        bench.client.sign_in()
        all_sent = threading.Barrier(20)

        def refuse_the_first(call: Call) -> Response:
            if call.session != "session-1":
                return page([{"id": str(call.session)}])
            all_sent.wait(timeout=300)
            return bill_error("BDC_1109", 401)

        bench.bill.on(BILLS, refuse_the_first)

        results = in_threads(20, bench.get)

        assert results == [{"results": [{"id": "session-2"}]}] * 20
        assert bench.bill.logins == 2

    def test_sessions_that_are_all_refused_end_in_an_error_after_a_few_logins(
        self, bench: Bench
    ) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1109", 401))

        failure = bench.failure()

        assert "rejected every session while reading bills" in str(failure)
        assert bench.bill.logins <= 6

    def test_sessions_that_others_replace_do_not_count_against_a_call(self, bench: Bench) -> None:
        bench.get()

        def replace_it(call: Call) -> Response:
            bench.bill.expired.add(str(call.session))
            bench.client.get("/v3/vendors", {}, "reading vendors", is_page)
            return bill_error("BDC_1109", 401)

        bench.bill.on(BILLS, *[replace_it] * 8, page([{"id": "1"}]))

        assert bench.get()["results"] == [{"id": "1"}]

    def test_sessions_that_expire_after_good_ones_are_for_a_later_sync(self, bench: Bench) -> None:
        bench.get()
        bench.bill.on(BILLS, bill_error("BDC_1109", 401))

        failure = bench.failure()

        assert failure.failure_type is FailureType.transient_error
        assert "ended one session after another while reading bills" in str(failure)

    def test_a_session_that_expires_in_each_hours_wait_is_renewed_each_time(
        self, bench: Bench
    ) -> None:
        dead, used_up = bill_error("BDC_1109", 401), bill_error("BDC_1144", 422)
        bench.bill.on(BILLS, dead, dead, used_up, dead, dead, used_up, dead, page())

        assert bench.get() == {"results": []}

    def test_a_long_read_with_pauses_of_twenty_minutes_keeps_its_session(
        self, bench: Bench
    ) -> None:
        for _ in range(10):
            bench.get()
            bench.clock.advance(minutes=20)

        assert bench.bill.logins == 1

    def test_a_session_idle_for_35_minutes_is_renewed_before_bill_refuses_it(
        self, bench: Bench
    ) -> None:
        bench.get()
        bench.clock.advance(minutes=35)
        bench.get()

        assert [call.session for call in bench.bill.calls_to(BILLS)] == ["session-1", "session-2"]
        # a sync token's session would live on for two days
        assert [call.session for call in bench.bill.calls_to("/v3/logout")] == ["session-1"]


class TestSessionOfACall:
    def test_one_renewed_while_a_call_waits_for_its_slot_is_sent_with_it(
        self, bench: Bench
    ) -> None:
        bench.client.sign_in()

        def expire() -> None:
            bench.bill.expired.add("session-1")
            bench.get()  # another thread's call, refused and replayed

        bench.slots.while_waiting = [expire]

        bench.get()

        sessions = [call.session for call in bench.bill.calls_to(BILLS)]
        assert sessions == ["session-1", "session-2", "session-2"]
        assert bench.bill.logins == 2

    def test_one_refused_in_flight_is_renewed_by_the_id_it_was_sent_with(
        self, bench: Bench
    ) -> None:
        bench.client.sign_in()

        def expire() -> None:
            bench.bill.expired.add("session-1")
            bench.get()
            bench.bill.expired.add("session-2")

        bench.slots.while_waiting = [expire]

        bench.get()

        sessions = [call.session for call in bench.bill.calls_to(BILLS)]
        assert sessions == ["session-1", "session-2", "session-2", "session-3"]
        assert bench.bill.logins == 3


class TestPassingFaults:
    @pytest.mark.parametrize("fault", PASSING)
    def test_the_call_is_made_again(self, bench: Bench, fault: Reply) -> None:
        bench.bill.on(BILLS, fault, fault, page([{"id": "1"}]))

        assert bench.get()["results"] == [{"id": "1"}]
        assert len(bench.bill.calls_to(BILLS)) == 3
        assert bench.bill.logins == 1

    @pytest.mark.parametrize("fault", PASSING)
    def test_a_fault_that_stays_ends_in_an_error_within_minutes(
        self, bench: Bench, fault: Reply
    ) -> None:
        bench.bill.on(BILLS, fault)

        failure = bench.failure()

        assert "reading bills" in str(failure)
        assert len(bench.bill.calls_to(BILLS)) == 9
        assert sum(bench.clock.sleeps) < 5 * 60

    @pytest.mark.parametrize("fault", PASSING)
    def test_once_bill_has_answered_a_fault_that_stays_is_not_blamed_on_the_configuration(
        self, bench: Bench, fault: Reply
    ) -> None:
        bench.client.sign_in()
        bench.bill.on(BILLS, fault)

        assert bench.failure().failure_type is FailureType.transient_error

    def test_waits_grow_and_are_random(self, bench: Bench) -> None:
        bench.bill.on(BILLS, answer(500, b""))

        bench.failure()

        waits = bench.clock.sleeps
        assert all(
            0.8 * usual <= wait <= 1.2 * usual
            for usual, wait in zip([1, 2, 4, 8, 16, 32, 60, 60], waits, strict=True)
        )
        assert len({wait / round(wait, 0) for wait in waits}) > 1

    def test_each_retry_is_logged(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        bench.bill.on(BILLS, answer(503, b""), page())

        with caplog.at_level(logging.INFO):
            bench.get()

        (line,) = caplog.messages
        assert "HTTP 503" in line
        assert "(1 of 8)" in line

    def test_a_retry_without_a_response_is_logged_without_advice(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.client.sign_in()
        bench.bill.on(BILLS, TransportError("no response in time"), page())

        with caplog.at_level(logging.INFO):
            bench.get()

        assert caplog.messages == [
            "Reading bills: no complete response: no response in time. Retrying in 1 s (1 of 8)."
        ]

    def test_a_check_retries_for_seconds_only(self, bench: Bench) -> None:
        bench.client = BillClient(bench.shared, CHECK_RETRY_POLICY)
        bench.bill.on(BILLS, answer(503, b""))

        bench.failure()

        assert sum(bench.clock.sleeps) < 10

    @quick
    @given(st.lists(st.sampled_from([param.values[0] for param in PASSING]), max_size=8))
    def test_any_eight_passing_faults_in_a_row_lose_nothing(self, faults: list[Any]) -> None:
        bench = Bench()
        bench.bill.on(BILLS, *faults, page([{"id": "1"}]))

        assert bench.get()["results"] == [{"id": "1"}]


class TestLimits:
    def test_never_more_than_three_calls_are_in_flight(self, bench: Bench) -> None:
        three = threading.Barrier(3)

        def slow(_: Call) -> Response:
            three.wait(timeout=300)
            return page()

        bench.client.sign_in()
        bench.bill.on(BILLS, slow)

        results = in_threads(21, bench.get)

        assert results == [{"results": []}] * 21
        assert bench.bill.most_in_flight == 3

    @pytest.mark.parametrize("status", [200, 400, 422, 429, 500])
    def test_bdc_1322_waits_a_moment_and_goes_on(self, bench: Bench, status: int) -> None:
        bench.bill.on(BILLS, *[bill_error("BDC_1322", status)] * 12, page([{"id": "1"}]))

        assert bench.get()["results"] == [{"id": "1"}]
        assert len(bench.clock.sleeps) == 12
        assert bench.clock.sleeps[0] < 1
        assert max(bench.clock.sleeps) <= 10

    def test_bdc_1322_that_never_ends_is_given_up_in_a_quarter_of_an_hour(
        self, bench: Bench
    ) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1322", 429))

        failure = bench.failure()

        assert failure.failure_type is FailureType.transient_error
        assert "three calls at once" in str(failure)
        assert 900 <= sum(bench.clock.sleeps) < 920

    def test_no_slot_is_held_while_a_call_waits_for_its_retry(self, bench: Bench) -> None:
        free: list[bool] = []

        class Watching(FakeClock):
            def sleep(self, seconds: float) -> None:
                free.append(slots.acquire(blocking=False))
                slots.release()
                super().sleep(seconds)

        slots = Slots(1)
        client = BillClient(shared_state_to(bench.bill, Watching(), slots=slots))
        bench.bill.on(BILLS, bill_error("BDC_1322", 429), answer(503, b""), page())

        client.get(BILLS, {}, "reading bills", is_page)

        assert free == [True, True]

    @pytest.mark.parametrize("status", [200, 400, 422, 429])
    def test_bdc_1144_waits_for_the_next_full_hour_and_goes_on(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1144", status), page([{"id": "1"}]))

        with caplog.at_level(logging.INFO):
            body = bench.get()

        assert body["results"] == [{"id": "1"}]
        assert bench.clock.now().strftime("%H:%M") == "13:00"
        assert sum("hourly call limit" in line for line in caplog.messages) == pytest.approx(
            40, abs=1
        )

    def test_bdc_1144_at_the_login_waits_as_well(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, bill_error("BDC_1144", 429), answer(200, {"sessionId": "later"}))

        bench.get()

        assert bench.clock.now().strftime("%H:%M") == "13:00"
        assert not bench.shared.is_closed

    def test_one_refusal_for_the_hour_holds_back_every_thread(self, bench: Bench) -> None:
        bench.client.sign_in()
        bench.bill.on(BILLS, bill_error("BDC_1144", 429), page())

        in_threads(10, bench.get)

        assert len(bench.bill.calls_to(BILLS)) == 11
        assert bench.clock.now().strftime("%H:%M") == "13:00"

    def test_an_hour_that_never_opens_is_given_up_after_a_few(self, bench: Bench) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1144", 429))

        failure = bench.failure()

        assert failure.failure_type is FailureType.transient_error
        assert "hourly limit" in str(failure)
        # three hours, and each minute of the first five after the hour, when clocks may disagree
        assert len(bench.bill.calls_to(BILLS)) <= 4 + 3 * 5
        assert bench.bill.logins <= 4

    def test_a_bill_whose_clock_is_behind_costs_minutes_not_another_hour(
        self, bench: Bench
    ) -> None:
        start = bench.clock.now()
        opens = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1, minutes=2)
        bench.bill.on(
            BILLS,
            lambda _: bill_error("BDC_1144", 422) if bench.clock.now() < opens else page([]),
        )

        bench.get()

        assert bench.clock.now() < opens + timedelta(minutes=2)

    def test_a_login_that_finds_no_free_slot_is_not_retried_for_ever(self, bench: Bench) -> None:
        bench.bill.on("/v3/login", bill_error("BDC_1322", 422))

        assert "three calls at once" in str(bench.failure())
        assert len(bench.bill.calls_to("/v3/login")) <= 9

    def test_check_does_not_wait_an_hour(self, bench: Bench) -> None:
        bench.client = BillClient(bench.shared, CHECK_RETRY_POLICY)
        bench.bill.on(BILLS, bill_error("BDC_1144", 429))

        assert "hourly limit" in str(bench.failure())
        assert bench.clock.sleeps == []

    def test_logins_and_replays_count_against_the_hour(self) -> None:
        clock, bill = FakeClock(), FakeBill()
        client = BillClient(shared_state_to(bill, clock, hour=HourlyWindow(clock, limit=3)))
        bill.on(BILLS, answer(503, b""), page())

        client.get(BILLS, {}, "reading bills", is_page)
        assert clock.now().strftime("%H:%M") == "12:20"
        client.get(BILLS, {}, "reading bills", is_page)

        assert clock.now().strftime("%H:%M") == "13:00"


class TestFinalRefusals:
    @pytest.mark.parametrize(
        "refusal",
        [
            bill_error("BDC_1145", 403),
            bill_error("BDC_1145", 400),
            bill_error("BDC_4711", 422),
            bill_error(None, 400),
            bill_error("BDC_1102", 401),
            answer(404, b""),
            answer(302, b""),
        ],
    )
    def test_they_are_not_retried(self, bench: Bench, refusal: Response) -> None:
        bench.bill.on(BILLS, refusal)

        bench.failure()

        assert len(bench.bill.calls_to(BILLS)) == 1
        assert bench.clock.sleeps == []

    def test_after_a_refused_stream_the_connection_still_works(self, bench: Bench) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1145", 403), page())

        bench.failure()

        assert bench.get() == {"results": []}
        assert not bench.shared.is_closed

    def test_what_bill_said_is_kept_for_support(self, bench: Bench) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1145", 403, "No permission for you"))

        assert bench.failure().internal_message == "HTTP 403, BDC_1145: No permission for you"


class TestRefusalsThatAreNotBills:
    """A gateway's page: for a limit, which passes, or for this request, which does not."""

    @pytest.mark.parametrize("status", [400, 403, 409, 422])
    def test_they_are_retried_briefly(self, bench: Bench, status: int) -> None:
        bench.bill.on(BILLS, answer(status, b"<html>"), answer(status, b"<html>"), page())

        assert bench.get() == {"results": []}

    @pytest.mark.parametrize(
        ("status", "sentence", "kind"),
        [
            (403, "Something between this machine and BILL", FailureType.config_error),
            (422, "kept returning invalid responses while reading", FailureType.transient_error),
        ],
    )
    def test_one_that_stays_ends_within_half_a_minute(
        self, bench: Bench, status: int, sentence: str, kind: FailureType
    ) -> None:
        bench.bill.on(BILLS, answer(status, b"<html>"))

        failure = bench.failure()

        assert sentence in str(failure)
        assert failure.failure_type is kind
        assert len(bench.bill.calls_to(BILLS)) == 5
        assert bench.bill.logins == 2
        assert sum(bench.clock.sleeps) < 30

    @pytest.mark.parametrize("status", [403, 422])
    def test_an_expired_session_told_so_is_renewed_in_the_end(
        self, bench: Bench, status: int
    ) -> None:
        bench.get()
        bench.bill.on(
            BILLS,
            lambda call: page() if call.session == "session-2" else answer(status, b"<html>"),
        )

        assert bench.get() == {"results": []}

    def test_one_that_follows_an_outage_is_still_retried_and_its_session_renewed(
        self, bench: Bench
    ) -> None:
        bench.get()
        outage = [answer(503, b"")] * 5
        bench.bill.on(BILLS, *outage, *[answer(403, b"<html>")] * 4, page())

        assert bench.get() == {"results": []}
        assert bench.bill.logins == 2

    def test_a_later_outage_is_retried_as_long_as_any_other(self, bench: Bench) -> None:
        bench.get()
        bench.bill.on(BILLS, TransportError("no connection", unreachable=True))

        bench.failure()

        assert len(bench.bill.calls_to(BILLS)) == 1 + 9


class TestLoggingOut:
    def test_the_session_is_logged_out_once(self, bench: Bench) -> None:
        bench.get()

        bench.client.close()
        bench.client.close()

        (call,) = bench.bill.calls_to("/v3/logout")
        assert (call.method, call.session) == ("POST", "session-1")

    def test_it_comes_before_calls_that_have_not_been_sent(self, bench: Bench) -> None:
        bench.get()
        closing = threading.Thread(target=bench.client.close)
        # while a call waits for its slot, another thread logs out
        bench.slots.while_waiting = [closing.join, closing.start]

        bench.failure()

        assert bench.bill.calls[-1].path == "/v3/logout"
        assert len(bench.bill.calls_to(BILLS)) == 1

    def test_without_a_free_slot_it_is_sent_anyway(self, bench: Bench) -> None:
        bench.get()
        for _ in range(3):
            bench.slots.acquire()

        bench.client.close()

        assert len(bench.bill.calls_to("/v3/logout")) == 1

    @pytest.mark.parametrize(
        "fault", [TransportError("no response in time"), bill_error("BDC_1322", 422)]
    )
    def test_a_session_that_stays_open_is_logged(
        self, bench: Bench, fault: Reply, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.get()
        bench.bill.on("/v3/logout", fault)

        with caplog.at_level(logging.INFO):
            bench.client.close()

        assert "BILL's session could not be logged out" in caplog.text

    def test_without_a_session_nothing_is_sent(self, bench: Bench) -> None:
        bench.client.close()

        assert bench.bill.calls == []

    @pytest.mark.parametrize(
        "fault", [TransportError("no response in time"), answer(500, b""), HTML]
    )
    def test_a_failure_to_do_so_does_not_fail_the_sync(self, bench: Bench, fault: Reply) -> None:
        bench.get()
        bench.bill.on("/v3/logout", fault)

        bench.client.close()

    def test_afterwards_calls_fail_without_a_login(self, bench: Bench) -> None:
        bench.get()
        bench.client.close()

        bench.failure()

        assert bench.shared.is_closed
        assert bench.bill.logins == 1
