"""Whether BILL hides archived rows: only rows prove it, never a refusal or an empty answer."""

from collections.abc import Callable

import pytest

from source_billcom.api.query import Row
from source_billcom.api.transport import Response
from source_billcom.errors import ConnectorError
from source_billcom.lists.archived_probe import ArchivedProbe
from unit_tests.fakes import ARCHIVED, FakeBill, bill_error, page, row
from unit_tests.lists.reader_bench import BILLS, SECOND, client_of
from unit_tests.lists.small_list import PATH, START

LISTS_ASKED = ("/v3/bills", "/v3/vendors", "/v3/customers", "/v3/invoices")
REFUSED = bill_error("BDC_1171", 400)
FORBIDDEN = bill_error("BDC_1145", 403)
OUTAGE = bill_error("BDC_1001", 500)


def archived_row(number: int) -> Row:
    """Return an archived row that was changed so many seconds after the start."""
    return row(str(number), START + number * SECOND, archived=True)


ROW = archived_row(1)


def by_form(*, by_time: Response, by_id: Response) -> Callable[[object], Response]:
    """Return what answers a look-up by time and a look-up by id."""
    return lambda call: by_id if "id:eq" in call.params["filters"] else by_time  # type: ignore[attr-defined]


def looked_up(bill: FakeBill, *rows: Row) -> tuple[bool | None, bool]:
    """Look archived rows of bills up; return the answer, and whether hiding is proven by it."""
    probe = ArchivedProbe(client_of(bill))
    answer = probe.hides(BILLS, list(rows or [ROW]))
    return answer, probe.is_hiding_proven


class TestALookUp:
    def test_a_row_that_the_list_returns_without_being_asked_is_not_hidden(self) -> None:
        bill = FakeBill().on(PATH, page([ROW]))

        assert looked_up(bill) == (False, False)
        (call,) = bill.calls_to(PATH)
        assert call.params["filters"] == (
            'updatedTime:gte:"2026-03-01T08:00:01.000Z",updatedTime:lt:"2026-03-01T08:00:02.000Z"'
        )

    def test_a_row_that_only_a_request_for_archived_rows_returns_is_hidden(self) -> None:
        bill = FakeBill().on(PATH, page()).on(PATH + ARCHIVED, page([ROW]))

        assert looked_up(bill) == (True, True)

    def test_a_row_that_is_hidden_by_time_and_found_by_id_is_still_hidden(self) -> None:
        bill = FakeBill().on(PATH, by_form(by_time=page(), by_id=page([ROW])))
        bill.on(PATH + ARCHIVED, page([ROW]))

        assert looked_up(bill) == (True, True)

    def test_if_only_the_look_up_by_id_works_a_missing_row_is_hidden(self) -> None:
        bill = FakeBill().on(PATH, by_form(by_time=REFUSED, by_id=page()))
        bill.on(PATH + ARCHIVED, page([ROW]))

        assert looked_up(bill) == (True, True)


