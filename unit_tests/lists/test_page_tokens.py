"""Reading by page tokens: one walk if it is conclusive, more until it is certain, else an error."""

import math
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_billcom.api.list_requests import ListRequests
from source_billcom.api.query import ListQuery
from source_billcom.api.transport import Response
from source_billcom.errors import ConnectorError
from source_billcom.lists.page_tokens import read_by_page_tokens
from unit_tests.fakes import Call, FakeBill, bill_error, page, quick, row
from unit_tests.lists.reader_bench import BILLS, SECOND, client_of, list_with
from unit_tests.lists.small_list import PATH, START, Behavior, SmallList


def ids_read(
    bills: SmallList | FakeBill, query: ListQuery = BILLS, known: set[str] | None = None
) -> list[str]:
    """Read to the end; return the ids in the order they came."""
    seen = set[str]() if known is None else known
    found = read_by_page_tokens(ListRequests(client_of(bills)), query, seen)
    return [row["id"] for rows in found for row in rows]


class TestHowManyWalks:
    def test_one_walk_is_enough_if_no_page_ends_between_rows_with_equal_times(self) -> None:
        bills = list_with(Behavior(cap=12), [1, 11, 12, 12], same_birth=True)

        assert len(ids_read(bills)) == 36
        walk, page_repeated = 3, 1
        assert len(bills.calls) == walk + page_repeated

    def test_without_equal_times_no_page_is_requested_again(self) -> None:
        bills = list_with(Behavior(cap=10), [1] * 40)

        assert len(ids_read(bills)) == 40
        assert len(bills.calls) == 4

    @pytest.mark.parametrize("seed", range(12))
    def test_pages_too_small_to_show_equal_times_are_walked_again(self, seed: int) -> None:
        bills = list_with(
            Behavior(cap=1, tokens="key", random_ties=True), [2, 1, 3], same_birth=True
        )
        bills._random.seed(seed)

        assert len(ids_read(bills)) == 6

    @pytest.mark.parametrize("seed", range(12))
    def test_a_random_order_of_equal_times_is_walked_until_nothing_new_comes(
        self, seed: int
    ) -> None:
        bills = list_with(
            Behavior(cap=9, tokens="key", random_ties=True), [6] * 12, same_birth=True
        )
        bills._random.seed(seed)

        assert len(ids_read(bills)) == 72

    def test_one_page_is_enough_whatever_is_on_it(self) -> None:
        bills = list_with(Behavior(random_ties=True), [90], same_birth=True)

        assert len(ids_read(bills)) == 90
        assert len(bills.calls) == 1

    def test_two_equal_walks_are_enough_if_many_rows_have_equal_times(self) -> None:
        bills = list_with(Behavior(), [250], same_birth=True)

        assert len(ids_read(bills)) == 250
        assert len(bills.calls) == 6

    def test_one_walk_is_never_enough_if_a_change_moves_rows_out_of_the_filter(self) -> None:
        bills = list_with(Behavior(cap=5, default_sort="updatedTime:asc"), [1] * 20)
        query = BILLS.ascending("updatedTime").where('updatedTime:lte:"2026-03-05T00:00:00.000Z"')

        def change() -> None:
            if len(bills.calls) == 2:
                bills.put(
                    "r000x0"
                )  # it was read, leaves the filter, and the rows behind it move up

        bills.before_call = change

        assert sorted(ids_read(bills, query)) == sorted(bills.entries)

    def test_a_list_whose_order_is_random_is_read_until_nothing_new_comes(self) -> None:
        bills = list_with(Behavior(cap=20, random_ties=True), [50], same_birth=True)

        assert sorted(ids_read(bills)) == sorted(bills.entries)

    @pytest.mark.parametrize("tokens", ["key", "offset"])
    @pytest.mark.parametrize("seed", range(2))
    def test_with_a_random_order_of_equal_times_all_rows_are_found(
        self, tokens: str, seed: int
    ) -> None:
        bills = list_with(Behavior(cap=20, tokens=tokens, random_ties=True), [260], same_birth=True)
        bills._random.seed(seed)

        assert len(ids_read(bills)) == 260
        assert len(bills.calls) < 2_000

    def test_a_list_in_random_order_that_is_too_long_is_an_error(self) -> None:
        bills = list_with(Behavior(cap=1, tokens="key", random_ties=True), [90], same_birth=True)

        with pytest.raises(ConnectorError, match="different order on each call"):
            ids_read(bills)

    def test_a_row_known_from_elsewhere_that_no_walk_returns_shows_that_walks_miss_rows(
        self,
    ) -> None:
        bills = list_with(Behavior(cap=20), [1] * 40)

        assert len(ids_read(bills, known={"elsewhere"})) == 40
        assert len(bills.calls) > 2 * 2

    def test_an_empty_last_page_is_no_failure(self) -> None:
        bills = list_with(Behavior(token_at_end=True), [3])

        assert sorted(ids_read(bills)) == sorted(bills.entries)
        assert len(bills.calls) <= 50

    def test_a_long_list_may_be_walked_twice_however_many_pages_it_has(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("source_billcom.lists.page_tokens._MAX_CALLS", 10)
        bills = list_with(Behavior(cap=2), [40], same_birth=True)

        assert sorted(ids_read(bills)) == sorted(bills.entries)


class TestItEnds:
    """Each fake fails the test after many calls, because a reader that loops would never fail."""

    MOST = 20_000

    def test_after_a_finite_number_of_walks_if_the_count_of_calls_stands_still(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A limit that is never reached stands for a counter that never moves."""
        monkeypatch.setattr("source_billcom.lists.page_tokens._MAX_CALLS", math.inf)
        calls = count()

        def reply(call: Call) -> Response:
            number = next(calls)
            assert number < self.MOST, "it does not end"
            is_first = call.params.get("page") is None
            return page([row("1")], "b") if is_first else page([row(f"new{number}")])

        with pytest.raises(ConnectorError, match="different order on each call"):
            ids_read(FakeBill().on(PATH, reply))

    def test_if_tokens_always_differ_and_lead_to_the_same_page(self) -> None:
        tokens = count()

        def reply(_: Call) -> Response:
            number = next(tokens)
            assert number < self.MOST, "it does not end"
            return page([row("1"), row("2")], f"token{number}")

        with pytest.raises(ConnectorError, match="did not lead to an end while reading bills"):
            ids_read(FakeBill().on(PATH, reply))


class TestRows:
    @quick
    @given(st.lists(st.lists(st.integers(0, 20).map(str), max_size=4), min_size=1, max_size=6))
    def test_each_comes_once_and_in_order_however_the_pages_overlap(
        self, split: list[list[str]]
    ) -> None:
        def replies() -> list[object]:
            tokens = [*map(str, range(1, len(split))), None]
            return [page(map(row, ids), t) for ids, t in zip(split, tokens, strict=True)]

        bill = FakeBill()
        again = {None if n == 0 else str(n): reply for n, reply in enumerate(replies())}
        bill.on(PATH, lambda call: again[call.params.get("page")])  # type: ignore[arg-type,return-value]

        assert ids_read(bill) == list(dict.fromkeys(name for ids in split for name in ids))

    def test_known_rows_are_left_out_and_new_ones_are_added_to_them(self) -> None:
        known = {"r000x0", "r031x1"}
        bills = list_with(Behavior(), [1] * 4)

        assert sorted(ids_read(bills, known=known)) == ["r062x2", "r093x3"]
        assert known == set(bills.entries)


class TestTokens:
    @pytest.mark.parametrize("tokens", [["b", "b"], ["b", "c", "b"], ["b", "c", "d", "c"]])
    def test_a_repeated_one_is_an_error_and_not_the_end(self, tokens: list[str]) -> None:
        bill = FakeBill().on(PATH, *[page([row(token)], token) for token in tokens])

        with pytest.raises(ConnectorError, match="same page token twice while reading bills"):
            ids_read(bill)

        assert len(bill.calls_to(PATH)) == len(tokens)

    def test_if_bill_no_longer_accepts_one_the_list_is_walked_from_its_start(self) -> None:
        bill = FakeBill().on(
            PATH,
            page([row("1")], "b"),
            bill_error("BDC_1171", 400),
            page([row("1")], "c"),
            page([row("2")]),
        )

        with pytest.raises(ConnectorError, match="refused") as caught:
            ids_read(FakeBill().on(PATH, page([row("1")], "b"), bill_error("BDC_1171", 400)))

        assert "BDC_1171" in str(caught.value)
        assert ids_read(bill) == ["1", "2"]


def test_rows_created_meanwhile_are_no_failure() -> None:
    bills = list_with(Behavior(cap=5), [1] * 20)

    def change() -> None:
        bills.now += SECOND
        if len(bills.calls) < 8:
            bills.put(f"n{len(bills.calls)}")

    before = set(bills.entries)
    bills.before_call = change

    read = ids_read(bills)

    assert before <= set(read)
    assert len(read) == len(set(read))
    assert bills.entries["r000x0"].created == START
