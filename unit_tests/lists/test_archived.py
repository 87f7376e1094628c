"""Archived rows that a list may hide: when they are requested separately, and what is done then."""

from itertools import pairwise

import pytest

from source_billcom.errors import ConnectorError, RequestRejected, config_error
from source_billcom.lists.archived import ArchivedVisibility, ReaderWithArchived
from source_billcom.lists.archived_probe import ArchivedProbe
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
"""After so many rows without an archived one, archived rows are requested."""


def archived(*numbers: int) -> Batch:
    """Return archived rows, each changed a second after the state for its number."""
    return Batch([row(str(n), second(n), archived=True) for n in numbers], second(numbers[-1]))


def reader_of(
    *shown: Batch,
    hidden: Scripted,
    bill: FakeBill | None = None,
    probe: ArchivedProbe | None = None,
    visibility: ArchivedVisibility | None = None,
    keeps_ids: bool = False,
) -> ReaderWithArchived:
    """Return a reader of a list that returns some batches, and of its archived rows."""
    return ReaderWithArchived(
        Scripted(*shown),
        hidden,
        BILLS,
        visibility or ArchivedVisibility(),
        probe or ArchivedProbe(client_of(bill or FakeBill())),
        keeps_ids=keeps_ids,
    )


def ids_of(reader: ReaderWithArchived) -> list[str]:
    """Return the ids that are read."""
    return [found["id"] for each in reader for found in each.rows]


def hiding(*batches: Batch) -> FakeBill:
    """Return a BILL that returns archived rows only if it is asked for them."""
    rows = [found for each in batches for found in each.rows]
    return FakeBill().on(PATH + ARCHIVED, page(rows))


class TestAListWithATime:
    def test_rows_that_the_list_hides_are_read(self) -> None:
        probe = ArchivedProbe(client_of(hiding(archived(1, 2))))

        reader = reader_of(hidden=Scripted(archived(1, 2), archived(3)), probe=probe)

        assert ids_of(reader) == [*"123"]
        assert probe.is_hiding_proven

    def test_rows_that_the_list_includes_are_not_read_twice(self) -> None:
        visibility = ArchivedVisibility()
        bill = FakeBill().on(PATH, page(archived(1).rows))

        reader = reader_of(hidden=Scripted(archived(1)), bill=bill, visibility=visibility)

        assert ids_of(reader) == []
        assert visibility.are_listed

    def test_rows_are_read_if_nothing_is_proven(self) -> None:
        probe, visibility = ArchivedProbe(client_of(FakeBill())), ArchivedVisibility()

        reader = reader_of(hidden=Scripted(archived(1)), probe=probe, visibility=visibility)

        assert ids_of(reader) == ["1"]
        assert (probe.is_hiding_proven, visibility.are_listed) == (False, False)


class TestAListReadWhole:
    def test_rows_that_the_list_has_returned_do_not_come_again(self) -> None:
        shown = (batch(1, 2), batch(3))

        found = ids_of(reader_of(*shown, hidden=Scripted(archived(2, 4)), keeps_ids=True))

        assert found == ["1", "2", "3", "4"]

    def test_a_list_that_returns_an_archived_row_is_not_asked(self) -> None:
        reader = reader_of(batch(1), archived(2), hidden=Scripted(DOWN), keeps_ids=True)

        assert ids_of(reader) == ["1", "2"]

    def test_a_row_that_it_hides_proves_that_bill_hides_rows(self) -> None:
        probe = ArchivedProbe(client_of(hiding(archived(2))))

        reader = reader_of(batch(1), hidden=Scripted(archived(2)), probe=probe, keeps_ids=True)

        assert ids_of(reader) == ["1", "2"]
        assert probe.is_hiding_proven

    @pytest.mark.parametrize(
        "bill",
        [
            pytest.param(FakeBill().on(PATH, page(archived(2).rows)), id="made after the reading"),
            pytest.param(FakeBill().on(PATH, bill_error("BDC_1171", 400)), id="look-up refused"),
            pytest.param(FakeBill(), id="look-up without a result"),
        ],
    )
    def test_a_row_that_it_did_not_return_proves_nothing_by_itself(self, bill: FakeBill) -> None:
        probe, visibility = ArchivedProbe(client_of(bill)), ArchivedVisibility()
        hidden = Scripted(archived(2))

        reader = reader_of(
            batch(1), hidden=hidden, probe=probe, visibility=visibility, keeps_ids=True
        )

        assert ids_of(reader) == ["1", "2"]
        assert (probe.is_hiding_proven, visibility.are_listed) == (False, False)


