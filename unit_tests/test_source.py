"""The source in process: streams, check and read, on a BILL without network."""

import logging
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    FailureType,
    Level,
    Status,
    SyncMode,
)
from airbyte_cdk.test.catalog_builder import CatalogBuilder
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput, read
from airbyte_cdk.test.state_builder import StateBuilder
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.api.client_pool import ClientPool
from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.api.transport import Response
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError, TransportError
from source_billcom.source import SourceBillcom
from testing.streams import STREAMS
from unit_tests.fakes import (
    CONFIG,
    LOGIN,
    NOW,
    Call,
    FakeBill,
    FakeClock,
    answer,
    bill_error,
    page,
    parse_the_cdks_schema_once,
    row,
)
from unit_tests.lists.small_list import SmallList

LOGOUT = "/v3/logout"
COMPLETE, INCOMPLETE = AirbyteStreamStatus.COMPLETE, AirbyteStreamStatus.INCOMPLETE
YESTERDAY = NOW - timedelta(days=1)
LAST_WEEK = datetime(2026, 3, 3, 9, 0, 0, tzinfo=UTC)
LOGGER = logging.getLogger("airbyte.SourceBillcom")


@pytest.fixture
def clock() -> FakeClock:
    """Return the time as the connector sees it."""
    return FakeClock()


@pytest.fixture(autouse=True)
def bill(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> FakeBill:
    """Put a fake BILL behind every connection of this test."""
    fake = FakeBill()
    parse_the_cdks_schema_once(monkeypatch)
    monkeypatch.setattr("source_billcom.source.Clock", lambda: clock)
    monkeypatch.setattr("source_billcom.source.CLIENT_POOL", ClientPool(clock, lambda _: fake))
    return fake


def catalog_of(*streams: str, mode: SyncMode = SyncMode.incremental) -> ConfiguredAirbyteCatalog:
    """Return a catalog of these streams."""
    builder = CatalogBuilder()
    for stream in streams:
        builder.with_stream(stream, mode)
    return builder.build()


def state_of(stream: str, moment: datetime) -> list[AirbyteStateMessage]:
    """Return the saved state of one stream."""
    return StateBuilder().with_stream_state(stream, {"updatedTime": moment.isoformat()}).build()


def read_all(
    source: SourceBillcom,
    catalog: ConfiguredAirbyteCatalog,
    state: list[AirbyteStateMessage] | None = None,
) -> list[AirbyteMessage]:
    """Read to the end and return every message."""
    return list(source.read(LOGGER, CONFIG, catalog, state))


def run_read(
    catalog: ConfiguredAirbyteCatalog, state: list[AirbyteStateMessage] | None = None
) -> EntrypointOutput:
    """Read as the command does, and return what it would print."""
    source = SourceBillcom(catalog, CONFIG, state)
    return read(source, CONFIG, catalog, state, expecting_exception=False)


def states_in(messages: Iterable[AirbyteMessage]) -> list[Any]:
    """Return the updatedTime of every state message."""
    return [
        vars(message.state.stream.stream_state).get("updatedTime")
        for message in messages
        if message.state and message.state.stream and message.state.stream.stream_state
    ]


def statuses_of(messages: Iterable[AirbyteMessage]) -> dict[str, AirbyteStreamStatus]:
    """Return the last status of each stream."""
    return {
        message.trace.stream_status.stream_descriptor.name: message.trace.stream_status.status
        for message in messages
        if message.trace and message.trace.stream_status
    }


def lower_bounds(bill: FakeBill, path: str) -> list[str]:
    """Return from when on each call asked for changes."""
    return [call.params["filters"].split('"')[1] for call in bill.calls_to(path)]


def final_error(output: EntrypointOutput) -> Any:
    """Return the error that belongs to no stream, which ends the process."""
    (error,) = [
        message.trace.error
        for message in output.errors
        if message.trace and message.trace.error and not message.trace.error.stream_descriptor
    ]
    return error


def stream_errors(output: EntrypointOutput) -> dict[str, Any]:
    """Return the errors that belong to a stream."""
    return {
        message.trace.error.stream_descriptor.name: message.trace.error
        for message in output.errors
        if message.trace and message.trace.error and message.trace.error.stream_descriptor
    }


class TestStreams:
    def test_all_streams_are_built_without_a_call(self, bill: FakeBill) -> None:
        streams = SourceBillcom(config=CONFIG).streams(CONFIG)

        assert [stream.name for stream in streams] == list(STREAMS)
        assert bill.calls == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [("anchor_date", "garbage"), ("anchor_date", 5), ("lookback_window", "10m")],
    )
    def test_discover_with_a_wrong_value_raises_the_message_of_a_check(
        self, name: str, value: object
    ) -> None:
        config = {**CONFIG, name: value}
        source = SourceBillcom(config=config)

        with pytest.raises(ConnectorError) as caught:
            source.discover(LOGGER, config)

        assert str(caught.value) == source.check(LOGGER, config).message

    def test_discover_needs_no_call(self, bill: FakeBill) -> None:
        catalog = SourceBillcom().discover(LOGGER, CONFIG)

        assert [stream.name for stream in catalog.streams] == list(STREAMS)
        assert bill.calls == []

    def test_a_source_built_without_a_config_can_be_given_one_later(self, bill: FakeBill) -> None:
        bill.on("/v3/roles", page([row("1")]))

        messages = read_all(SourceBillcom(), catalog_of("roles", mode=SyncMode.full_refresh))

        assert [m.record.data["id"] for m in messages if m.record] == ["1"]


