"""Any way to authenticate works with the client: an API token is ten lines."""

import pytest

from source_billcom.api.auth import Authenticator, Caller, Headers
from source_billcom.api.client import BillClient, SharedClientState
from source_billcom.api.client_pool import ClientPool
from source_billcom.api.error_handling import ErrorResolution
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyWindow, RateLimits, Slots
from source_billcom.api.retry import READ_RETRY_POLICY, Attempts
from source_billcom.errors import ConnectorError, config_error
from unit_tests.fakes import CONNECTOR_CONFIG, FakeBill, FakeClock, answer, bill_error, page

BILLS = "/v3/bills"


class ApiToken(Authenticator):
    """A token that is sent with each call."""

    def headers(self, caller: Caller) -> Headers:  # noqa: ARG002
        return {"apiToken": "token-of-a-company"}

    def rejected(
        self,
        headers: Headers,  # noqa: ARG002
        rejection: ErrorResolution,  # noqa: ARG002
        attempts: Attempts,
        caller: Caller,  # noqa: ARG002
    ) -> None:
        raise config_error(f"The API token was refused while {attempts.what}.")


class Bench:
    """A client with an API token, of a fake BILL."""

    def __init__(self) -> None:
        self.bill, clock = FakeBill(), FakeClock()
        limits = RateLimits(HourlyWindow(clock), Slots(CALLS_AT_ONCE))
        self.shared = SharedClientState(CONNECTOR_CONFIG, limits, clock, self.bill, ApiToken())
        self.client = BillClient(self.shared)

    def get(self) -> object:
        """Read the bills."""
        return self.client.get(BILLS, {}, "reading bills", lambda body: "results" in (body or {}))

    def failure(self) -> str:
        """Return what reading the bills fails with."""
        with pytest.raises(ConnectorError) as caught:
            self.get()
        return str(caught.value)


@pytest.fixture
def bench() -> Bench:
    """Return a client that has made no call."""
    return Bench()


class TestApiToken:
    def test_it_is_sent_without_a_login(self, bench: Bench) -> None:
        bench.client.sign_in()
        bench.get()

        (call,) = bench.bill.calls
        assert call.headers == {"apiToken": "token-of-a-company"}

    @pytest.mark.parametrize("refusal", [answer(401, b""), bill_error("BDC_1109", 401)])
    def test_its_refusal_is_final(self, bench: Bench, refusal: object) -> None:
        bench.bill.on(BILLS, refusal)  # type: ignore[arg-type]

        assert bench.failure() == "The API token was refused while reading bills."
        assert len(bench.bill.calls) == 1

    def test_outages_are_retried(self, bench: Bench) -> None:
        bench.bill.on(BILLS, answer(503, b""), page([{"id": "1"}]))

        assert bench.get() == {"results": [{"id": "1"}]}

    def test_a_foreign_first_response_points_at_base_url(self, bench: Bench) -> None:
        bench.bill.on(BILLS, answer(404, b"<html>"))

        assert "There is no BILL API at Base URL" in bench.failure()

    def test_after_a_good_response_a_foreign_one_may_pass(self, bench: Bench) -> None:
        bench.get()
        bench.bill.on(BILLS, answer(422, b"<html>"), page([{"id": "1"}]))

        assert bench.get() == {"results": [{"id": "1"}]}

    def test_in_a_pool_there_is_nothing_to_log_out(self) -> None:
        bill = FakeBill()
        pool = ClientPool(FakeClock(), lambda _: bill)

        with pool.lease(CONNECTOR_CONFIG, READ_RETRY_POLICY, ApiToken()) as client:
            client.get(BILLS, {}, "reading bills", lambda _: True)

        assert [call.path for call in bill.calls] == [BILLS]
