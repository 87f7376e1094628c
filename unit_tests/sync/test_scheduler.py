"""All streams read at once: what is told in which order, what a failure leaves, who reads what."""

import threading
from itertools import count

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.errors import ConnectorError, config_error
from source_billcom.lists.batch import Batch
from source_billcom.sync.scheduler import RecordPage, Scheduler, failure_of
from source_billcom.sync.schema_normalization import RowNormalizer
from source_billcom.sync.stream_progress import WHOLE_LIST_STATE
from source_billcom.times import format_time
from unit_tests.fakes import FakeClock
from unit_tests.sync.scheduler_bench import (
    Scripted,
    batch,
    close,
    job_of,
    of,
    second,
    state,
    sync,
    told,
)

DOWN = ConnectorError.transient("BILL kept failing.")

pytestmark = pytest.mark.usefixtures("scheduler_threads")


class TestOneStream:
    def test_it_is_started_running_and_complete_with_its_state_in_between(self) -> None:
        said = sync(job_of("bills", Scripted(batch(1, 2), batch(3))))

        assert of("bills", said) == [
            ("STARTED",),
            ("RUNNING",),
            (["1", "2"],),
            (["3"],),
            state(3),
            ("COMPLETE",),
        ]

    def test_without_rows_it_is_never_running_and_keeps_its_state(self) -> None:
        said = sync(job_of("bills", Scripted(Batch([]))))

        assert [kind for kind, *_ in of("bills", said)] == ["STARTED", "state", "COMPLETE"]
        assert of("bills", said)[1][1] == second(0).isoformat()

    def test_without_a_cursor_its_state_says_that_it_is_whole_at_the_end_alone(self) -> None:
        progress = job_of("roles", Scripted(batch(1, 1_500)), has_cursor=False)

        said = of("roles", sync(progress))

        assert [kind for kind, *_ in said if isinstance(kind, str)] == [
            *("STARTED", "RUNNING", "state", "COMPLETE")
        ]
        assert progress.state() == WHOLE_LIST_STATE

    def test_rows_are_mended_on_their_way(self) -> None:
        progress = job_of("bills", Scripted(Batch([{"id": "1", "amount": "1.50"}])))
        progress.normalizer = RowNormalizer("bills", {"properties": {"amount": {"type": "number"}}})

        (rows,) = [
            each
            for each in Scheduler([progress], FakeClock()).run()
            if isinstance(each, RecordPage)
        ]

        assert rows.rows == [{"id": "1", "amount": 1.5}]

    def test_no_streams_are_read_at_once(self) -> None:
        assert sync() == []


class TestManyStreams:
    def test_each_has_its_own_order_whatever_the_others_do(self) -> None:
        streams_progress = [
            job_of(f"stream {n}", Scripted(*(batch(k * 10, 10) for k in range(40))))
            for n in range(20)
        ]

        said = sync(*streams_progress)

        for progress in streams_progress:
            own = of(progress.name, said)
            assert own[:2] == [("STARTED",), ("RUNNING",)]
            assert own[-2:] == [state(399), ("COMPLETE",)]
            rows = [identity for kind, *_ in own if isinstance(kind, list) for identity in kind]
            assert rows == [str(number) for number in range(400)]

    def test_a_state_covers_only_rows_that_are_out(self) -> None:
        progress = job_of(
            "bills",
            *(
                Scripted(*(batch(n, 100) for n in range(k, k + 1_000, 100)))
                for k in range(0, 4_000, 1_000)
            ),
        )

        out: set[int] = set()
        for what in of("bills", sync(progress)):
            if isinstance(what[0], list):
                out.update(map(int, what[0]))
            elif what[0] == "state" and what[1] != second(0).isoformat():
                first_missing = next(number for number in count() if number not in out)
                assert what[1] <= format_time(second(first_missing - 1))


class TestCheckpoints:
    def test_a_state_comes_every_thousand_rows(self) -> None:
        said = sync(job_of("bills", Scripted(*(batch(n * 100, 100) for n in range(25)))))

        assert [each for each in of("bills", said) if each[0] == "state"] == [
            state(999),
            state(1_999),
            state(2_499),
        ]

    def test_a_state_that_is_overdue_comes_while_no_batch_does(self) -> None:
        clock, go_on = FakeClock(), threading.Event()
        progress = job_of("bills", Scripted(batch(1), go_on, batch(2)))
        messages = Scheduler([progress], clock).run()
        said = [told(next(messages)) for _ in range(3)]
        assert said[-1] == ("bills", ["1"])

        clock.advance(seconds=31)
        said = [told(next(messages)), told(next(messages))]

        assert of("bills", said) == [state(1)]
        go_on.set()
        assert of("bills", map(told, messages)) == [(["2"],), state(2), ("COMPLETE",)]

    def test_a_state_that_is_overdue_comes_while_only_others_are_read(self) -> None:
        clock, go_on = FakeClock(), threading.Event()
        others = Scripted()
        others.steps = (batch(number) for number in range(1_000_000))
        messages = Scheduler(
            [job_of("bills", Scripted(batch(1), go_on)), job_of("vendors", others)], clock
        ).run()
        said = []
        while ("bills", ["1"]) not in said:
            said.append(told(next(messages)))

        clock.advance(seconds=31)
        said = [told(next(messages)) for _ in range(20)]

        assert of("bills", said) == [state(1)]
        close(messages)
        go_on.set()

    def test_one_that_is_not_overdue_waits(self) -> None:
        clock = FakeClock()
        reader = Scripted(batch(1), lambda: clock.advance(seconds=29), batch(2))

        assert of("bills", sync(job_of("bills", reader), clock=clock)).count(state(1)) == 0

    def test_each_has_an_estimate_before_it_which_is_exact_at_the_end(self) -> None:
        reader = Scripted(batch(0, 1_000), pages=2.5)

        said = of("bills", sync(job_of("bills", reader)), estimates=True)

        assert said[3:-1] == [("estimate", 1_250), state(999), ("estimate", 1_000), state(999)]


