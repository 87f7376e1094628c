"""Calls to BILL: what is sent, what is tried again, and the sentence where it ends."""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.client import BillClient
from source_billcom.api.error_handling import CREDENTIAL_SENTENCES
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyBudget, Slots, Throttle
from source_billcom.api.retry import CHECK_RETRY_POLICY
from source_billcom.api.transport import Response, TransportError
from source_billcom.config import PRODUCTION, ConnectorConfig
from source_billcom.errors import ConnectorError
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
)

BILLS = "/v3/bills"
HTML = answer(200, b"<html>Maintenance</html>")
PASSING = [
    pytest.param(answer(500, b""), id="500"),
    pytest.param(answer(503, b"<html>"), id="503 HTML"),
    pytest.param(bill_error("BDC_1001", 400), id="BDC_1001"),
    pytest.param(TransportError("no answer in time"), id="timeout"),
    pytest.param(TransportError("the connection broke off"), id="reset"),
    pytest.param(TransportError("the answer was cut short"), id="cut"),
    pytest.param(HTML, id="HTML"),
    pytest.param(answer(200, b'{"results":[{"id"'), id="cut JSON"),
    pytest.param(answer(200, {"nextPage": "x"}), id="no results"),
]


class Bench:
    """A client on a fake BILL and a fake clock."""

    def __init__(self, settings: ConnectorConfig = CONNECTOR_CONFIG) -> None:
        self.clock = FakeClock()
        self.bill = FakeBill()
        self.slots = Slots(CALLS_AT_ONCE)
        self.throttle = Throttle(HourlyBudget(self.clock), self.slots)
        self.client = BillClient(settings, self.throttle, self.clock, self.bill)

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
    """Return a fresh client, never signed in."""
    return Bench()


