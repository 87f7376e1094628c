"""One judgement for all calls: whether BILL can be reached at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from source_billcom.api.client import BillClient
from source_billcom.api.client_pool import ClientPool
from source_billcom.api.rate_limits import HourlyWindow
from source_billcom.api.retry import CHECK_RETRY_POLICY, READ_RETRY_POLICY, RetryPolicy
from source_billcom.api.transport import Response
from source_billcom.errors import ConnectorError, TransportError
from unit_tests.fakes import (
    CONNECTOR_CONFIG,
    NOW,
    Call,
    FakeBill,
    FakeClock,
    Reply,
    bill_error,
    in_threads,
    page,
    shared_state_to,
)

BILLS = "/v3/bills"
VENDORS = "/v3/vendors"
ANY_PATH = "/v3/health"
FIVE_MINUTES = timedelta(minutes=5)
NO_CONNECTION = TransportError("no connection", unreachable=True)
RESET = TransportError("the connection was closed")
CUT = TransportError("the response was cut short", partial=True)
MESSAGE = "BILL could not be reached for several minutes"


class Bench:
    """A client that has signed in, of a fake BILL with a fake clock."""

    def __init__(self, hour: Callable[[FakeClock], HourlyWindow] = HourlyWindow) -> None:
        self.clock, self.bill = FakeClock(), FakeBill()
        self.shared = shared_state_to(self.bill, self.clock, hour=hour(self.clock))
        self.read(BILLS)

    def read(self, path: str, policy: RetryPolicy = READ_RETRY_POLICY) -> Any:
        """Read the first page of a list."""
        client = BillClient(self.shared, policy)
        return client.get(path, {}, f"reading {path[4:]}", lambda body: isinstance(body, dict))

    def failure(self, path: str, policy: RetryPolicy = READ_RETRY_POLICY) -> ConnectorError:
        """Return what reading a list ends in."""
        with pytest.raises(ConnectorError) as caught:
            self.read(path, policy)
        return caught.value

    def seconds_passed(self) -> float:
        """Return how much time has passed."""
        return (self.clock.now() - NOW).total_seconds()

    def stalled(self, call: Call) -> Response:
        """Let a call take as long as its timeout, without an answer."""
        self.clock.advance(seconds=call.timeout[1])
        raise TransportError("no response in time")

    def black_hole(self, call: Call) -> Response:
        """Let a call take as long as it may take to connect."""
        self.clock.advance(seconds=call.timeout[0])
        raise TransportError("connecting took too long", unreachable=True)


@pytest.fixture
def bench() -> Bench:
    """Return a client that BILL has answered."""
    return Bench()


def the_silence(bench: Bench, kind: str) -> Reply:
    """Return what every call gets in an outage of this kind."""
    kinds: dict[str, Reply] = {
        "refused": NO_CONNECTION,
        "reset": RESET,
        "stalled": bench.stalled,
        "black hole": bench.black_hole,
    }
    return kinds[kind]


@pytest.mark.parametrize("kind", ["refused", "reset", "stalled", "black hole"])
class TestNoAnswerAtAll:
    def test_a_call_is_retried_for_minutes_and_given_up_within_five(
        self, bench: Bench, kind: str
    ) -> None:
        bench.bill.silence = the_silence(bench, kind)

        failure = bench.failure(BILLS)

        assert str(failure).startswith(MESSAGE)
        assert failure.failure_type is FailureType.transient_error
        assert timedelta(minutes=2) < bench.clock.now() - NOW <= FIVE_MINUTES

    def test_after_that_no_more_calls_are_made(self, bench: Bench, kind: str) -> None:
        bench.bill.silence = the_silence(bench, kind)
        bench.failure(BILLS)
        made, moment = len(bench.bill.calls), bench.clock.now()

        failures = [bench.failure(VENDORS) for _ in range(20)]

        assert {str(failure)[: len(MESSAGE)] for failure in failures} == {MESSAGE}
        assert (len(bench.bill.calls), bench.clock.now()) == (made, moment)


@pytest.mark.parametrize("kind", ["refused", "reset"])
def test_twenty_calls_at_the_same_time_are_given_up_together(bench: Bench, kind: str) -> None:
    bench.bill.silence = the_silence(bench, kind)

    failures = in_threads(20, lambda number: bench.failure(f"/v3/list-{number}"))

    assert len({str(failure) for failure in failures}) == 1
    # less than five minutes although the fake clock adds the waits of all threads
    assert bench.clock.now() - NOW <= FIVE_MINUTES


class TestSilence:
    def test_an_answer_to_any_other_call_ends_it(self, bench: Bench) -> None:
        def reset_while_others_are_answered(_: Call) -> Response:
            bench.read(VENDORS)
            raise RESET

        bench.bill.on(BILLS, reset_while_others_are_answered)

        failure = bench.failure(BILLS)

        assert "while reading bills" in str(failure)
        assert bench.bill.calls_to(ANY_PATH) == []
        assert bench.read(VENDORS) == {"results": []}

    @pytest.mark.parametrize("last_answer", [bill_error(None, 404), bill_error(None, 503), CUT])
    def test_a_call_that_fails_alone_is_no_outage_if_bill_answers_a_last_question(
        self, bench: Bench, last_answer: Reply
    ) -> None:
        bench.bill.on(BILLS, NO_CONNECTION).on(ANY_PATH, last_answer)

        failure = bench.failure(BILLS)

        assert "while reading bills" in str(failure)
        assert len(bench.bill.calls_to(ANY_PATH)) == 1
        assert bench.read(VENDORS) == {"results": []}

    def test_a_list_that_never_answers_has_its_retries_while_bill_answers_a_last_question(
        self, bench: Bench
    ) -> None:
        bench.bill.on(BILLS, *[bench.stalled] * 8, page([]))

        assert bench.read(BILLS) == {"results": []}

    @pytest.mark.parametrize("answer", [bill_error(None, 503), CUT])
    def test_there_is_none_while_bill_answers_anything(self, bench: Bench, answer: Reply) -> None:
        bench.bill.silence = answer

        failure = bench.failure(BILLS)

        assert "while reading bills" in str(failure)
        assert bench.bill.calls_to(ANY_PATH) == []

    def test_an_outage_that_ends_costs_nothing(self, bench: Bench) -> None:
        bench.bill.on(BILLS, *[NO_CONNECTION] * 8, page([{"id": "1"}]))

        assert bench.read(BILLS) == {"results": [{"id": "1"}]}

    def test_a_wait_for_the_next_hour_does_not_count(self) -> None:
        bench = Bench(lambda clock: HourlyWindow(clock, 3))
        # the third call of the hour, after the login and the first page, fails
        bench.bill.on(BILLS, NO_CONNECTION, page([{"id": "1"}]))

        assert bench.read(BILLS) == {"results": [{"id": "1"}]}

        assert bench.seconds_passed() > FIVE_MINUTES.total_seconds()
        assert bench.bill.calls_to(ANY_PATH) == []

    def test_a_wait_of_over_an_hour_for_bills_limit_is_no_outage(self, bench: Bench) -> None:
        def refused_late(_: Call) -> Response:
            bench.clock.advance(minutes=10)
            return bill_error("BDC_1144", 429)

        bench.bill.on(BILLS, refused_late, refused_late, page([{"id": "1"}]))

        assert bench.read(BILLS) == {"results": [{"id": "1"}]}
        assert bench.seconds_passed() > 3600


class TestWhoWaits:
    @pytest.mark.parametrize("kind", ["refused", "stalled"])
    def test_a_check_is_given_up_as_soon_as_before(self, bench: Bench, kind: str) -> None:
        bench.bill.silence = the_silence(bench, kind)

        failure = bench.failure(BILLS, CHECK_RETRY_POLICY)

        assert "while reading bills" in str(failure)
        assert bench.seconds_passed() < 120
        assert bench.bill.calls_to(ANY_PATH) == []

    def test_a_first_call_without_an_answer_is_given_up_within_five_minutes_too(self) -> None:
        clock, bill = FakeClock(), FakeBill()

        def stalled(call: Call) -> Response:
            clock.advance(seconds=call.timeout[1])
            raise TransportError("no response in time")

        bill.silence = stalled
        client = BillClient(shared_state_to(bill, clock))

        with pytest.raises(ConnectorError, match=MESSAGE):
            client.sign_in()

        assert clock.now() - NOW <= FIVE_MINUTES

    def test_a_renewal_of_the_session_in_an_outage_is_given_up_with_the_same_message(
        self, bench: Bench
    ) -> None:
        bench.clock.advance(minutes=31)  # so that the session must be renewed
        bench.bill.silence = NO_CONNECTION

        failures = in_threads(4, lambda number: bench.failure(f"/v3/list-{number}"))

        assert all(str(failure).startswith(MESSAGE) for failure in failures)

    def test_a_lease_after_an_outage_makes_calls_again(self) -> None:
        clock, bill = FakeClock(), FakeBill()
        pool = ClientPool(clock, lambda _: bill)

        def read() -> Any:
            with pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, keeps_session=True) as client:
                return client.get(BILLS, {}, "reading bills", lambda body: isinstance(body, dict))

        read()
        bill.silence = NO_CONNECTION
        with pytest.raises(ConnectorError, match=MESSAGE):
            read()
        bill.silence = None

        assert read() == {"results": []}
