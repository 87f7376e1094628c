"""The proof that rows ascend because they were asked to."""

from datetime import datetime

import pytest

from source_billcom.api.list_requests import ListRequests, Page
from source_billcom.api.query import UPDATED, Row
from source_billcom.api.transport import Response
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import ResumePoint
from source_billcom.lists.order_check import OrderCheck, OutOfOrder, RequestedPage
from unit_tests.fakes import FakeBill, bill_error, page, row
from unit_tests.lists.reader_bench import BILLS, SECOND, client_of
from unit_tests.lists.small_list import PATH, START

QUERY = BILLS.ascending(UPDATED)
BEGINNING = ResumePoint()
REFUSED = bill_error("BDC_1171", 400)


def at(second: int) -> datetime:
    """Return the time so many seconds after the start."""
    return START + second * SECOND


def bill(updated: int, created: int | None = None) -> Row:
    """Return a row that was updated and created at these seconds."""
    times = {"createdTime": at(created).isoformat()} if created is not None else {}
    return row(f"r{updated}x{created}", at(updated), **times)


def requested(
    *rows: Row, resume: ResumePoint = BEGINNING, next_page: str | None = "more"
) -> RequestedPage:
    """Return a page that was requested from a resume point."""
    times = [datetime.fromisoformat(each["updatedTime"]) for each in rows]
    return RequestedPage(Page(list(rows), next_page), times, QUERY, resume)


def checked(
    fake: FakeBill, *pages: RequestedPage, may_defer: bool = False, is_proven: bool = False
) -> OrderCheck:
    """Check pages one after the other."""
    check = OrderCheck(ListRequests(client_of(fake)), QUERY, UPDATED, is_proven=is_proven)
    for each in pages:
        check.check(each, may_defer=may_defer)
    return check


# created in another order than updated, so that no other order looks like this one
MIXED = [bill(second, 100 - second) for second in range(10)]


class TestTimesOf:
    @staticmethod
    def times(resume: ResumePoint, *rows: Row, is_first: bool = False) -> list[datetime]:
        """Return the times of a page's rows, as the check sees them."""
        check = OrderCheck(ListRequests(client_of(FakeBill())), QUERY, UPDATED)
        return check.times_of(Page(list(rows), None), resume, is_first=is_first)

    def test_ascending_times_are_returned(self) -> None:
        assert self.times(ResumePoint(at(1)), bill(1), bill(2)) == [at(1), at(2)]

    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([bill(2), bill(1)], id="they descend"),
            pytest.param([row("without a time")], id="a row has no time"),
            pytest.param([bill(0), bill(2)], id="they begin before the filter"),
        ],
    )
    def test_any_others_are_out_of_order(self, rows: list[Row]) -> None:
        resume = ResumePoint(at(1), frozenset("a"))

        with pytest.raises(OutOfOrder) as caught:
            self.times(resume, *rows)

        assert caught.value.resume == resume

    def test_a_time_shown_in_seconds_may_be_below_one_kept_in_milliseconds(self) -> None:
        resume = ResumePoint(at(1).replace(microsecond=500_000))

        assert self.times(resume, bill(1), bill(2)) == [at(1), at(2)]

    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_page_that_stays_below_the_resume_time_makes_no_progress(
        self, *, is_first: bool
    ) -> None:
        resume = ResumePoint(at(1).replace(microsecond=500_000))

        if is_first:
            assert self.times(resume, bill(1), is_first=True) == [at(1)]
        else:
            with pytest.raises(OutOfOrder):
                self.times(resume, bill(1))