class TestCheck:
    @staticmethod
    def check() -> tuple[Status, str]:
        """Return what check says."""
        result = SourceBillcom(config=CONFIG).check(LOGGER, CONFIG)
        assert isinstance(result.status, Status)
        return result.status, result.message or ""

    def test_it_signs_in_once_and_asks_for_every_stream_once(self, bill: FakeBill) -> None:
        assert self.check() == (Status.SUCCEEDED, "")
        assert bill.logins == 1
        assert len(bill.calls) == len(STREAMS) + 2
        assert bill.most_in_flight <= 3

    def test_it_logs_out(self, bill: FakeBill) -> None:
        self.check()

        assert len(bill.calls_to(LOGOUT)) == 1

    @pytest.mark.parametrize(
        ("code", "words"),
        [("BDC_1101", "password"), ("BDC_1102", "developer key"), ("BDC_1123", "organization ID")],
    )
    def test_refused_credentials_fail_in_one_sentence_after_one_login(
        self, bill: FakeBill, code: str, words: str
    ) -> None:
        bill.on(LOGIN, bill_error(code))

        status, message = self.check()

        assert status is Status.FAILED
        assert words in message
        assert len(bill.calls) == 1

    def test_a_configuration_that_cannot_be_fails_without_a_call(self, bill: FakeBill) -> None:
        config = {**CONFIG, "anchor_date": "2030-01-01"}

        result = SourceBillcom(config=config).check(LOGGER, config)

        assert result.status is Status.FAILED
        assert "future" in str(result.message)
        assert bill.calls == []

    def test_streams_that_cannot_be_read_are_named_while_the_others_can(
        self, bill: FakeBill, caplog: pytest.LogCaptureFixture
    ) -> None:
        for path in ("/v3/users", "/v3/funding-accounts/banks"):
            bill.on(path, bill_error("BDC_1145", 403))

        with caplog.at_level(logging.WARNING):
            status, message = self.check()

        assert status is Status.SUCCEEDED
        assert "users, bank_accounts" in message
        assert "permission" in message
        assert "reading users" in caplog.text
        assert "reading bank_accounts" in caplog.text

    def test_credentials_that_were_corrected_are_tried_again(self, bill: FakeBill) -> None:
        bill.on(LOGIN, bill_error("BDC_1101"), answer(200, {"sessionId": "good"}))

        assert self.check()[0] is Status.FAILED
        assert self.check()[0] is Status.SUCCEEDED


