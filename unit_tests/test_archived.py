"""Archived rows that a list may leave out: when they are asked for, and what is made of them."""

import threading
from collections.abc import Callable

import pytest

from source_billcom.archived import ArchivedEvidence, ArchivedRows
from source_billcom.ascent import Batch
from source_billcom.errors import BillError
from source_billcom.fields import RowMender
from source_billcom.jobs import Job, Part
from source_billcom.transport import Answer
from unit_tests.engine_bench import Scripted, batch, job_of, of, second, state, sync
from unit_tests.fakes import FakeBill, bill_error, page, row
from unit_tests.reading_bench import BILLS, client_of
from unit_tests.small_list import PATH

DOWN = BillError.transient("BILL kept failing.")
REFUSED = BillError("no", "BILL refused.")


def archived(*numbers: int) -> Batch:
    """Return archived rows, each changed a second after the state for its number."""
    return Batch([row(str(n), second(n), archived=True) for n in numbers], second(numbers[-1]))


def rows_of(
    reader: Scripted,
    *,
    bill: FakeBill | None = None,
    evidence: ArchivedEvidence | None = None,
    seen: tuple[Batch, ...] = (),
    keeps_ids: bool = False,
) -> list[str]:
    """Return the ids that are read as archived, after the list has shown the batches `seen`."""
    part = ArchivedRows(
        evidence or ArchivedEvidence(),
        client_of(bill or FakeBill()),
        BILLS,
        reader,
        keeps_ids=keeps_ids,
    )
    for each in seen:
        part.look(each.rows)
    return [found["id"] for each in part for found in each.rows]


def looked_up(answers: Callable[[str], Answer]) -> FakeBill:
    """Return a BILL that answers each look by what its filters say."""
    return FakeBill().on(PATH, lambda call: answers(call.params["filters"]))


class TestLookingUp:
    def test_a_row_that_the_list_does_not_show_unasked_is_hidden(self) -> None:
        evidence = ArchivedEvidence()

        assert rows_of(Scripted(archived(1, 2), archived(3)), evidence=evidence) == ["1", "2", "3"]
        assert (evidence.is_hidden, evidence.is_listed) == (True, False)

    def test_a_row_that_it_shows_is_read_with_the_list(self) -> None:
        evidence = ArchivedEvidence()
        bill = FakeBill().on(PATH, page(archived(1).rows))

        assert rows_of(Scripted(archived(1)), bill=bill, evidence=evidence) == []
        assert (evidence.is_hidden, evidence.is_listed) == (False, True)
        (call,) = bill.calls_to(PATH)
        assert call.params["filters"] == "id:eq:1"

    def test_a_row_that_was_restored_in_between_says_nothing_and_the_next_is_asked_for(
        self,
    ) -> None:
        def answers(filters: str) -> Answer:
            return page([row("1", second(1), archived=False)] if filters == "id:eq:1" else [])

        bill = looked_up(answers)

        assert rows_of(Scripted(archived(1, 2)), bill=bill) == ["1", "2"]
        assert len(bill.calls_to(PATH)) == 2

    def test_where_ids_cannot_be_filtered_the_moment_is_looked_at(self) -> None:
        def answers(filters: str) -> Answer:
            if "id:" in filters:
                return bill_error("BDC_1171", 400)
            return page(archived(1).rows)

        bill = looked_up(answers)

        assert rows_of(Scripted(archived(1)), bill=bill) == []
        assert "updatedTime:lt" in bill.calls_to(PATH)[-1].params["filters"]

    def test_a_moment_with_more_rows_than_a_page_proves_nothing_so_the_row_is_read(self) -> None:
        evidence = ArchivedEvidence()

        def answers(filters: str) -> Answer:
            if "id:" in filters:
                return bill_error("BDC_1171", 400)
            return page([row("other", second(1))], "more")

        bill = looked_up(answers)

        assert rows_of(Scripted(archived(1)), bill=bill, evidence=evidence) == ["1"]
        assert (evidence.is_hidden, evidence.is_listed) == (False, False)

    def test_another_list_that_hides_them_speaks_for_this_one(self) -> None:
        evidence = ArchivedEvidence()
        evidence.is_hidden = True
        bill = FakeBill()

        assert rows_of(Scripted(archived(1)), bill=bill, evidence=evidence) == ["1"]
        assert bill.calls_to(PATH) == []