class TestSigningIn:
    def test_the_login_carries_the_four_credentials_as_they_are(self) -> None:
        # forms that template engines turn into numbers or evaluate
        odd = {
            "username": "1_01",
            "password": "{{ 1e5 }}",
            "organization_id": "00802",
            "dev_key": "1e5",
        }
        bench = Bench(ConnectorConfig.from_config({**CONFIG, **odd}, NOW))

        bench.client.sign_in()

        (login,) = bench.bill.calls
        assert (login.method, login.path) == ("POST", LOGIN)
        assert login.json == {
            "username": "1_01",
            "password": "{{ 1e5 }}",
            "organizationId": "00802",
            "devKey": "1e5",
        }
        assert not login.params

    def test_a_call_carries_session_and_developer_key_in_its_headers(self, bench: Bench) -> None:
        bench.get()

        (call,) = bench.bill.calls_to(BILLS)
        assert call.headers == {"sessionId": "session-1", "devKey": CONNECTOR_CONFIG.dev_key}
        assert call.params == {"max": "100"}

    def test_every_call_has_a_timeout_to_connect_and_one_to_read(self, bench: Bench) -> None:
        bench.get()
        bench.client.log_out()

        assert len(bench.bill.calls) == 3
        assert all(0 < seconds <= 120 for call in bench.bill.calls for seconds in call.timeout)

    def test_twenty_threads_cost_one_login(self, bench: Bench) -> None:
        results = in_threads(20, bench.get)

        assert results == [{"results": []}] * 20
        assert bench.bill.logins == 1

    @pytest.mark.parametrize("code", sorted(CREDENTIAL_SENTENCES))
    @pytest.mark.parametrize("status", [200, 400, 401, 403, 422, 500])
    def test_refused_credentials_are_told_by_their_code_and_final(
        self, bench: Bench, code: str, status: int
    ) -> None:
        bench.bill.on(LOGIN, bill_error(code, status))

        results = in_threads(5, bench.get)

        assert {str(result) for result in results} == {CREDENTIAL_SENTENCES[code]}
        assert bench.bill.logins == 1
        assert bench.clock.sleeps == []
        assert bench.client.is_closed

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
    def test_a_login_answered_by_something_else_is_tried_a_little_then_points_at_base_url(
        self, bench: Bench, foreign: Response
    ) -> None:
        bench.bill.on(LOGIN, foreign)

        failure = bench.sign_in_failure()

        assert failure.failure_type is FailureType.config_error
        assert "Base URL" in str(failure)
        assert bench.bill.logins <= 4
        assert sum(bench.clock.sleeps) < 10

    def test_a_host_nobody_reaches_is_given_up_within_ten_seconds(self, bench: Bench) -> None:
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

    def test_an_untrusted_certificate_is_not_tried_again(self, bench: Bench) -> None:
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
        # BILL drops the session while calls are on their way: three meet the refusal together,
        # and those that wait for a place come with the old id as well
        bench.bill.dead.add("session-1")

        results = in_threads(20, bench.get)

        assert results == [{"results": []}] * 20
        assert bench.bill.logins == 2
        replays = [call for call in bench.bill.calls_to(BILLS) if call.session == "session-2"]
        assert len(replays) == 20

    def test_twenty_calls_under_way_when_the_session_dies_cost_one_login(self) -> None:
        bench = Bench()
        bench.client = BillClient(
            CONNECTOR_CONFIG,
            Throttle(HourlyBudget(bench.clock), Slots(20)),
            bench.clock,
            bench.bill,
        )
        bench.client.sign_in()
        all_sent = threading.Barrier(20)

        def refuse_the_first(call: Call) -> Response:
            if call.session != "session-1":
                return page([{"id": str(call.session)}])
            all_sent.wait(timeout=5)
            return bill_error("BDC_1109", 401)

        bench.bill.on(BILLS, refuse_the_first)

        results = in_threads(20, bench.get)

        assert results == [{"results": [{"id": "session-2"}]}] * 20
        assert bench.bill.logins == 2

    def test_sessions_that_are_all_refused_end_in_a_sentence_after_a_few_logins(
        self, bench: Bench
    ) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1109", 401))

        failure = bench.failure()

        assert "refused its sessions while reading bills" in str(failure)
        assert bench.bill.logins <= 6

    def test_sessions_that_others_replace_are_not_held_against_a_call(self, bench: Bench) -> None:
        bench.get()

        def replace_it(call: Call) -> Response:
            bench.bill.dead.add(str(call.session))
            bench.client.get("/v3/vendors", {}, "reading vendors", is_page)
            return bill_error("BDC_1109", 401)

        bench.bill.on(BILLS, *[replace_it] * 8, page([{"id": "1"}]))

        assert bench.get()["results"] == [{"id": "1"}]

    def test_sessions_that_die_after_good_ones_leave_it_to_a_later_sync(self, bench: Bench) -> None:
        bench.get()
        bench.bill.on(BILLS, bill_error("BDC_1109", 401))

        failure = bench.failure()

        assert failure.failure_type is FailureType.transient_error
        assert "ended one session after the other while reading bills" in str(failure)

    def test_a_session_that_dies_in_each_hours_wait_is_renewed_each_time(
        self, bench: Bench
    ) -> None:
        dead, used_up = bill_error("BDC_1109", 401), bill_error("BDC_1144", 422)
        bench.bill.on(BILLS, dead, dead, used_up, dead, dead, used_up, dead, page())

        assert bench.get() == {"results": []}

    def test_a_long_walk_with_pauses_of_twenty_minutes_keeps_its_session(
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


class TestPassingFaults:
    @pytest.mark.parametrize("fault", PASSING)
    def test_the_call_is_made_again(self, bench: Bench, fault: Reply) -> None:
        bench.bill.on(BILLS, fault, fault, page([{"id": "1"}]))

        assert bench.get()["results"] == [{"id": "1"}]
        assert len(bench.bill.calls_to(BILLS)) == 3
        assert bench.bill.logins == 1

    @pytest.mark.parametrize("fault", PASSING)
    def test_a_fault_that_stays_ends_in_a_sentence_within_minutes(
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

    def test_waits_grow_and_are_spread(self, bench: Bench) -> None:
        bench.bill.on(BILLS, answer(500, b""))

        bench.failure()

        waits = bench.clock.sleeps
        assert all(
            0.8 * usual <= wait <= 1.2 * usual
            for usual, wait in zip([1, 2, 4, 8, 16, 32, 60, 60], waits, strict=True)
        )
        assert len({wait / round(wait, 0) for wait in waits}) > 1

    def test_each_retry_is_told_in_the_log(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.bill.on(BILLS, answer(503, b""), page())

        with caplog.at_level(logging.INFO):
            bench.get()

        (line,) = caplog.messages
        assert "HTTP 503" in line
        assert "(1 of 8)" in line

    def test_while_someone_looks_at_the_form_patience_is_short(self, bench: Bench) -> None:
        bench.client = bench.client.with_retry_policy(CHECK_RETRY_POLICY)
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
    def test_never_more_than_three_calls_are_under_way_whatever_runs(self, bench: Bench) -> None:
        three = threading.Barrier(3)

        def slow(_: Call) -> Response:
            three.wait(timeout=5)
            return page()

        bench.client.sign_in()
        bench.bill.on(BILLS, slow)

        results = in_threads(21, bench.get)

        assert results == [{"results": []}] * 21
        assert bench.bill.most_at_once == 3

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

    def test_places_are_free_while_a_call_waits_for_its_turn(self, bench: Bench) -> None:
        held: list[bool] = []

        class Watching(FakeClock):
            def sleep(self, seconds: float) -> None:
                slots = bench.throttle._slots
                held.append(slots.acquire(blocking=False))
                slots.release()
                super().sleep(seconds)

        client = BillClient(CONNECTOR_CONFIG, bench.throttle, Watching(), bench.bill)
        bench.throttle._slots = threading.BoundedSemaphore(1)
        bench.bill.on(BILLS, bill_error("BDC_1322", 429), answer(503, b""), page())

        client.get(BILLS, {}, "reading bills", is_page)

        assert held == [True, True]

    @pytest.mark.parametrize("status", [200, 400, 422, 429])
    def test_bdc_1144_waits_for_the_next_full_hour_and_goes_on(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1144", status), page([{"id": "1"}]))

        with caplog.at_level(logging.INFO):
            body = bench.get()

        assert body["results"] == [{"id": "1"}]
        assert bench.clock.now().strftime("%H:%M") == "13:00"
        assert sum("hourly limit" in line for line in caplog.messages) == pytest.approx(40, abs=1)

    def test_bdc_1144_at_the_login_waits_as_well(self, bench: Bench) -> None:
        bench.bill.on(LOGIN, bill_error("BDC_1144", 429), answer(200, {"sessionId": "later"}))

        bench.get()

        assert bench.clock.now().strftime("%H:%M") == "13:00"
        assert not bench.client.is_closed

    def test_one_refusal_by_the_hour_holds_back_every_thread(self, bench: Bench) -> None:
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

    def test_a_login_that_finds_no_free_place_is_not_tried_for_ever(self, bench: Bench) -> None:
        bench.bill.on("/v3/login", bill_error("BDC_1322", 422))

        assert "three calls at once" in str(bench.failure())
        assert len(bench.bill.calls_to("/v3/login")) <= 9

    def test_check_does_not_wait_an_hour(self, bench: Bench) -> None:
        bench.client = bench.client.with_retry_policy(CHECK_RETRY_POLICY)
        bench.bill.on(BILLS, bill_error("BDC_1144", 429))

        assert "hourly limit" in str(bench.failure())
        assert bench.clock.sleeps == []

    def test_logins_and_replays_count_against_the_hour(self) -> None:
        clock, bill = FakeClock(), FakeBill()
        throttle = Throttle(HourlyBudget(clock, limit=3))
        client = BillClient(CONNECTOR_CONFIG, throttle, clock, bill)
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
    def test_they_are_not_tried_again(self, bench: Bench, refusal: Response) -> None:
        bench.bill.on(BILLS, refusal)

        bench.failure()

        assert len(bench.bill.calls_to(BILLS)) == 1
        assert bench.clock.sleeps == []

    def test_a_stream_refused_leaves_the_connection_good(self, bench: Bench) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1145", 403), page())

        bench.failure()

        assert bench.get() == {"results": []}
        assert not bench.client.is_closed

    def test_bills_words_are_kept_for_support(self, bench: Bench) -> None:
        bench.bill.on(BILLS, bill_error("BDC_1145", 403, "No permission for you"))

        assert bench.failure().internal_message == "HTTP 403, BDC_1145: No permission for you"


class TestRefusalsThatAreNotBills:
    """A gateway's page: for a limit, which passes, or for what was asked, which does not."""

    @pytest.mark.parametrize("status", [400, 403, 409, 422])
    def test_they_are_tried_a_little(self, bench: Bench, status: int) -> None:
        bench.bill.on(BILLS, answer(status, b"<html>"), answer(status, b"<html>"), page())

        assert bench.get() == {"results": []}

    @pytest.mark.parametrize(
        ("status", "sentence", "kind"),
        [
            (403, "Something between this machine and BILL", FailureType.config_error),
            (422, "kept sending broken answers while reading", FailureType.transient_error),
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
    def test_a_dead_session_told_so_is_renewed_in_the_end(self, bench: Bench, status: int) -> None:
        bench.get()
        bench.bill.on(
            BILLS,
            lambda call: page() if call.session == "session-2" else answer(status, b"<html>"),
        )

        assert bench.get() == {"results": []}

    def test_a_later_outage_has_the_patience_of_any_other(self, bench: Bench) -> None:
        bench.get()
        bench.bill.on(BILLS, TransportError("no connection", unreachable=True))

        bench.failure()

        assert len(bench.bill.calls_to(BILLS)) == 1 + 9


class TestLoggingOut:
    def test_the_session_is_ended_at_bill_once(self, bench: Bench) -> None:
        bench.get()

        bench.client.log_out()
        bench.client.log_out()

        (call,) = bench.bill.calls_to("/v3/logout")
        assert (call.method, call.session) == ("POST", "session-1")

    def test_it_comes_before_calls_that_have_not_set_out(self, bench: Bench) -> None:
        bench.get()
        for _ in range(3):
            bench.slots.acquire()
        waiting = threading.Thread(target=bench.failure)
        waiting.start()
        ending = threading.Thread(target=bench.client.log_out)
        ending.start()
        time.sleep(0.1)
        bench.slots.release()
        ending.join(5)
        waiting.join(5)

        assert [call.path for call in bench.bill.calls[-1:]] == ["/v3/logout"]
        assert len(bench.bill.calls_to(BILLS)) == 1

    def test_without_a_free_place_it_is_sent_all_the_same(self, bench: Bench) -> None:
        bench.get()
        for _ in range(3):
            bench.slots.acquire()

        bench.client.log_out()

        assert len(bench.bill.calls_to("/v3/logout")) == 1

    @pytest.mark.parametrize(
        "fault", [TransportError("no answer in time"), bill_error("BDC_1322", 422)]
    )
    def test_a_session_that_stays_open_is_told(
        self, bench: Bench, fault: Reply, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.get()
        bench.bill.on("/v3/logout", fault)

        with caplog.at_level(logging.INFO):
            bench.client.log_out()

        assert "BILL's session could not be ended" in caplog.text

    def test_without_a_session_nothing_is_sent(self, bench: Bench) -> None:
        bench.client.log_out()

        assert bench.bill.calls == []

    @pytest.mark.parametrize("fault", [TransportError("no answer in time"), answer(500, b""), HTML])
    def test_a_failure_to_do_so_does_not_fail_the_sync(self, bench: Bench, fault: Reply) -> None:
        bench.get()
        bench.bill.on("/v3/logout", fault)

        bench.client.log_out()

    def test_afterwards_the_client_is_of_no_more_use(self, bench: Bench) -> None:
        bench.get()
        bench.client.log_out()

        bench.failure()

        assert bench.client.is_closed
        assert bench.bill.logins == 1