class TestForbiddenStreams:
    def test_streams_that_the_user_may_not_read_are_returned_with_their_reason(
        self, bill: FakeBill
    ) -> None:
        bill.on("/v3/users", bill_error("BDC_1145", 403))
        bill.on("/v3/payments", bill_error("BDC_1145", 403))

        forbidden = SourceBillcom().forbidden_streams(CONFIG, ["bills", "payments"])

        assert list(forbidden) == ["payments"]
        assert "denied this user permission while reading payments" in str(forbidden["payments"])
        assert bill.calls_to("/v3/users") == []

    def test_a_stream_with_an_outage_is_not_among_them(self, bill: FakeBill) -> None:
        bill.on("/v3/bills", answer(503, b""))

        assert SourceBillcom().forbidden_streams(CONFIG, ["bills", "vendors"]) == {}

    def test_a_lease_around_it_and_a_read_makes_them_share_one_login(
        self, bill: FakeBill, clock: FakeClock
    ) -> None:
        clients = ClientPool(clock, lambda _: bill)
        source = SourceBillcom(clients=clients)
        checked = ConnectorConfig.from_config(CONFIG, clock.now())

        with clients.lease(checked, READ_RETRY_POLICY):
            source.forbidden_streams(CONFIG, ["bills"])
            read_all(source, catalog_of("bills"))

        assert len(bill.calls_to(LOGIN)) == 1
        assert len(bill.calls_to(LOGOUT)) == 1

    def test_refused_credentials_cost_one_login(self, bill: FakeBill) -> None:
        bill.on(LOGIN, bill_error("BDC_1101", 401))

        with pytest.raises(ConnectorError, match="does not know this username and password"):
            SourceBillcom().forbidden_streams(CONFIG, ["bills"])

        assert len(bill.calls) == 1