class TestWhole:
    def test_rows_that_the_list_has_shown_do_not_come_again(self) -> None:
        seen = (batch(1, 2), batch(3))

        found = rows_of(Scripted(archived(2, 4)), seen=seen, keeps_ids=True)

        assert found == ["4"]

    def test_a_list_that_shows_one_is_not_asked(self) -> None:
        reader = Scripted(DOWN)

        assert rows_of(reader, seen=(batch(1), archived(2)), keeps_ids=True) == []


class TestNotGiven:
    def test_a_list_that_refuses_the_question_is_taken_as_it_is(self) -> None:
        assert rows_of(Scripted(REFUSED)) == []

    def test_a_filter_that_changes_nothing_is_no_answer(self) -> None:
        assert rows_of(Scripted(Batch([*batch(1).rows, *archived(2).rows]))) == []

    @pytest.mark.parametrize("reader", [Scripted(REFUSED), Scripted(batch(1))])
    def test_where_bill_is_known_to_hide_them_the_stream_fails(self, reader: Scripted) -> None:
        evidence = ArchivedEvidence()
        evidence.is_hidden = True

        with pytest.raises(BillError, match="leaves archived rows out"):
            rows_of(reader, evidence=evidence)

    def test_trouble_on_the_way_is_no_refusal(self) -> None:
        for steps in ((DOWN,), (archived(1), REFUSED)):
            with pytest.raises(BillError):
                rows_of(Scripted(*steps))


def job_with(evidence: ArchivedEvidence, hidden: Scripted, *parts: Scripted) -> Job:
    """Return a job that reads these parts, and `hidden` where no list shows archived rows."""
    job = job_of("bills", *parts)
    rows = ArchivedRows(evidence, client_of(FakeBill()), BILLS, hidden, keeps_ids=False)
    return Job(
        "bills",
        [Part(p.reader) for p in job.parts],
        RowMender("bills", {}),
        job.cursor,
        archived=rows,
    )


@pytest.mark.usefixtures("engine_threads")
class TestSync:
    def test_hidden_rows_come_before_the_state_moves_past_them(self) -> None:
        job = job_with(ArchivedEvidence(), Scripted(archived(5, 9)), Scripted(batch(1, 2)))

        said = of("bills", sync(job))

        assert [kind for kind, *_ in said if kind != "RUNNING"] == [
            "STARTED",
            ["1", "2"],
            ["5", "9"],
            "state",
            "COMPLETE",
        ]
        assert state(9) in said

    def test_states_wait_for_them_from_the_first_thousand_rows_on(self) -> None:
        may_go_on = threading.Event()

        def asked() -> None:
            may_go_on.set()

        parts = Scripted(batch(1, 1_200), may_go_on, batch(1_201, 1_200))
        job = job_with(ArchivedEvidence(), Scripted(archived(50), asked), parts)

        states = [found for found in of("bills", sync(job)) if found[0] == "state"]

        assert states[-1] == state(2_400)
        assert all(
            found[1] >= state(50)[1] or found == ("state", second(0).isoformat())
            for found in states
        )

    def test_where_a_list_shows_one_nothing_is_asked_and_states_move(self) -> None:
        evidence = ArchivedEvidence()
        shown = Batch([*archived(0).rows, *batch(1, 1_100).rows], second(1_100))
        job = job_with(evidence, Scripted(DOWN), Scripted(shown, batch(1_101)))

        said = of("bills", sync(job))

        assert said[-1] == ("COMPLETE",)
        assert state(1_100) in said

    def test_the_list_of_another_stream_settles_it_too(self) -> None:
        evidence = ArchivedEvidence()
        first = job_with(evidence, Scripted(DOWN), Scripted(batch(1)))
        other = job_with(evidence, Scripted(DOWN), Scripted(batch(1), archived(2)))
        other.name = "vendors"

        said = sync(first, other)

        assert [of(name, said)[-1] for name in ("bills", "vendors")] == [("COMPLETE",)] * 2

    def test_a_failure_of_theirs_leaves_the_stream_incomplete_with_its_state_unmoved(self) -> None:
        job = job_with(ArchivedEvidence(), Scripted(DOWN), Scripted(batch(1, 2)))

        said = of("bills", sync(job))

        assert said[-1] == ("INCOMPLETE",)
        assert ("state", second(0).isoformat()) in said
