"""Reading by tokens: one walk where that is certain, more until it is, and a sentence if never."""

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


def walked(
    bills: SmallList | FakeBill, query: ListQuery = BILLS, known: set[str] | None = None
) -> list[str]:
    """Read to the end and return the ids in the order they came."""
    seen = set[str]() if known is None else known
    found = read_by_page_tokens(ListRequests(client_of(bills)), query, seen)
    return [row["id"] for rows in found for row in rows]


class TestHowOften:
    def test_one_walk_is_enough_where_no_page_ends_between_rows_alike(self) -> None:
        bills = list_with(Behavior(cap=12), [1, 11, 12, 12], same_birth=True)

        assert len(walked(bills)) == 36
        walk, look_at_ties = 3, 1
        assert len(bills.calls) == walk + look_at_ties

    def test_without_rows_alike_there_is_nothing_to_look_at_again(self) -> None:
        bills = list_with(Behavior(cap=10), [1] * 40)

        assert len(walked(bills)) == 40
        assert len(bills.calls) == 4

    @pytest.mark.parametrize("seed", range(12))
    def test_pages_too_small_to_show_rows_alike_are_walked_again(self, seed: int) -> None:
        bills = list_with(
            Behavior(cap=1, tokens="key", random_ties=True), [2, 1, 3], same_birth=True
        )
        bills._random.seed(seed)

        assert len(walked(bills)) == 6

    @pytest.mark.parametrize("seed", range(12))
    def test_ties_that_lie_otherwise_at_each_call_are_walked_until_nothing_new_comes(
        self, seed: int
    ) -> None:
        bills = list_with(
            Behavior(cap=9, tokens="key", random_ties=True), [6] * 12, same_birth=True
        )
        bills._random.seed(seed)

        assert len(walked(bills)) == 72

    def test_one_page_is_enough_whatever_is_on_it(self) -> None:
        bills = list_with(Behavior(random_ties=True), [90], same_birth=True)

        assert len(walked(bills)) == 90
        assert len(bills.calls) == 1

    def test_two_walks_alike_are_enough_where_many_rows_are_alike(self) -> None:
        bills = list_with(Behavior(), [250], same_birth=True)

        assert len(walked(bills)) == 250
        assert len(bills.calls) == 6

    def test_one_walk_is_never_enough_where_a_change_takes_rows_out(self) -> None:
        bills = list_with(Behavior(cap=5, default_sort="updatedTime:asc"), [1] * 20)
        query = BILLS.ascending("updatedTime").where('updatedTime:lte:"2026-03-05T00:00:00.000Z"')

        def change() -> None:
            if len(bills.calls) == 2:
                bills.put("r000x0")  # read already: it leaves, and all behind it move up

        bills.before_call = change

        assert sorted(walked(bills, query)) == sorted(bills.entries)

    def test_a_list_whose_order_is_random_is_read_until_nothing_new_comes(self) -> None:
        bills = list_with(Behavior(cap=20, random_ties=True), [50], same_birth=True)

        assert sorted(walked(bills)) == sorted(bills.entries)

    @pytest.mark.parametrize("tokens", ["key", "offset"])
    @pytest.mark.parametrize("seed", range(4))
    def test_rows_alike_that_lie_otherwise_at_each_call_are_all_found(
        self, tokens: str, seed: int
    ) -> None:
        bills = list_with(Behavior(cap=20, tokens=tokens, random_ties=True), [260], same_birth=True)
        bills._random.seed(seed)

        assert len(walked(bills)) == 260
        assert len(bills.calls) < 2_000

    def test_a_list_too_long_to_be_found_by_chance_is_an_error(self) -> None:
        bills = list_with(Behavior(cap=1, tokens="key", random_ties=True), [90], same_birth=True)

        with pytest.raises(ConnectorError, match="different order on each call"):
            walked(bills)

    def test_rows_known_from_elsewhere_that_no_walk_meets_are_a_sign_that_walks_miss_some(
        self,
    ) -> None:
        bills = list_with(Behavior(cap=20), [1] * 40)

        assert len(walked(bills, known={"elsewhere"})) == 40
        assert len(bills.calls) > 2 * 2

    def test_an_empty_page_behind_the_last_is_no_reason_to_fail(self) -> None:
        bills = list_with(Behavior(token_at_end=True), [3])

        assert sorted(walked(bills)) == sorted(bills.entries)
        assert len(bills.calls) <= 50

    def test_a_long_list_may_be_walked_twice_however_many_pages_it_has(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("source_billcom.lists.page_tokens._MAX_CALLS", 10)
        bills = list_with(Behavior(cap=2), [40], same_birth=True)

        assert sorted(walked(bills)) == sorted(bills.entries)


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
            walked(FakeBill().on(PATH, reply))

    def test_if_tokens_always_differ_and_lead_to_the_same_page(self) -> None:
        tokens = count()

        def reply(_: Call) -> Response:
            number = next(tokens)
            assert number < self.MOST, "it does not end"
            return page([row("1"), row("2")], f"token{number}")

        with pytest.raises(ConnectorError, match="did not lead to an end while reading bills"):
            walked(FakeBill().on(PATH, reply))


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

        assert walked(bill) == list(dict.fromkeys(name for ids in split for name in ids))

    def test_those_known_are_left_out_and_those_new_are_noted(self) -> None:
        known = {"r000x0", "r031x1"}
        bills = list_with(Behavior(), [1] * 4)

        assert sorted(walked(bills, known=known)) == ["r062x2", "r093x3"]
        assert known == set(bills.entries)


class TestTokens:
    @pytest.mark.parametrize("circle", [["b", "b"], ["b", "c", "b"], ["b", "c", "d", "c"]])
    def test_a_circle_is_an_error_not_an_end(self, circle: list[str]) -> None:
        bill = FakeBill().on(PATH, *[page([row(token)], token) for token in circle])

        with pytest.raises(ConnectorError, match="same page token twice while reading bills"):
            walked(bill)

        assert len(bill.calls_to(PATH)) == len(circle)

    def test_one_that_is_no_longer_taken_begins_the_walk_again(self) -> None:
        bill = FakeBill().on(
            PATH,
            page([row("1")], "b"),
            bill_error("BDC_1171", 400),
            page([row("1")], "c"),
            page([row("2")]),
        )

        with pytest.raises(ConnectorError, match="refused") as caught:
            walked(FakeBill().on(PATH, page([row("1")], "b"), bill_error("BDC_1171", 400)))

        assert "BDC_1171" in str(caught.value)
        assert walked(bill) == ["1", "2"]


def test_rows_that_came_while_it_was_read_are_no_reason_to_fail() -> None:
    bills = list_with(Behavior(cap=5), [1] * 20)

    def change() -> None:
        bills.now += SECOND
        if len(bills.calls) < 8:
            bills.put(f"n{len(bills.calls)}")

    before = set(bills.entries)
    bills.before_call = change

    read = walked(bills)

    assert before <= set(read)
    assert len(read) == len(set(read))
    assert bills.entries["r000x0"].created == START