class TestFailures:
    def test_a_stream_that_fails_is_incomplete_while_the_others_complete(self) -> None:
        said = sync(
            job_of("bills", Scripted(batch(1), DOWN, batch(2))),
            job_of("vendors", Scripted(batch(1))),
        )

        bills = of("bills", said)
        assert [kind for kind, *_ in bills] == [
            *("STARTED", "RUNNING", ["1"], "error", "state", "INCOMPLETE")
        ]
        assert bills[3][1].message == "BILL kept failing."
        assert bills[4] == state(1)
        assert of("vendors", said)[-1] == ("COMPLETE",)

    def test_of_several_parts_that_fail_one_error_is_told_and_no_row_after_it(self) -> None:
        told_first, go_on = threading.Event(), threading.Event()
        progress = job_of(
            "bills",
            Scripted(batch(1), DOWN),
            Scripted(go_on, batch(50), DOWN),
            Scripted(go_on, batch(90), batch(91)),
        )
        said = []
        for message in Scheduler([progress], FakeClock()).run():
            said.append(told(message))
            if said[-1][1] == "error":
                told_first.set()
                go_on.set()

        assert [kind for kind, *_ in of("bills", said)] == [
            *("STARTED", "RUNNING", ["1"], "error", "state", "INCOMPLETE")
        ]
        assert said[-2][2] == format_time(second(1))

    def test_the_state_is_not_past_the_part_that_failed(self) -> None:
        is_second_out = threading.Event()
        progress = job_of("bills", Scripted(batch(1), is_second_out, DOWN), Scripted(batch(50)))
        said = []
        for message in Scheduler([progress], FakeClock()).run():
            said.append(told(message))
            if said[-1] == ("bills", ["50"]):
                is_second_out.set()

        assert said[-2] == ("bills", *state(1))

    @pytest.mark.parametrize("failure", [ZeroDivisionError("one by zero"), SystemExit(3)])
    def test_what_nobody_foresaw_is_told_in_a_sentence_and_stops_no_other(
        self, failure: BaseException
    ) -> None:
        streams_progress = [
            job_of("bills", Scripted(batch(1), failure)),
            job_of("vendors", Scripted(batch(1))),
        ]

        said = sync(*streams_progress)

        ((_, error),) = [each for each in of("bills", said) if each[0] == "error"]
        assert error.message.startswith("Reading bills failed in a way nobody foresaw: report it")
        assert type(failure).__name__ in error.stack_trace
        assert error.failure_type is FailureType.system_error
        assert of("bills", said)[-1] == ("INCOMPLETE",)
        assert of("vendors", said)[-1] == ("COMPLETE",)
        assert "bills" in str(failure_of(streams_progress))

    def test_a_row_that_cannot_be_mended_fails_its_stream_alone(self) -> None:
        progress = job_of("bills", Scripted(Batch([None])))  # type: ignore[list-item]

        said = sync(progress, job_of("vendors", Scripted(batch(1))))

        assert of("bills", said)[-1] == ("INCOMPLETE",)
        assert of("vendors", said)[-1] == ("COMPLETE",)


class TestKindOfFailure:
    @pytest.mark.parametrize(
        ("failures", "kind"),
        [
            ([[config_error("Mend it.")]], FailureType.config_error),
            ([[RuntimeError("bug")]], FailureType.system_error),
            ([[SystemExit()]], FailureType.system_error),
            ([[DOWN]], FailureType.transient_error),
            ([[AirbyteTracedException()]], FailureType.system_error),
            ([[config_error("Mend it.")], [DOWN]], FailureType.transient_error),
            ([[config_error("Mend it.")], [RuntimeError("bug")]], FailureType.system_error),
            ([[RuntimeError("bug"), DOWN]], FailureType.transient_error),
        ],
    )
    def test_the_sync_fails_by_what_a_later_one_may_not_meet(
        self, failures: list[list[BaseException]], kind: FailureType
    ) -> None:
        streams_progress = [job_of(f"stream {n}") for n in range(len(failures) + 1)]
        for progress, of_job in zip(streams_progress, failures, strict=False):
            progress.failures.extend(of_job)

        error = failure_of(streams_progress)

        assert error is not None
        assert error.failure_type is kind
        assert str(error).endswith(
            ": " + ", ".join(f"stream {n}" for n in range(len(failures))) + "."
        )

    def test_where_no_stream_failed_there_is_none(self) -> None:
        assert failure_of([job_of("bills")]) is None