class TestTheProof:
    def test_a_page_without_a_next_one_needs_none(self) -> None:
        fake = FakeBill()

        checked(fake, requested(*MIXED, next_page=None))

        assert fake.calls_to(PATH) == []

    def test_an_order_that_another_part_has_proven_needs_none(self) -> None:
        fake = FakeBill()

        checked(fake, requested(*MIXED), is_proven=True)

        assert fake.calls_to(PATH) == []

    def test_ten_different_times_that_do_not_ascend_by_creation_prove_it_without_a_call(
        self,
    ) -> None:
        fake = FakeBill()

        check = checked(fake, requested(*MIXED, resume=ResumePoint(at(0))))

        assert check.is_proven
        assert fake.calls_to(PATH) == []

    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([bill(n, n) for n in range(10)], id="by creation they ascend too"),
            pytest.param(MIXED[:9], id="nine rows may ascend by chance"),
            pytest.param([bill(n) for n in range(10)], id="they have no other time"),
        ],
    )
    def test_a_page_that_another_order_could_have_made_is_requested_in_reverse(
        self, rows: list[Row]
    ) -> None:
        fake = FakeBill().on(PATH, page([bill(99)]))

        check = checked(fake, requested(*rows, resume=ResumePoint(at(0))))

        assert check.is_proven
        (call,) = fake.calls_to(PATH)
        assert call.params["sort"] == "updatedTime:desc"

    @pytest.mark.parametrize(
        "reverse",
        [
            pytest.param(page(MIXED), id="the sort is ignored"),
            pytest.param(page([row("without a time"), *MIXED[::-1]]), id="a row has no time"),
            pytest.param(page(), id="nothing comes"),
            pytest.param(REFUSED, id="it is refused"),
        ],
    )
    def test_what_cannot_be_reversed_is_out_of_order(self, reverse: Response) -> None:
        fake = FakeBill().on(PATH, reverse)

        with pytest.raises(OutOfOrder):
            checked(fake, requested(*MIXED))

    def test_an_outage_is_no_proof_of_disorder(self) -> None:
        with pytest.raises(ConnectorError):
            checked(FakeBill().on(PATH, bill_error("BDC_1001", 500)), requested(*MIXED))


class TestAPageOfOneTime:
    """It shows no order, so rows before it are looked for."""

    RESUME = ResumePoint(at(0))
    PAGE = requested(bill(5, 1), bill(5, 2), resume=RESUME)

    def test_without_rows_before_it_the_walk_goes_on_and_nothing_is_proven(self) -> None:
        fake = FakeBill().on(PATH, page())

        check = checked(fake, self.PAGE)

        assert not check.is_proven
        (call,) = fake.calls_to(PATH)
        assert call.params["filters"] == (
            'updatedTime:lt:"2026-03-01T08:00:05.000Z",updatedTime:gte:"2026-03-01T08:00:00.000Z"'
        )

    def test_with_rows_before_it_the_list_is_out_of_order(self) -> None:
        with pytest.raises(OutOfOrder) as caught:
            checked(FakeBill().on(PATH, page([bill(3)])), self.PAGE)

        assert caught.value.resume == self.RESUME

    def test_at_the_resume_time_itself_nothing_can_be_before_it(self) -> None:
        fake = FakeBill()

        checked(fake, requested(bill(0, 1), bill(0, 2), resume=self.RESUME))

        assert fake.calls_to(PATH) == []


class TestADeferredProof:
    def test_it_is_made_with_the_next_page(self) -> None:
        fake = FakeBill().on(PATH, page([bill(99)]))
        check = checked(fake, requested(*MIXED), may_defer=True)
        assert (check.is_proven, len(fake.calls_to(PATH))) == (False, 0)

        check.check(requested(*MIXED, resume=ResumePoint(at(9)), next_page=None), may_defer=False)

        assert (check.is_proven, len(fake.calls_to(PATH))) == (True, 1)

    def test_disorder_resumes_from_before_the_page_that_was_not_proven(self) -> None:
        fake = FakeBill().on(PATH, page(MIXED))
        check = checked(fake, requested(*MIXED), may_defer=True)

        with pytest.raises(OutOfOrder) as caught:
            check.check(requested(*MIXED, resume=ResumePoint(at(9))), may_defer=False)

        assert caught.value.resume == BEGINNING