class TestALookUpThatProvesNothing:
    @pytest.mark.parametrize(
        ("unasked", "asked"),
        [
            pytest.param(page(), REFUSED, id="the filter on archived rows is refused"),
            pytest.param(page(), page(), id="the query matches nothing, whatever it asks for"),
            pytest.param(page(), page([archived_row(2)]), id="the row has changed meanwhile"),
            pytest.param(page(), page([{**ROW, "archived": False}]), id="the row was restored"),
            pytest.param(REFUSED, page([ROW]), id="every look-up is refused"),
            pytest.param(REFUSED, REFUSED, id="everything is refused"),
            pytest.param(page([archived_row(2)], "more"), page([ROW]), id="more than a page"),
            pytest.param(page([{**ROW, "archived": False}]), page([ROW]), id="restored in between"),
        ],
    )
    def test_it_counts_in_neither_direction(self, unasked: Response, asked: Response) -> None:
        bill = FakeBill().on(PATH, unasked).on(PATH + ARCHIVED, asked)

        assert looked_up(bill) == (None, False)

    def test_a_look_up_by_time_that_is_refused_is_no_reason_to_trust_an_empty_one_by_id(
        self,
    ) -> None:
        bill = FakeBill().on(PATH, by_form(by_time=REFUSED, by_id=page()))
        bill.on(PATH + ARCHIVED, REFUSED)

        assert looked_up(bill) == (None, False)

    def test_a_row_found_by_its_id_alone_may_be_hidden_in_the_list(self) -> None:
        bill = FakeBill().on(PATH, by_form(by_time=REFUSED, by_id=page([ROW])))

        assert looked_up(bill) == (None, False)

    def test_the_next_row_is_looked_up(self) -> None:
        first, second = archived_row(1), archived_row(2)
        restored = {**first, "archived": False}
        answers = iter([page([restored]), page([restored]), page([second])])
        bill = FakeBill().on(PATH, lambda _: next(answers))

        assert looked_up(bill, first, second) == (False, False)

    def test_three_rows_are_enough(self) -> None:
        bill = FakeBill().on(PATH, REFUSED)

        assert looked_up(bill, *map(archived_row, range(9))) == (None, False)
        by_time_and_by_id = 2
        assert len(bill.calls_to(PATH)) == 3 * by_time_and_by_id

    def test_an_outage_is_an_error_and_no_answer(self) -> None:
        with pytest.raises(ConnectorError, match="bills"):
            looked_up(FakeBill().on(PATH, OUTAGE))


class TestAskingOtherLists:
    @pytest.mark.parametrize("path", LISTS_ASKED)
    def test_one_list_that_hides_an_archived_row_is_enough(self, path: str) -> None:
        bill = FakeBill().on(path, page()).on(path + ARCHIVED, page([ROW]))

        assert ArchivedProbe(client_of(bill)).ask_other_lists()

    @pytest.mark.parametrize(
        ("unasked", "asked"),
        [
            pytest.param(page(), REFUSED, id="they refuse the filter on archived rows"),
            pytest.param(REFUSED, page([ROW]), id="they refuse every look-up"),
            pytest.param(FORBIDDEN, FORBIDDEN, id="the user may not read them"),
            pytest.param(page(), page(), id="they have no archived row"),
            pytest.param(page([row("1")]), page([row("1")]), id="the filter changes nothing"),
            pytest.param(page([ROW]), page([ROW]), id="they include archived rows"),
        ],
    )
    def test_lists_that_prove_nothing_do_not_count_as_hiding_rows(
        self, unasked: Response, asked: Response
    ) -> None:
        bill = FakeBill()
        for path in LISTS_ASKED:
            bill.on(path, unasked).on(path + ARCHIVED, asked)

        assert not ArchivedProbe(client_of(bill)).ask_other_lists()

    @pytest.mark.parametrize("answer", [REFUSED, FORBIDDEN])
    def test_a_list_that_refuses_does_not_end_the_search(self, answer: Response) -> None:
        bill = FakeBill().on("/v3/bills" + ARCHIVED, answer)
        bill.on("/v3/invoices" + ARCHIVED, page([ROW]))

        assert ArchivedProbe(client_of(bill)).ask_other_lists()

    def test_they_are_asked_once_per_sync(self) -> None:
        bill = FakeBill()
        probe = ArchivedProbe(client_of(bill))

        for _ in range(3):
            assert not probe.ask_other_lists()

        assert [len(bill.calls_to(path + ARCHIVED)) for path in LISTS_ASKED] == [1, 1, 1, 1]

    def test_they_are_not_asked_once_hiding_is_proven(self) -> None:
        bill = FakeBill().on(PATH, page()).on(PATH + ARCHIVED, page([ROW]))
        probe = ArchivedProbe(client_of(bill))
        probe.hides(BILLS, [ROW])

        assert probe.ask_other_lists()
        assert not bill.calls_to("/v3/vendors" + ARCHIVED)

    def test_after_an_outage_the_next_stream_asks_them_again(self) -> None:
        bill = FakeBill().on("/v3/bills" + ARCHIVED, OUTAGE)
        probe = ArchivedProbe(client_of(bill))
        with pytest.raises(ConnectorError):
            probe.ask_other_lists()

        bill.on("/v3/bills" + ARCHIVED, page([ROW]))

        assert probe.ask_other_lists()
