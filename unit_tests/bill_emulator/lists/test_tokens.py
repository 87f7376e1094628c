"""Page tokens, and reading lists with them in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_emulator.contract import LISTS
from bill_emulator.errors import BillError
from bill_emulator.http import Call
from bill_emulator.list_routes import Twist, answer_list
from bill_emulator.options import changed
from unit_tests.bill_emulator.small_bill import bills, sign_in_body, small_bill, time_of

if TYPE_CHECKING:
    from bill_emulator.emulated_bill import Bill

BILLS = LISTS["bills"]
ROWS = bills(50)
IDS = {row["id"] for row in ROWS}
FORMS = ["opaque", "numeric", "literal", "url"]


def get(bill: Bill, twist: Twist | None = None, **params: Any) -> dict[str, Any]:
    session = bill.sessions.sign_in(sign_in_body(bill), bill.options)
    texts = {name: str(value) for name, value in params.items()}
    call = Call("GET", BILLS.path, texts, {})
    answer = answer_list(bill, BILLS, session, call, twist or Twist())
    page: dict[str, Any] = orjson.loads(answer.body)
    return page


def walk(bill: Bill, **params: Any) -> list[dict[str, Any]]:
    pages = [get(bill, **params)]
    while pages[-1].get("nextPage"):
        assert len(pages) < 500
        pages.append(get(bill, page=pages[-1]["nextPage"]))
    return pages


def ids(pages: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for page in pages for row in page["results"]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("position", ["key", "offset"])
@given(
    size=st.integers(1, 60),
    sort=st.sampled_from(["", "updatedTime:asc", "updatedTime:desc", "archived", "dueDate:desc"]),
    filters=st.sampled_from(["", "archived:eq:false", f'updatedTime:gte:"{time_of(4_995)}"']),
)
def test_following_page_tokens_gives_every_row_once(
    form: str, position: str, size: int, sort: str, filters: str
) -> None:
    bill = small_bill({"bills": ROWS}, page_token_form=form, page_token_position=position)
    whole = ids([get(bill, max=100, sort=sort, filters=filters)])
    assert ids(walk(bill, max=size, sort=sort, filters=filters)) == whole
    if not filters:
        assert set(whole) == IDS


@pytest.mark.parametrize("position", ["key", "offset"])
@pytest.mark.parametrize("filters", ["", "archived:eq:false"])
def test_previous_pages_lead_back(position: str, filters: str) -> None:
    bill = small_bill({"bills": ROWS}, page_token_position=position)
    pages = walk(bill, max=7, sort="updatedTime:desc", filters=filters)
    assert "prevPage" not in pages[0]
    assert "nextPage" not in pages[-1]
    page = pages[-1]
    for earlier in reversed(pages[:-1]):
        page = get(bill, page=page["prevPage"])
        assert page["results"] == earlier["results"]
    assert "prevPage" not in page
    assert "nextPage" in page


def test_offset_tokens_lose_rows_that_change_while_they_are_followed() -> None:
    lost = {}
    for position in ("key", "offset"):
        bill = small_bill({"bills": ROWS}, page_token_position=position)
        first = get(bill, max=20, sort="updatedTime:asc")
        bill.store.replace("bills", bill.store.row("bills", first["results"][0]["id"]))
        seen = set(ids([first]))
        page = first
        while page.get("nextPage"):
            page = get(bill, page=page["nextPage"])
            seen |= set(ids([page]))
        lost[position] = len(IDS - seen)
    assert lost == {"key": 0, "offset": 1}


def test_random_ties_keep_to_their_second() -> None:
    bill = small_bill({"bills": ROWS}, tie_order="random", page_token_position="offset")
    orders = {tuple(ids([get(bill, max=100, sort="updatedTime:asc")])) for _ in range(5)}
    assert len(orders) > 1
    times = [row["updatedTime"] for row in get(bill, max=100, sort="updatedTime:asc")["results"]]
    assert times == sorted(times)


@pytest.mark.parametrize("form", FORMS)
def test_each_page_has_another_token(form: str) -> None:
    bill = small_bill({"bills": ROWS}, page_token_form=form)
    tokens = [page["nextPage"] for page in walk(bill, max=3) if "nextPage" in page]
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize("text", ["2", "x", "AAAA", "%%%", "bnVsbA"])
def test_an_invalid_token_is_refused(text: str) -> None:
    with pytest.raises(BillError) as raised:
        get(small_bill({"bills": ROWS}), page=text)
    assert raised.value.status == 400


def test_a_changed_token_is_refused() -> None:
    bill = small_bill({"bills": ROWS})
    token = get(bill, max=1)["nextPage"]
    with pytest.raises(BillError):
        get(bill, page=token[:-1] + ("A" if token[-1] != "A" else "B"))


def test_a_token_of_another_list_is_refused() -> None:
    bill = small_bill({"bills": ROWS, "vendors": [dict(row) for row in ROWS]})
    token = get(bill, max=1)["nextPage"]
    session = bill.sessions.sign_in(sign_in_body(bill), bill.options)
    with pytest.raises(BillError):
        answer_list(bill, LISTS["vendors"], session, Call("GET", "", {"page": token}, {}))


def test_a_token_may_have_a_lifetime() -> None:
    bill = small_bill({"bills": ROWS}, page_token_minutes=5)
    token = get(bill, max=1)["nextPage"]
    bill.clock.advance(299)
    get(bill, page=token)
    bill.clock.advance(1)
    with pytest.raises(BillError):
        get(bill, page=token)


SENT = {"filters": "archived:eq:false", "sort": "updatedTime:asc"}


@pytest.mark.parametrize(
    ("rule", "again", "alone"), [("accepted", 1, 1), ("required", 1, 0), ("refused", 0, 1)]
)
def test_filters_sent_again_with_a_token(rule: str, again: int, alone: int) -> None:
    bill = small_bill({"bills": ROWS}, filters_with_token=rule)
    token = get(bill, None, max=5, **SENT)["nextPage"]
    for params, taken in (({"page": token, **SENT}, again), ({"page": token}, alone)):
        if taken:
            assert len(get(bill, None, **params)["results"]) == 5
        else:
            with pytest.raises(BillError):
                get(bill, None, **params)


def test_changed_filters_with_a_token() -> None:
    bill = small_bill({"bills": ROWS})
    token = get(bill, max=5, filters="archived:eq:false")["nextPage"]
    other = {"page": token, "filters": "archived:eq:true"}
    assert not any(row["archived"] for row in get(bill, **other)["results"])
    bill.options = changed(bill.options, {"changed_query_with_token": "applied"})
    assert all(row["archived"] for row in get(bill, **other)["results"])
    bill.options = changed(bill.options, {"changed_query_with_token": "refused"})
    with pytest.raises(BillError):
        get(bill, **other)


@pytest.mark.parametrize(("rule", "rows"), [("applied", 2), ("ignored", 5)])
def test_max_sent_with_a_token(rule: str, rows: int) -> None:
    bill = small_bill({"bills": ROWS}, max_with_token=rule)
    token = get(bill, max=5)["nextPage"]
    assert len(get(bill, page=token, max=2)["results"]) == rows


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "ten", "", "1_0", "٣"])
def test_max_must_be_between_1_and_100(text: str) -> None:
    with pytest.raises(BillError) as raised:
        get(small_bill({"bills": ROWS}), max=text)
    assert raised.value.status == 400


def test_page_sizes() -> None:
    bill = small_bill({"bills": ROWS})
    assert len(get(bill)["results"]) == 20
    bill.options = changed(bill.options, {"page_size_cap": 8})
    assert [len(page["results"]) for page in walk(bill, max=100)] == [8] * 6 + [2]


@pytest.mark.parametrize(
    ("option", "shown"), [("absent", {}), ("null", {"nextPage": None}), ("empty", {"nextPage": ""})]
)
def test_next_page_at_the_end(option: str, shown: dict[str, Any]) -> None:
    bill = small_bill({"bills": ROWS}, next_page_at_end=option)
    page = get(bill, max=100)
    assert {k: v for k, v in page.items() if k != "results"} == shown
    assert "prevPage" not in page


def test_empty_pages_in_the_middle_lose_nothing() -> None:
    bill = small_bill({"bills": ROWS}, empty_page_every=3)
    pages = walk(bill, max=10)
    assert [len(page["results"]) for page in pages] == [10, 10, 0, 10, 10, 0, 10]
    assert sorted(ids(pages)) == sorted(IDS)


def test_faults_can_empty_a_page_or_repeat_its_token() -> None:
    bill = small_bill({"bills": ROWS})
    first = get(bill, max=10)
    empty = get(bill, Twist(empty=True), page=first["nextPage"])
    assert empty["results"] == []
    following = get(bill, page=empty["nextPage"])
    assert following["results"] == get(bill, page=first["nextPage"])["results"]
    repeated = get(bill, Twist(repeat_token=True), page=first["nextPage"])
    assert repeated["nextPage"] == first["nextPage"]


def test_archived_rows_may_be_hidden_but_asked_for() -> None:
    bill = small_bill({"bills": ROWS}, archived_rows="hidden")
    assert not any(row["archived"] for row in get(bill, max=100)["results"])
    assert len(get(bill, max=100, filters="archived:eq:true")["results"]) == 8


def test_rows_become_visible_late_by_option() -> None:
    bill = small_bill({"bills": ROWS}, visibility_delay_seconds=60)
    bill.store.replace("bills", ROWS[0])
    assert len(get(bill, max=100)["results"]) == 49
    bill.clock.advance(60)
    assert len(get(bill, max=100)["results"]) == 50


def test_without_a_sort_rows_come_in_order_of_creation() -> None:
    rows = get(small_bill({"bills": ROWS}), max=100)["results"]
    assert rows == sorted(rows, key=lambda row: (row["createdTime"], row["id"]))
