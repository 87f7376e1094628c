"""Archived rows that a list may leave out: when they are asked for, and what is made of them."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from source_billcom.api.transport import Response
from source_billcom.errors import ConnectorError, RequestRejected, config_error
from source_billcom.lists.archived import ArchivedProbe, ArchivedVisibility, ReaderWithArchived
from source_billcom.lists.batch import Batch
from unit_tests.fakes import ARCHIVED, FakeBill, bill_error, page, row
from unit_tests.lists.reader_bench import BILLS, client_of
from unit_tests.lists.small_list import PATH
from unit_tests.sync.scripted_sync import (
    Scripted,
    batch,
    only,
    run_sync,
    second,
    state,
    stream_of,
)

DOWN = ConnectorError.transient("BILL kept failing.")
REFUSED = RequestRejected("no", "BILL refused.")
FORBIDDEN = config_error("BILL does not permit it.")
LONG = 500
"""Rows after which a list is asked that has not shown an archived one."""


def archived(*numbers: int) -> Batch:
    """Return archived rows, each changed a second after the state for its number."""
    return Batch([row(str(n), second(n), archived=True) for n in numbers], second(numbers[-1]))


def reader_of(
    *shown: Batch,
    hidden: Scripted,
    bill: FakeBill | None = None,
    visibility: ArchivedProbe | None = None,
    evidence: ArchivedVisibility | None = None,
    keeps_ids: bool = False,
) -> ReaderWithArchived:
    """Return a reader of a list that shows some batches, and of what it hides."""
    return ReaderWithArchived(
        Scripted(*shown),
        hidden,
        BILLS,
        evidence or ArchivedVisibility(),
        visibility or ArchivedProbe(client_of(bill or FakeBill())),
        keeps_ids=keeps_ids,
    )


def ids_of(reader: ReaderWithArchived) -> list[str]:
    """Return the ids that are read."""
    return [found["id"] for each in reader for found in each.rows]


def looked_up(answers: Callable[[str], Response]) -> FakeBill:
    """Return a BILL that answers each look by what its filters say."""
    return FakeBill().on(PATH, lambda call: answers(call.params["filters"]))


class TestLookingUp:
    def test_rows_that_the_list_does_not_show_unasked_are_read(self) -> None:
        visibility = ArchivedProbe(client_of(FakeBill()))

        assert ids_of(
            reader_of(hidden=Scripted(archived(1, 2), archived(3)), visibility=visibility)
        ) == [*"123"]
        assert visibility.is_proven

    def test_a_row_that_it_shows_within_its_second_is_read_with_the_list(self) -> None:
        evidence = ArchivedVisibility()
        bill = FakeBill().on(PATH, page(archived(1).rows))

        assert ids_of(reader_of(hidden=Scripted(archived(1)), bill=bill, evidence=evidence)) == []
        assert evidence.are_listed
        (call,) = bill.calls_to(PATH)
        assert "updatedTime:lt" in call.params["filters"]

    def test_to_be_shown_when_asked_for_by_its_id_says_nothing(self) -> None:
        def answers(filters: str) -> Response:
            return page(archived(1).rows) if "id:eq" in filters else bill_error("BDC_1171", 400)

        evidence = ArchivedVisibility()
        reader = reader_of(hidden=Scripted(archived(1)), bill=looked_up(answers), evidence=evidence)

        assert ids_of(reader) == ["1"]
        assert not evidence.are_listed

    def test_not_to_be_shown_when_asked_for_by_its_id_says_that_it_is_hidden(self) -> None:
        def answers(filters: str) -> Response:
            return page([]) if "id:eq" in filters else bill_error("BDC_1171", 400)

        bill = looked_up(answers)
        visibility = ArchivedProbe(client_of(bill))

        assert ids_of(
            reader_of(hidden=Scripted(archived(1)), bill=bill, visibility=visibility)
        ) == ["1"]
        assert visibility.is_proven

    def test_a_row_that_was_restored_in_between_says_nothing_and_the_next_is_asked_for(
        self,
    ) -> None:
        first, second_one = archived(1, 2).rows

        def answers(filters: str) -> Response:
            if first["updatedTime"][:19] in filters or "id:eq:1" in filters:
                return page([{**first, "archived": False}])
            return page([second_one])

        evidence = ArchivedVisibility()
        reader = reader_of(
            hidden=Scripted(archived(1, 2)), bill=looked_up(answers), evidence=evidence
        )

        assert ids_of(reader) == []
        assert evidence.are_listed

    def test_a_second_with_more_rows_than_a_page_proves_nothing_so_the_row_is_read(self) -> None:
        visibility = ArchivedProbe(
            client_of(FakeBill().on(PATH, page([row("other", second(1))], "more")))
        )

        assert ids_of(reader_of(hidden=Scripted(archived(1)), visibility=visibility)) == ["1"]
        assert not visibility.is_proven


class TestWhole:
    def test_rows_that_the_list_has_shown_do_not_come_again(self) -> None:
        shown = (batch(1, 2), batch(3))

        found = ids_of(reader_of(*shown, hidden=Scripted(archived(2, 4)), keeps_ids=True))

        assert found == ["1", "2", "3", "4"]

    def test_a_list_that_shows_one_is_not_asked(self) -> None:
        reader = reader_of(batch(1), archived(2), hidden=Scripted(DOWN), keeps_ids=True)

        assert ids_of(reader) == ["1", "2"]


class TestNotGiven:
    REFUSALS = (Scripted(REFUSED), Scripted(Batch([*batch(1).rows, *archived(2).rows])))

    @pytest.mark.parametrize("hidden", REFUSALS)
    def test_a_list_that_cannot_be_asked_is_taken_as_it_is(self, hidden: Scripted) -> None:
        assert ids_of(reader_of(batch(7), hidden=hidden)) == ["7"]

    @pytest.mark.parametrize("hidden", REFUSALS)
    @pytest.mark.parametrize("witness", ["/v3/bills", "/v3/customers"])
    def test_where_another_list_turns_out_to_hide_them_the_stream_fails(
        self, hidden: Scripted, witness: str
    ) -> None:
        bill = FakeBill().on(witness + ARCHIVED, page(archived(1).rows))

        with pytest.raises(ConnectorError, match="leaves archived rows out"):
            ids_of(reader_of(batch(7), hidden=hidden, bill=bill))

    def test_the_others_are_asked_once_a_sync(self) -> None:
        bill = FakeBill()
        visibility = ArchivedProbe(client_of(bill))

        for _ in range(3):
            ids_of(reader_of(hidden=Scripted(REFUSED), visibility=visibility))

        assert len(bill.calls_to("/v3/vendors" + ARCHIVED)) == 1

    def test_where_the_others_could_not_be_asked_the_next_stream_asks_them_again(self) -> None:
        bill = FakeBill().on("/v3/bills" + ARCHIVED, bill_error("BDC_1145", 403))
        visibility = ArchivedProbe(client_of(bill))

        for _ in range(2):
            with pytest.raises(ConnectorError):
                ids_of(reader_of(batch(7), hidden=Scripted(REFUSED), visibility=visibility))

    def test_trouble_on_the_way_is_no_refusal(self) -> None:
        for steps in ((DOWN,), (FORBIDDEN,), (archived(1), REFUSED)):
            with pytest.raises(ConnectorError):
                ids_of(reader_of(batch(7), hidden=Scripted(*steps)))


@pytest.mark.usefixtures("scheduler_threads")
class TestSync:
    def test_hidden_rows_come_before_the_state_moves_past_them(self) -> None:
        stream = stream_of("bills", reader_of(batch(1, 2), hidden=Scripted(archived(5, 9))))

        said = only("bills", run_sync(stream))

        assert [kind for kind, *_ in said if kind != "RUNNING"] == [
            "STARTED",
            ["1", "2"],
            ["5", "9"],
            "state",
            "COMPLETE",
        ]
        assert state(9) in said

    def test_in_a_long_list_they_come_side_by_side_and_states_move_with_both(self) -> None:
        shown = [batch(first, 100) for first in range(1, 4 * LONG, 100)]
        hidden = [archived(number) for number in range(250, 4 * LONG, 500)]
        stream = stream_of("bills", reader_of(*shown, hidden=Scripted(*hidden)))

        said = only("bills", run_sync(stream))

        states = [place for place, each in enumerate(said) if each[0] == "state"]
        assert len(states) >= 3
        for place in states:
            out = {
                number for each in said[:place] if isinstance(each[0], list) for number in each[0]
            }
            due = [
                number for number in range(250, 4 * LONG, 500) if state(number)[1] <= said[place][1]
            ]
            assert {str(number) for number in due} <= out
        assert all(later[1] >= earlier[1] for earlier, later in pairwise(said[n] for n in states))

    def test_a_list_that_shows_one_is_not_asked_and_says_so_in_its_state(self) -> None:
        evidence = ArchivedVisibility()
        shown = (archived(0), batch(1, 1_000), batch(1_001))
        stream = stream_of("bills", reader_of(*shown, hidden=Scripted(DOWN), evidence=evidence))

        said = only("bills", run_sync(stream))

        assert said[-1] == ("COMPLETE",)
        assert state(1_000) in said
        assert evidence.are_listed

    def test_a_failure_of_theirs_leaves_the_stream_incomplete_with_its_state_unmoved(self) -> None:
        stream = stream_of("bills", reader_of(batch(1, 2), hidden=Scripted(DOWN)))

        said = only("bills", run_sync(stream))

        assert said[-1] == ("INCOMPLETE",)
        assert ("state", second(0).isoformat()) in said

    def test_nothing_is_split_off_before_the_question_is_answered(self) -> None:
        reader = reader_of(batch(1), hidden=Scripted())
        reader._reader.pages = 9  # type: ignore[attr-defined]

        assert (reader.pages_left(), reader.split()) == (0, None)
        assert ids_of(reader) == ["1"]
        assert reader.pages_left() == 9