class TestAListThatCannotBeAsked:
    REFUSALS = (Scripted(REFUSED), Scripted(Batch([*batch(1).rows, *archived(2).rows])))

    @pytest.mark.parametrize("hidden", REFUSALS)
    def test_it_is_taken_as_it_is(self, hidden: Scripted) -> None:
        assert ids_of(reader_of(batch(7), hidden=hidden)) == ["7"]

    @pytest.mark.parametrize("hidden", REFUSALS)
    @pytest.mark.parametrize("answer", ["BDC_1171", "BDC_1145"])
    def test_it_is_taken_as_it_is_if_the_other_lists_refuse_too(
        self, hidden: Scripted, answer: str
    ) -> None:
        bill = FakeBill()
        for name in ("bills", "vendors", "customers", "invoices"):
            bill.on(f"/v3/{name}{ARCHIVED}", bill_error(answer, 403))

        assert ids_of(reader_of(batch(7), hidden=hidden, bill=bill)) == ["7"]

    @pytest.mark.parametrize("hidden", REFUSALS)
    @pytest.mark.parametrize("path", ["/v3/bills", "/v3/customers"])
    def test_the_stream_fails_if_another_list_hides_archived_rows(
        self, hidden: Scripted, path: str
    ) -> None:
        bill = FakeBill().on(path + ARCHIVED, page(archived(1).rows))

        with pytest.raises(ConnectorError, match="lists do not include archived rows"):
            ids_of(reader_of(batch(7), hidden=hidden, bill=bill))

    def test_the_stream_fails_if_the_other_lists_cannot_be_reached(self) -> None:
        bill = FakeBill().on("/v3/bills" + ARCHIVED, bill_error("BDC_1001", 500))

        with pytest.raises(ConnectorError, match="bills"):
            ids_of(reader_of(batch(7), hidden=Scripted(REFUSED), bill=bill))

    @pytest.mark.parametrize("steps", [(DOWN,), (FORBIDDEN,), (archived(1), REFUSED)])
    def test_a_failure_that_is_not_a_refusal_of_the_question_fails_the_stream(
        self, steps: tuple[Batch | ConnectorError, ...]
    ) -> None:
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

    def test_in_a_long_list_both_are_read_side_by_side_and_states_cover_both(self) -> None:
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

    def test_a_list_that_returns_one_is_not_asked_and_its_state_says_so(self) -> None:
        visibility = ArchivedVisibility()
        shown = (archived(0), batch(1, 1_000), batch(1_001))
        stream = stream_of("bills", reader_of(*shown, hidden=Scripted(DOWN), visibility=visibility))

        said = only("bills", run_sync(stream))

        assert said[-1] == ("COMPLETE",)
        assert state(1_000) in said
        assert visibility.are_listed

    def test_if_they_cannot_be_read_the_stream_is_incomplete_and_its_state_does_not_move(
        self,
    ) -> None:
        stream = stream_of("bills", reader_of(batch(1, 2), hidden=Scripted(DOWN)))

        said = only("bills", run_sync(stream))

        assert said[-1] == ("INCOMPLETE",)
        assert ("state", second(0).isoformat()) in said

    def test_nothing_is_split_off_until_the_archived_rows_are_settled(self) -> None:
        reader = reader_of(batch(1), hidden=Scripted())
        reader._reader.pages = 9  # type: ignore[attr-defined]

        assert (reader.pages_left(), reader.split()) == (0, None)
        assert ids_of(reader) == ["1"]
        assert reader.pages_left() == 9
