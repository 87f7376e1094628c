"""The scheduler: the order of messages, checkpoints, and what happens when a stream fails."""

import threading
from itertools import count

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.errors import ConnectorError, config_error
from source_billcom.lists.batch import Batch
from source_billcom.sync.messages import RecordPage
from source_billcom.sync.scheduler import Scheduler, sync_failure
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import NO_CURSOR_STATE
from source_billcom.times import format_time
from unit_tests.fakes import FakeClock
from unit_tests.sync.scripted_sync import (
    Scripted,
    batch,
    close,
    only,
    run_sync,
    second,
    state,
    stream_of,
    summary_of,
)

DOWN = ConnectorError.transient("BILL kept failing.")

pytestmark = pytest.mark.usefixtures("scheduler_threads")


class TestOneStream:
    def test_its_messages_are_started_running_rows_state_and_complete(self) -> None:
        said = run_sync(stream_of("bills", Scripted(batch(1, 2), batch(3))))

        assert only("bills", said) == [
            ("STARTED",),
            ("RUNNING",),
            (["1", "2"],),
            (["3"],),
            state(3),
            ("COMPLETE",),
        ]

    def test_without_rows_it_is_never_running_and_keeps_its_state(self) -> None:
        said = run_sync(stream_of("bills", Scripted(Batch([]))))

        assert [kind for kind, *_ in only("bills", said)] == ["STARTED", "state", "COMPLETE"]
        assert only("bills", said)[1][1] == second(0).isoformat()

    def test_without_a_cursor_its_only_state_comes_at_the_end(self) -> None:
        stream = stream_of("roles", Scripted(batch(1, 1_500)), has_cursor=False)

        said = only("roles", run_sync(stream))

        assert [kind for kind, *_ in said if isinstance(kind, str)] == [
            *("STARTED", "RUNNING", "state", "COMPLETE")
        ]
        assert stream.state() == NO_CURSOR_STATE

    def test_rows_are_normalized_before_they_are_emitted(self) -> None:
        stream = stream_of("bills", Scripted(Batch([{"id": "1", "amount": "1.50"}])))
        stream.normalizer = RowNormalizer("bills", {"properties": {"amount": {"type": "number"}}})

        (rows,) = [
            each for each in Scheduler([stream], FakeClock()).run() if isinstance(each, RecordPage)
        ]

        assert rows.rows == [{"id": "1", "amount": 1.5}]

    def test_a_sync_without_streams_has_no_messages(self) -> None:
        assert run_sync() == []


class TestManyStreams:
    def test_the_messages_of_each_are_in_order_whatever_the_others_do(self) -> None:
        streams = [
            stream_of(f"stream {n}", Scripted(*(batch(k * 10, 10) for k in range(40))))
            for n in range(20)
        ]

        said = run_sync(*streams)

        for stream in streams:
            own = only(stream.name, said)
            assert own[:2] == [("STARTED",), ("RUNNING",)]
            assert own[-2:] == [state(399), ("COMPLETE",)]
            rows = [identity for kind, *_ in own if isinstance(kind, list) for identity in kind]
            assert rows == [str(number) for number in range(400)]

    def test_a_state_covers_only_rows_that_were_emitted(self) -> None:
        stream = stream_of(
            "bills",
            *(
                Scripted(*(batch(n, 100) for n in range(k, k + 1_000, 100)))
                for k in range(0, 4_000, 1_000)
            ),
        )

        emitted: set[int] = set()
        for message in only("bills", run_sync(stream)):
            if isinstance(message[0], list):
                emitted.update(map(int, message[0]))
            elif message[0] == "state" and message[1] != second(0).isoformat():
                first_missing = next(number for number in count() if number not in emitted)
                assert message[1] <= format_time(second(first_missing - 1))


class TestCheckpoints:
    def test_a_state_comes_every_thousand_rows(self) -> None:
        said = run_sync(stream_of("bills", Scripted(*(batch(n * 100, 100) for n in range(25)))))

        assert [each for each in only("bills", said) if each[0] == "state"] == [
            state(999),
            state(1_999),
            state(2_499),
        ]

    def test_an_overdue_state_comes_while_no_page_does(self) -> None:
        clock, go_on = FakeClock(), threading.Event()
        stream = stream_of("bills", Scripted(batch(1), go_on, batch(2)))
        messages = Scheduler([stream], clock).run()
        said = [summary_of(next(messages)) for _ in range(3)]
        assert said[-1] == ("bills", ["1"])

        clock.advance(seconds=31)
        said = [summary_of(next(messages)), summary_of(next(messages))]

        assert only("bills", said) == [state(1)]
        go_on.set()
        assert only("bills", map(summary_of, messages)) == [(["2"],), state(2), ("COMPLETE",)]

    def test_an_overdue_state_comes_while_only_other_streams_have_pages(self) -> None:
        clock, go_on = FakeClock(), threading.Event()
        others = Scripted()
        others.steps = (batch(number) for number in range(1_000_000))
        messages = Scheduler(
            [stream_of("bills", Scripted(batch(1), go_on)), stream_of("vendors", others)],
            clock,
        ).run()
        said = []
        while ("bills", ["1"]) not in said:
            said.append(summary_of(next(messages)))

        clock.advance(seconds=31)
        said = [summary_of(next(messages)) for _ in range(20)]

        assert only("bills", said) == [state(1)]
        close(messages)
        go_on.set()

    def test_a_state_that_is_not_overdue_waits(self) -> None:
        clock = FakeClock()
        reader = Scripted(batch(1), lambda: clock.advance(seconds=29), batch(2))

        assert only("bills", run_sync(stream_of("bills", reader), clock=clock)).count(state(1)) == 0

    def test_each_state_has_an_estimate_before_it_which_is_exact_at_the_end(self) -> None:
        reader = Scripted(batch(0, 1_000), pages=2.5)

        said = only("bills", run_sync(stream_of("bills", reader)), estimates=True)

        assert said[3:-1] == [("estimate", 1_250), state(999), ("estimate", 1_000), state(999)]