class TestRead:
    def test_all_streams_share_one_login(self, bill: FakeBill) -> None:
        source = SourceBillcom(config=CONFIG)
        names = [stream.name for stream in source.streams(CONFIG)]

        messages = read_all(source, catalog_of(*names, mode=SyncMode.full_refresh))

        assert bill.logins == 1
        asked_again = [call for call in bill.calls if "archived" in call.params.get("filters", "")]
        assert len(bill.calls) - len(asked_again) == len(STREAMS) + 2
        assert bill.calls[-1].path == LOGOUT
        assert bill.most_in_flight <= 3
        assert sum(bool(message.state) for message in messages) >= len(STREAMS)

    def test_records_are_bills_rows_untouched(self, bill: FakeBill) -> None:
        rows = [row("1", YESTERDAY, amount=0.1, newField={"a": [1, None]}), row("2", YESTERDAY)]
        bill.on("/v3/bills", page(rows))

        messages = read_all(SourceBillcom(config=CONFIG), catalog_of("bills"))

        assert [message.record.data for message in messages if message.record] == rows

    def test_the_state_is_the_newest_time_seen(self, bill: FakeBill) -> None:
        bill.on("/v3/bills", page([row("1", LAST_WEEK), row("2", YESTERDAY)]))

        messages = read_all(SourceBillcom(config=CONFIG), catalog_of("bills"))

        assert states_in(messages)[-1] == "2026-03-09T12:20:30.000Z"

    def test_a_first_incremental_sync_begins_at_the_default_anchor(self, bill: FakeBill) -> None:
        read_all(SourceBillcom(config=CONFIG), catalog_of("bills"))

        assert lower_bounds(bill, "/v3/bills") == ["2025-03-10T12:20:30.000Z"]

    def test_a_full_refresh_reads_what_lies_before_the_anchor_too(self, bill: FakeBill) -> None:
        read_all(SourceBillcom(config=CONFIG), catalog_of("bills", mode=SyncMode.full_refresh))

        assert lower_bounds(bill, "/v3/bills") == ["2000-01-01T00:00:00.000Z"]

    def test_a_list_without_updated_time_is_asked_for_no_time(self, bill: FakeBill) -> None:
        names = ("recurring_bills", "recurring_invoices")
        read_all(SourceBillcom(config=CONFIG), catalog_of(*names, mode=SyncMode.full_refresh))

        for path in ("/v3/recurringbills", "/v3/recurring-invoices"):
            assert [dict(call.params) for call in bill.calls_to(path)] == [{"max": "100"}]

    def test_a_state_given_only_to_read_is_continued_from(self, bill: FakeBill) -> None:
        source = SourceBillcom(config=CONFIG)

        read_all(source, catalog_of("bills"), state_of("bills", LAST_WEEK))

        assert lower_bounds(bill, "/v3/bills") == ["2026-03-03T08:50:00.000Z"]

    def test_a_state_given_to_the_constructor_is_continued_from(self, bill: FakeBill) -> None:
        source = SourceBillcom(config=CONFIG, state=state_of("bills", LAST_WEEK))

        read_all(source, catalog_of("bills"))

        assert lower_bounds(bill, "/v3/bills") == ["2026-03-03T08:50:00.000Z"]

    def test_a_state_given_only_to_read_survives_a_config_given_only_to_read(
        self, bill: FakeBill
    ) -> None:
        read_all(SourceBillcom(), catalog_of("bills"), state_of("bills", LAST_WEEK))

        assert lower_bounds(bill, "/v3/bills") == ["2026-03-03T08:50:00.000Z"]

    def test_an_empty_sync_leaves_the_state_as_it_was(self) -> None:
        messages = read_all(
            SourceBillcom(config=CONFIG), catalog_of("bills"), state_of("bills", LAST_WEEK)
        )

        assert set(states_in(messages)) == {LAST_WEEK.isoformat()}

    def test_the_same_source_reads_a_second_time(self, bill: FakeBill, clock: FakeClock) -> None:
        bill.on("/v3/bills", page([row("1", LAST_WEEK)]))
        source = SourceBillcom(config=CONFIG)
        catalog = catalog_of("bills")
        read_all(source, catalog, [])
        clock.advance(minutes=10)

        messages = read_all(source, catalog, state_of("bills", LAST_WEEK))

        assert [m.record.data["id"] for m in messages if m.record] == ["1"]
        assert states_in(messages)[-1] == LAST_WEEK.isoformat()
        assert lower_bounds(bill, "/v3/bills")[1] == "2026-03-03T08:50:00.000Z"
        assert "2026-03-10T12:30:30.000Z" in bill.calls_to("/v3/bills")[1].params["filters"]
        assert (bill.logins, len(bill.calls_to(LOGOUT))) == (2, 2)

    def test_a_state_given_to_one_read_is_not_used_by_the_next(self, bill: FakeBill) -> None:
        source = SourceBillcom(config=CONFIG)
        read_all(source, catalog_of("bills"), state_of("bills", LAST_WEEK))

        read_all(source, catalog_of("bills"))

        # a year before the sync, the default of the anchor date
        assert lower_bounds(bill, "/v3/bills")[1] == "2025-03-10T12:20:30.000Z"

    def test_a_config_given_to_one_read_is_not_used_by_the_next(self, bill: FakeBill) -> None:
        source = SourceBillcom()
        list(source.read(LOGGER, {**CONFIG, "anchor_date": "2024-01-01"}, catalog_of("bills")))

        read_all(source, catalog_of("bills"))

        assert lower_bounds(bill, "/v3/bills")[0] == "2024-01-01T00:00:00.000Z"
        assert lower_bounds(bill, "/v3/bills")[1] == "2025-03-10T12:20:30.000Z"

    def test_a_read_that_its_caller_leaves_early_logs_out(self, bill: FakeBill) -> None:
        bill.on("/v3/bills", page([row("1", YESTERDAY)]))
        messages = SourceBillcom(config=CONFIG).read(LOGGER, CONFIG, catalog_of("bills"))
        next(messages)

        messages.close()  # type: ignore[attr-defined]

        assert len(bill.calls_to(LOGOUT)) == 1

    def test_a_read_that_fails_logs_out(self, bill: FakeBill) -> None:
        bill.on("/v3/bills", bill_error("BDC_1145", 403))

        with pytest.raises(ConnectorError):
            read_all(SourceBillcom(config=CONFIG), catalog_of("bills"))

        assert len(bill.calls_to(LOGOUT)) == 1

    def test_a_check_during_a_read_takes_neither_its_session_nor_its_retry_policy(
        self, bill: FakeBill
    ) -> None:
        is_checked = threading.Event()

        def hourly_limit_reached(_: Call) -> Response:
            assert is_checked.wait(60)
            return bill_error("BDC_1144", 422)

        bill.on("/v3/bills", hourly_limit_reached, page([row("1", YESTERDAY)]))
        bill.on("/v3/vendors", page())
        messages = SourceBillcom(config=CONFIG).read(LOGGER, CONFIG, catalog_of("bills"))
        first = next(messages)  # a thread reads bills now

        status = SourceBillcom(config=CONFIG).check(LOGGER, CONFIG)

        assert status.status is Status.SUCCEEDED
        assert (bill.logins, len(bill.calls_to(LOGOUT))) == (1, 0)
        is_checked.set()
        # waits for the next hour, which a check would not do
        assert statuses_of([first, *messages]) == {"bills": COMPLETE}

    def test_a_second_read_given_an_empty_state_starts_again(self, bill: FakeBill) -> None:
        bill.on("/v3/bills", page([row("1", LAST_WEEK)]))
        source = SourceBillcom(config=CONFIG)

        for _ in range(2):
            read_all(source, catalog_of("bills"), [])

        assert lower_bounds(bill, "/v3/bills") == ["2025-03-10T12:20:30.000Z"] * 2

    def test_a_second_read_given_no_state_begins_where_the_first_did(self, bill: FakeBill) -> None:
        bill.on("/v3/bills", page([row("1", LAST_WEEK)]))
        source = SourceBillcom(config=CONFIG)

        for _ in range(2):
            read_all(source, catalog_of("bills"))

        assert lower_bounds(bill, "/v3/bills") == ["2025-03-10T12:20:30.000Z"] * 2

    def test_a_session_that_ends_in_mid_read_costs_one_login_and_no_row(
        self, bill: FakeBill
    ) -> None:
        paths = {"bills": "/v3/bills", "vendors": "/v3/vendors", "payments": "/v3/payments"}
        for path in paths.values():
            rows = SmallList(now=NOW)
            for number in range(250):
                rows.put(str(number), LAST_WEEK + timedelta(seconds=number), YESTERDAY)
            # whoever calls after the first page of each list meets a session that is gone
            rows.before_call = lambda: bill.expired.add("session-1")
            bill.on(path, rows)

        messages = read_all(SourceBillcom(config=CONFIG), catalog_of(*paths))

        read = Counter((m.record.stream, m.record.data["id"]) for m in messages if m.record)
        assert read == Counter({(name, str(number)): 1 for name in paths for number in range(250)})
        assert bill.logins == 2


