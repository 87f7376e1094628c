"""One session for every thread: opened once, renewed once, refused once."""

import contextlib
import threading

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, update_secrets

from source_billcom.api.session import Session
from source_billcom.errors import ConnectorError, config_error
from unit_tests.fakes import FakeClock, in_threads

REFUSAL = config_error("BILL refuses the session.")


class Logins:
    """A sign-in that hands out session-1, session-2..., or refuses."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.count = 0
        self.refusal = refusal
        self.at_once = threading.Semaphore(1)

    def __call__(self) -> str:
        assert self.at_once.acquire(blocking=False), "two logins at the same time"
        self.count += 1
        number = self.count
        self.at_once.release()
        if self.refusal:
            raise self.refusal
        return f"session-{number}"


class TestOpening:
    def test_nobody_signs_in_before_a_session_is_needed(self) -> None:
        logins = Logins()

        Session(logins, FakeClock())

        assert logins.count == 0

    def test_twenty_threads_that_start_at_once_share_one_login(self) -> None:
        logins = Logins()
        session = Session(logins, FakeClock())

        ids = in_threads(20, lambda _: session.current())

        assert ids == ["session-1"] * 20
        assert logins.count == 1

    def test_the_session_id_is_masked_in_logs_from_then_on(self) -> None:
        session = Session(lambda: "a-long-session-id-of-bill", FakeClock())
        try:
            session.current()

            assert "a-long-session-id" not in filter_secrets("with a-long-session-id-of-bill")
        finally:
            update_secrets([])


class TestIdleTime:
    def test_a_session_in_use_is_never_renewed(self) -> None:
        clock, logins = FakeClock(), Logins()
        session = Session(logins, clock)

        for _ in range(100):
            session.used(session.current())
            clock.advance(minutes=20)

        assert logins.count == 1

    @pytest.mark.parametrize("minutes", [35, 60, 60 * 49])
    def test_a_session_that_bill_has_dropped_for_idleness_is_not_handed_out(
        self, minutes: int
    ) -> None:
        clock, logins = FakeClock(), Logins()
        session = Session(logins, clock)
        session.current()

        clock.advance(minutes=minutes)

        assert session.current() == "session-2"

    def test_asking_for_the_session_is_not_using_it(self) -> None:
        clock, logins = FakeClock(), Logins()
        session = Session(logins, clock)

        for _ in range(4):
            session.current()
            clock.advance(minutes=10)

        assert session.current() == "session-2"

    def test_the_use_of_a_replaced_session_does_not_prolong_the_new_one(self) -> None:
        clock = FakeClock()
        session = Session(Logins(), clock)
        session.renew(session.current(), REFUSAL)
        clock.advance(minutes=20)

        session.used("session-1")
        clock.advance(minutes=20)

        assert session.current() == "session-3"

    def test_twenty_threads_that_find_it_idle_share_one_renewal(self) -> None:
        clock, logins = FakeClock(), Logins()
        session = Session(logins, clock)
        session.current()
        clock.advance(minutes=40)

        ids = in_threads(20, lambda _: session.current())

        assert ids == ["session-2"] * 20
        assert logins.count == 2


class TestRenewal:
    def test_twenty_threads_refused_at_once_share_one_renewal(self) -> None:
        logins = Logins()
        session = Session(logins, FakeClock())
        refused = session.current()

        ids = in_threads(20, lambda _: session.renew(refused, REFUSAL))

        assert ids == ["session-2"] * 20
        assert logins.count == 2

    def test_a_late_refusal_of_an_old_session_does_not_cost_the_new_one(self) -> None:
        logins = Logins()
        session = Session(logins, FakeClock())
        old = session.current()
        session.renew(old, REFUSAL)

        assert session.renew(old, REFUSAL) == "session-2"
        assert session.current() == "session-2"
        assert logins.count == 2


class TestNewerSession:
    def test_it_is_the_one_that_took_the_place_of_the_given(self) -> None:
        session = Session(Logins(), FakeClock())
        old = session.current()
        assert session.newer_than(old) == old

        session.renew(old, REFUSAL)

        assert session.newer_than(old) == "session-2"

    def test_asking_for_it_never_signs_in_nor_keeps_the_session_from_growing_idle(self) -> None:
        clock, logins = FakeClock(), Logins()
        session = Session(logins, clock)
        session.current()
        clock.advance(minutes=40)

        assert session.newer_than("session-1") == "session-1"
        assert logins.count == 1
        assert session.current() == "session-2"

    def test_after_closing_there_is_none_for_calls_that_have_not_set_out(self) -> None:
        session = Session(Logins(), FakeClock())
        session.current()
        session.close()

        with pytest.raises(ConnectorError, match="stopped"):
            session.newer_than("session-1")

    def test_who_asks_while_another_signs_in_is_not_held_up(self) -> None:
        asked: list[object] = []

        def sign_in() -> str:
            # the login may be waiting for the place that the asking call has
            asked.extend(in_threads(1, lambda _: session.newer_than("session-1")))
            return "session-2"

        session = Session(sign_in, FakeClock())
        session.current()

        assert asked == ["session-1"]
        assert session.newer_than("session-1") == "session-2"


class TestSessionsRefusedUnused:
    def test_a_few_new_sessions_refused_in_a_row_are_the_end(self) -> None:
        logins = Logins()
        session = Session(logins, FakeClock())

        for _ in range(4):
            session.renew(session.current(), REFUSAL)
        with pytest.raises(ConnectorError, match="refuses the session"):
            session.renew("session-5", REFUSAL)

        assert logins.count == 5
        assert session.is_closed

    def test_a_session_used_in_between_starts_the_count_anew(self) -> None:
        session = Session(Logins(), FakeClock())

        for _ in range(20):
            session.used(session.current())
            session.renew(session.current(), REFUSAL)

        assert session.current() == "session-21"


class TestRefusedLogin:
    def test_it_is_final_for_every_thread_and_called_once(self) -> None:
        refusal = config_error("Wrong password.")
        logins = Logins(refusal)
        session = Session(logins, FakeClock())

        results = in_threads(20, lambda _: session.current())

        assert results == [refusal] * 20
        assert logins.count == 1
        assert session.is_closed

    def test_it_is_final_for_renewals_too(self) -> None:
        logins = Logins()
        session = Session(logins, FakeClock())
        refused = session.current()
        logins.refusal = config_error("Password changed.")

        results = in_threads(20, lambda _: session.renew(refused, REFUSAL))
        with pytest.raises(ConnectorError, match="Password changed"):
            session.current()

        assert all(isinstance(result, ConnectorError) for result in results)
        assert logins.count == 2

    def test_a_crash_while_signing_in_costs_no_second_login_either(self) -> None:
        logins = Logins(RuntimeError("bug"))
        session = Session(logins, FakeClock())

        for _ in range(3):
            with pytest.raises(RuntimeError):
                session.current()

        assert logins.count == 1


class TestClosing:
    def test_the_id_is_handed_out_once_to_be_logged_out(self) -> None:
        session = Session(Logins(), FakeClock())
        session.current()

        assert session.close() == "session-1"
        assert session.close() is None

    def test_without_a_session_there_is_nothing_to_log_out(self) -> None:
        logins = Logins()

        assert Session(logins, FakeClock()).close() is None
        assert logins.count == 0

    def test_threads_that_still_run_get_no_new_one_which_would_stay_open_at_bill(self) -> None:
        logins = Logins()
        session = Session(logins, FakeClock())
        session.current()
        session.close()

        results = in_threads(10, lambda _: session.current())

        assert all(isinstance(result, ConnectorError) for result in results)
        assert logins.count == 1
        assert session.is_closed

    def test_a_refusal_is_still_told_after_closing(self) -> None:
        session = Session(Logins(config_error("Wrong password.")), FakeClock())
        for use in (session.current, session.close):
            with contextlib.suppress(ConnectorError):
                use()

        with pytest.raises(ConnectorError, match="Wrong password"):
            session.current()
