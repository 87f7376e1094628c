"""One walk along page tokens, and what its rows show about their order."""

import pytest

from source_billcom.api.list_requests import ListRequests, Page
from source_billcom.api.query import CREATED, UPDATED, Row
from source_billcom.errors import ConnectorError
from source_billcom.lists.page_token_walk import (
    PageTokenWalk,
    follow_tokens,
    keeps_order_of_equal_keys,
)
from unit_tests.fakes import Call, FakeBill, bill_error, page, row
from unit_tests.lists.reader_bench import BILLS, SECOND, client_of
from unit_tests.lists.small_list import PATH, START

BY_CREATION = BILLS.ascending(CREATED)


def created(name: str, second: int, updated: int = 0) -> Row:
    """Return a row that was created and updated at these seconds."""
    return row(name, START + updated * SECOND, createdTime=(START + second * SECOND).isoformat())


def walk_of(*pages: list[Row]) -> PageTokenWalk:
    """Return a walk of these pages, whose tokens are their numbers."""
    walk = PageTokenWalk()
    for number, rows in enumerate(pages):
        walk.add(Page(rows, str(number + 1)), str(number) if number else None)
    return walk


def five(first: int, *, same_second: int | None = None) -> list[Row]:
    """Return five rows, created in different seconds unless one is given."""
    numbers = range(first, first + 5)
    return [created(f"r{n:02}", n if same_second is None else same_second) for n in numbers]


class TestConclusive:
    def test_one_page_is(self) -> None:
        assert walk_of(five(0, same_second=1)).is_conclusive(BY_CREATION)

    def test_pages_that_end_between_different_sort_keys_are(self) -> None:
        assert walk_of(five(0), five(5)).is_conclusive(BY_CREATION)

    @pytest.mark.parametrize(
        "pages",
        [
            pytest.param([five(0), [created("r05", 4), *five(6)]], id="equal keys at the boundary"),
            pytest.param([five(0), [*five(5), created("r00", 11)]], id="a row comes twice"),
            pytest.param([five(0)[:4], five(5)[:4]], id="pages are too small"),
            pytest.param([five(5), five(0)], id="they are not sorted as asked"),
            pytest.param([five(0), five(5), []], id="it ends with an empty page"),
        ],
    )
    def test_others_are_not(self, pages: list[list[Row]]) -> None:
        assert not walk_of(*pages).is_conclusive(BY_CREATION)

    def test_a_list_filtered_by_update_time_is_not(self) -> None:
        query = BY_CREATION.where(f'{UPDATED}:gte:"2026-03-01T08:00:00.000Z"')

        assert not walk_of(five(0), five(5)).is_conclusive(query)


class TestSortKeys:
    ROWS = (created("b", 1, 9), created("a", 2, 8))

    def test_they_are_the_times_asked_for(self) -> None:
        assert walk_of(list(self.ROWS)).sort_keys("createdTime:asc") == [
            START + SECOND,
            START + 2 * SECOND,
        ]

    def test_without_a_sort_they_are_what_the_rows_are_sorted_by(self) -> None:
        assert walk_of([*self.ROWS[::-1]]).sort_keys(None)[0] == START + 2 * SECOND

    def test_rows_in_no_order_have_equal_keys(self) -> None:
        rows = [created(name, second, second) for name, second in (("b", 2), ("c", 1), ("a", 3))]

        assert walk_of(rows).sort_keys(None) == [None, None, None]

    def test_a_row_without_the_time_leaves_no_key(self) -> None:
        assert walk_of([row("b"), created("a", 1)]).sort_keys("createdTime:asc") == [None, None]


class TestBits:
    def test_two_rows_with_equal_keys_are_one_bit(self) -> None:
        walk = walk_of([created("b", 1), created("a", 1)])

        assert walk.bits_of_equal_keys("createdTime:asc") == pytest.approx(1.0)

    def test_groups_of_equal_keys_add_up(self) -> None:
        walk = walk_of(
            [created(name, second) for name, second in zip("dcba", [1, 1, 2, 2], strict=True)]
        )

        assert walk.bits_of_equal_keys("createdTime:asc") == pytest.approx(2.0)

    def test_the_page_that_says_most_is_found_with_its_token(self) -> None:
        walk = walk_of(five(0), five(5, same_second=9))

        bits, token, ids = walk.page_with_most_equal_keys("createdTime:asc")

        assert (round(2**bits), token, ids[0]) == (5 * 4 * 3 * 2, "1", "r05")


class TestKeepsOrder:
    WALK = walk_of(five(0), five(5, same_second=9))
    SECOND_PAGE = five(5, same_second=9)

    def keeps_order(self, bill: FakeBill) -> bool:
        """Tell it of the walk."""
        return keeps_order_of_equal_keys(ListRequests(client_of(bill)), BY_CREATION, self.WALK)

    def test_the_page_with_most_equal_keys_is_requested_again_three_times(self) -> None:
        bill = FakeBill().on(PATH, page(self.SECOND_PAGE))

        assert self.keeps_order(bill)
        assert [call.params["page"] for call in bill.calls_to(PATH)] == ["1", "1", "1"]

    def test_another_order_shows(self) -> None:
        assert not self.keeps_order(FakeBill().on(PATH, page(self.SECOND_PAGE[::-1])))

    def test_rows_that_came_or_left_meanwhile_are_not_another_order(self) -> None:
        again = [created("new", 9), *self.SECOND_PAGE[1:]]

        assert self.keeps_order(FakeBill().on(PATH, page(again)))

    def test_a_token_that_works_once_only_shows_nothing(self) -> None:
        assert self.keeps_order(FakeBill().on(PATH, bill_error("BDC_1171", 400)))

    def test_an_outage_is_an_error(self) -> None:
        with pytest.raises(ConnectorError):
            self.keeps_order(FakeBill().on(PATH, bill_error("BDC_1001", 500)))

    def test_one_page_needs_no_call(self) -> None:
        bill = FakeBill()
        requests = ListRequests(client_of(bill))

        assert keeps_order_of_equal_keys(requests, BY_CREATION, walk_of(five(0, same_second=1)))
        assert bill.calls == []


class TestFollowingTokens:
    def test_each_page_comes_with_the_token_it_was_requested_with(self) -> None:
        bill = FakeBill().on(PATH, page([row("1")], "b"), page([row("2")], "c"), page([row("3")]))

        found = list(follow_tokens(ListRequests(client_of(bill)), BILLS, None))

        assert [(token, each.rows[0]["id"]) for token, each in found] == [
            (None, "1"),
            ("b", "2"),
            ("c", "3"),
        ]

    def test_a_first_page_that_was_read_already_is_not_requested_again(self) -> None:
        bill = FakeBill().on(PATH, page([row("2")]))
        first = Page([row("1")], "b")

        found = list(follow_tokens(ListRequests(client_of(bill)), BILLS, first))

        assert [each.rows[0]["id"] for _, each in found] == ["1", "2"]
        assert len(bill.calls_to(PATH)) == 1

    def test_pages_that_overlap_for_long_are_no_loop(self) -> None:
        """Each page repeats the row before it, as when rows move while they are read."""

        def reply(call: Call) -> object:
            number = int(call.params.get("page", "0"))
            rows = [row(str(number)), row(str(number + 1))]
            return page(rows, str(number + 1) if number < 1_500 else None)

        bill = FakeBill().on(PATH, reply)  # type: ignore[arg-type]

        assert len(list(follow_tokens(ListRequests(client_of(bill)), BILLS, None))) == 1_501