class TestFailures:
    def test_wrong_credentials_are_told_once_before_any_stream_starts(self, bill: FakeBill) -> None:
        bill.on(LOGIN, bill_error("BDC_1101"))
        messages: list[AirbyteMessage] = []

        with pytest.raises(ConnectorError, match="username and password") as caught:
            messages.extend(SourceBillcom(config=CONFIG).read(LOGGER, CONFIG, catalog_of("bills")))

        assert caught.value.failure_type is FailureType.config_error
        assert messages == []
        assert bill.logins == 1

    def test_a_stream_the_user_may_not_read_is_incomplete_while_the_others_complete(
        self, bill: FakeBill
    ) -> None:
        bill.on("/v3/payments", bill_error("BDC_1145", 403))
        bill.on("/v3/vendors", page([row("1", YESTERDAY)]))

        output = run_read(catalog_of("bills", "payments", "vendors"))

        assert output.get_stream_statuses("payments")[-1] is INCOMPLETE
        assert output.get_stream_statuses("bills")[-1] is COMPLETE
        assert output.get_stream_statuses("vendors")[-1] is COMPLETE
        assert [message.record.data["id"] for message in output.records if message.record] == ["1"]

    def test_rows_before_the_failure_are_kept_and_the_state_does_not_pass_them(
        self, bill: FakeBill
    ) -> None:
        rows = [
            row(str(number), LAST_WEEK - timedelta(seconds=9 - number), createdTime=birth)
            for number, birth in enumerate(["2026-02-01T08:00:00Z", "2026-01-01T08:00:00Z"] * 5)
        ]
        bill.on("/v3/bills", page(rows, "b"), bill_error("BDC_4711", 400))

        output = run_read(catalog_of("bills"))

        assert len(output.records) == 10
        assert output.get_stream_statuses("bills")[-1] is INCOMPLETE
        assert set(states_in(output.state_messages)) <= {"2026-03-03T09:00:00.000Z", None}

    def test_its_trace_is_one_sentence_without_a_stack(self, bill: FakeBill) -> None:
        bill.on("/v3/payments", bill_error("BDC_1145", 403))

        error = stream_errors(run_read(catalog_of("payments")))["payments"]

        assert "denied this user permission while reading payments" in error.message
        assert error.failure_type is FailureType.config_error
        assert error.stack_trace is None
        assert error.internal_message == "HTTP 403, BDC_1145: BILL's own words"

    def test_the_closing_error_has_no_stack_either(self, bill: FakeBill) -> None:
        bill.on("/v3/payments", bill_error("BDC_1145", 403))

        error = final_error(run_read(catalog_of("payments")))

        assert not error.stack_trace
        assert "payments" in error.message

    def test_no_log_line_shows_a_traceback_and_one_shows_the_sentence(self, bill: FakeBill) -> None:
        bill.on("/v3/payments", bill_error("BDC_1145", 403))

        output = run_read(catalog_of("bills", "payments"))

        lines = [message.log.message for message in output.logs if message.log]
        assert not [line for line in lines if "Traceback" in line or 'File "' in line]
        errors = [m.log.message for m in output.logs if m.log and m.log.level is Level.ERROR]
        assert any("denied this user permission while reading payments" in line for line in errors)

    @pytest.mark.parametrize(
        ("failures", "kind"),
        [
            ({"/v3/payments": bill_error("BDC_1145", 403)}, FailureType.config_error),
            ({"/v3/payments": answer(503, b"")}, FailureType.transient_error),
            ({"/v3/payments": bill_error("BDC_4711", 400)}, FailureType.system_error),
            (
                {"/v3/payments": bill_error("BDC_1145", 403), "/v3/bills": answer(503, b"")},
                FailureType.transient_error,
            ),
            (
                {"/v3/payments": bill_error("BDC_4711", 400), "/v3/bills": answer(503, b"")},
                FailureType.transient_error,
            ),
        ],
    )
    def test_the_closing_error_is_of_the_kind_of_its_causes(
        self, bill: FakeBill, failures: dict[str, Response], kind: FailureType
    ) -> None:
        for path, failure in failures.items():
            bill.on(path, failure)

        with pytest.raises(AirbyteTracedException) as caught:
            read_all(SourceBillcom(config=CONFIG), catalog_of("bills", "payments", "vendors"))

        assert caught.value.failure_type is kind

    def test_a_saved_state_in_the_future_fails_its_stream_alone(self) -> None:
        future = state_of("bills", NOW + timedelta(days=400))

        output = run_read(catalog_of("bills", "vendors"), future)

        assert output.get_stream_statuses("bills")[-1] is INCOMPLETE
        assert output.get_stream_statuses("vendors")[-1] is COMPLETE
        assert "future" in stream_errors(output)["bills"].message

    def test_a_saved_state_that_is_no_time_fails_in_one_sentence(self) -> None:
        state = StateBuilder().with_stream_state("bills", {"updatedTime": "soon"}).build()

        error = stream_errors(run_read(catalog_of("bills"), state))["bills"]

        assert "not a valid time" in error.message

    def test_a_spoilt_state_of_a_stream_not_selected_does_no_harm(self, bill: FakeBill) -> None:
        state = StateBuilder().with_stream_state("bills", {"updatedTime": "soon"}).build()

        read_all(SourceBillcom(config=CONFIG), catalog_of("vendors"), state)

        assert len(bill.calls_to("/v3/vendors")) == 1

    def test_a_stream_that_does_not_exist_is_incomplete_while_the_others_complete(self) -> None:
        output = run_read(catalog_of("bills", "no_such_stream"))

        assert output.get_stream_statuses("no_such_stream") == [INCOMPLETE]
        assert output.get_stream_statuses("bills")[-1] is COMPLETE

    def test_a_stream_that_does_not_exist_fails_the_sync_by_its_name(self) -> None:
        with pytest.raises(ConnectorError, match="no_such_stream") as caught:
            read_all(SourceBillcom(config=CONFIG), catalog_of("bills", "no_such_stream"))

        assert caught.value.failure_type is FailureType.config_error

    def test_of_many_that_do_not_exist_a_few_are_named_and_those_in_brief(self) -> None:
        names = [f"stream_{number}" for number in range(7)] + ["a" * 500]

        with pytest.raises(ConnectorError) as caught:
            read_all(SourceBillcom(config=CONFIG), catalog_of("bills", *names))

        few = "stream_0, stream_1, stream_2, stream_3"
        assert f": {'a' * 60}, {few} and 3 more. " in str(caught.value)

    def test_as_many_as_can_be_named_are(self) -> None:
        names = [f"stream_{number}" for number in range(5)]

        with pytest.raises(ConnectorError) as caught:
            read_all(SourceBillcom(config=CONFIG), catalog_of(*names))

        assert f": {', '.join(names)}. " in str(caught.value)

    def test_neither_session_nor_secrets_are_printed(self, bill: FakeBill) -> None:
        session = "session-id-nobody-may-see"
        bill.on(LOGIN, answer(200, {"sessionId": session}))
        told = f"{session} {CONFIG['dev_key']} {CONFIG['password']}"
        bill.on("/v3/bills", bill_error("BDC_4711", 400, told))

        output = run_read(catalog_of("bills"))

        printed = " ".join(str(message) for message in [*output.logs, *output.errors])
        assert "BDC_4711" in printed
        for secret in (session, CONFIG["dev_key"], CONFIG["password"]):
            assert secret not in printed


class TestOutage:
    def test_once_bill_cannot_be_reached_all_streams_stop_together(
        self, bill: FakeBill, clock: FakeClock
    ) -> None:
        def last_answer(_: Call) -> Response:
            bill.silence = TransportError("no connection", unreachable=True)
            return answer(200, {"sessionId": "session-1"})

        bill.on(LOGIN, last_answer)

        output = run_read(catalog_of(*STREAMS), state_of("vendors", LAST_WEEK))

        # less than five minutes although the fake clock adds the waits of all threads
        assert clock.now() - NOW <= timedelta(minutes=5)
        statuses = statuses_of(output.get_message_iterator())
        assert statuses == dict.fromkeys(STREAMS, INCOMPLETE)
        errors = stream_errors(output)
        assert errors.keys() == STREAMS.keys()
        assert {error.failure_type for error in errors.values()} == {FailureType.transient_error}
        (said,) = {(error.message, error.internal_message) for error in errors.values()}
        assert said[0].startswith("BILL could not be reached for several minutes, so all streams")
        assert said[1] == "no complete response: no connection"
        assert LAST_WEEK.isoformat() in states_in(output.state_messages)