class TestFailures:
    def test_a_stream_that_fails_is_incomplete_while_the_others_complete(self) -> None:
        said = run_sync(
            stream_of("bills", Scripted(batch(1), DOWN, batch(2))),
            stream_of("vendors", Scripted(batch(1))),
        )

        bills = only("bills", said)
        assert [kind for kind, *_ in bills] == [
            *("STARTED", "RUNNING", ["1"], "error", "state", "INCOMPLETE")
        ]
        assert bills[3][1].message == "BILL kept failing."
        assert bills[4] == state(1)
        assert only("vendors", said)[-1] == ("COMPLETE",)

    def test_of_several_parts_that_fail_one_error_is_reported_and_no_row_after_it(self) -> None:
        go_on = threading.Event()
        stream = stream_of(
            "bills",
            Scripted(batch(1), DOWN),
            Scripted(go_on, batch(50), DOWN),
            Scripted(go_on, batch(90), batch(91)),
        )
        said = []
        for message in Scheduler([stream], FakeClock()).run():
            said.append(summary_of(message))
            if said[-1][1] == "error":
                go_on.set()

        assert [kind for kind, *_ in only("bills", said)] == [
            *("STARTED", "RUNNING", ["1"], "error", "state", "INCOMPLETE")
        ]
        assert said[-2][2] == format_time(second(1))

    def test_the_state_is_not_past_the_part_that_failed(self) -> None:
        is_second_emitted = threading.Event()
        stream = stream_of(
            "bills", Scripted(batch(1), is_second_emitted, DOWN), Scripted(batch(50))
        )
        said = []
        for message in Scheduler([stream], FakeClock()).run():
            said.append(summary_of(message))
            if said[-1] == ("bills", ["50"]):
                is_second_emitted.set()

        assert said[-2] == ("bills", *state(1))

    @pytest.mark.parametrize("failure", [ZeroDivisionError("one by zero"), SystemExit(3)])
    def test_an_unexpected_error_is_reported_and_stops_no_other_stream(
        self, failure: BaseException
    ) -> None:
        streams = [
            stream_of("bills", Scripted(batch(1), failure)),
            stream_of("vendors", Scripted(batch(1))),
        ]

        said = run_sync(*streams)

        ((_, error),) = [each for each in only("bills", said) if each[0] == "error"]
        assert error.message.startswith(
            "The connector hit an unexpected error while reading bills. Pl"
        )
        assert type(failure).__name__ in error.stack_trace
        assert error.failure_type is FailureType.system_error
        assert only("bills", said)[-1] == ("INCOMPLETE",)
        assert only("vendors", said)[-1] == ("COMPLETE",)
        assert "bills" in str(sync_failure(streams))

    def test_a_row_that_cannot_be_normalized_fails_its_stream_alone(self) -> None:
        stream = stream_of("bills", Scripted(Batch([None])))  # type: ignore[list-item]

        said = run_sync(stream, stream_of("vendors", Scripted(batch(1))))

        assert only("bills", said)[-1] == ("INCOMPLETE",)
        assert only("vendors", said)[-1] == ("COMPLETE",)


class TestSyncFailure:
    @pytest.mark.parametrize(
        ("failures", "kind"),
        [
            ([[config_error("Fix it.")]], FailureType.config_error),
            ([[RuntimeError("bug")]], FailureType.system_error),
            ([[SystemExit()]], FailureType.system_error),
            ([[DOWN]], FailureType.transient_error),
            ([[AirbyteTracedException()]], FailureType.system_error),
            ([[config_error("Fix it.")], [DOWN]], FailureType.transient_error),
            ([[config_error("Fix it.")], [RuntimeError("bug")]], FailureType.system_error),
            ([[RuntimeError("bug"), DOWN]], FailureType.transient_error),
        ],
    )
    def test_its_type_is_transient_before_system_before_configuration(
        self, failures: list[list[BaseException]], kind: FailureType
    ) -> None:
        streams = [stream_of(f"stream {n}") for n in range(len(failures) + 1)]
        for stream, its_failures in zip(streams, failures, strict=False):
            stream.failures.extend(its_failures)

        error = sync_failure(streams)

        assert error is not None
        assert error.failure_type is kind
        names = ", ".join(f"stream {n}" for n in range(len(failures)))
        assert str(error).startswith(f"These streams did not complete: {names}. ")

    def test_without_a_failed_stream_there_is_none(self) -> None:
        assert sync_failure([stream_of("bills")]) is None
