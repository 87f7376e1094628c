"""How a list is read: every page, no row lost, no end too early, tokens untouched."""

import logging
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from source_billcom.client import BillClient
from source_billcom.errors import BillError
from source_billcom.reading import ListQuery, Range, Row, format_time, pages
from source_billcom.settings import parse_time
from source_billcom.throttle import HourlyBudget, Throttle
from source_billcom.transport import Answer, Transport
from unit_tests.fakes import (
    BASE_URL,
    NOW,
    SETTINGS,
    Call,
    FakeBill,
    FakeClock,
    answer,
    bill_error,
    page,
    quick,
    row,
)

PATH = "/v3/bills"
INTERVAL = Range(datetime(2026, 1, 1, tzinfo=UTC), NOW)
INCREMENTAL = ListQuery("bills", PATH, "updatedTime:asc", INTERVAL)
SORTED = ListQuery("departments", PATH, "createdTime:asc")
PLAIN = ListQuery("recurring_bills", PATH)
ODD_TOKENS = [
    "1_01",
    "1e5",
    "[1, None]",
    "a+b/c=&d e",
    "%2B%25",
    "{{ 1 + 1 }}",
    "0",
    "null",
    " ",
    "#?",
]
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the strategy adds the zones
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)


def client_of(bill: Transport) -> BillClient:
    """Return a client that talks to `bill`."""
    clock = FakeClock()
    return BillClient(SETTINGS, Throttle(HourlyBudget(clock)), clock, bill)


def walk(bill: FakeBill, query: ListQuery = INCREMENTAL) -> list[list[Row]]:
    """Read the list to its end."""
    return list(pages(client_of(bill), query))


def ids(read: list[list[Row]]) -> list[str]:
    """Return the ids of all rows in the order they came."""
    return [found["id"] for rows in read for found in rows]


class TestTheWalk:
    def test_every_page_is_read_in_order(self) -> None:
        bill = FakeBill().on(
            PATH, page([row("1"), row("2")], "b"), page([row("3")], "c"), page([row("4")])
        )

        assert ids(walk(bill)) == ["1", "2", "3", "4"]
        assert [call.params.get("page") for call in bill.calls_to(PATH)] == [None, "b", "c"]

    @pytest.mark.parametrize("last", [{}, {"nextPage": None}, {"nextPage": ""}])
    def test_it_ends_where_there_is_no_next_page(self, last: dict[str, Any]) -> None:
        bill = FakeBill().on(PATH, answer(200, {"results": [row("1")], **last}))

        assert ids(walk(bill)) == ["1"]
        assert len(bill.calls_to(PATH)) == 1

    def test_it_does_not_end_because_pages_are_empty(self) -> None:
        bill = FakeBill().on(
            PATH,
            page([], "b"),
            page([row("1")], "c"),
            page([], "d"),
            page([], "e"),
            page([row("2")]),
        )

        assert ids(walk(bill)) == ["1", "2"]

    def test_an_empty_list_is_one_call_and_no_row(self) -> None:
        bill = FakeBill()

        assert walk(bill) == []
        assert len(bill.calls_to(PATH)) == 1

    def test_nothing_is_read_ahead_of_the_rows_taken(self) -> None:
        bill = FakeBill().on(PATH, page([row("1")], "b"), page([row("2")]))
        reading = pages(client_of(bill), INCREMENTAL)

        next(reading)

        assert len(bill.calls_to(PATH)) == 1

    @pytest.mark.parametrize("circle", [["b", "b"], ["b", "c", "b"], ["b", "c", "d", "c"]])
    def test_tokens_that_lead_in_a_circle_are_an_error_not_an_end(self, circle: list[str]) -> None:
        bill = FakeBill().on(PATH, *[page([row(token)], token) for token in circle])

        with pytest.raises(BillError, match="circle while reading bills") as caught:
            walk(bill)

        assert caught.value.failure_type is FailureType.transient_error
        assert len(bill.calls_to(PATH)) == len(circle)

    @pytest.mark.parametrize("token", [7, 0, 1.5, True, False, ["b"], {"page": "b"}])
    def test_a_token_that_is_not_text_is_an_error_not_an_end(self, token: object) -> None:
        bill = FakeBill().on(PATH, answer(200, {"results": [row("1")], "nextPage": token}))

        with pytest.raises(BillError, match="page token that is not text"):
            walk(bill)

    @pytest.mark.parametrize(
        "broken", [{"name": "no id"}, {"id": None}, {"id": ""}, {"id": 7}, None, "text", ["id"]]
    )
    def test_a_row_without_an_id_is_an_error(self, broken: object) -> None:
        bill = FakeBill().on(PATH, answer(200, {"results": [row("1"), broken]}))

        with pytest.raises(BillError, match="row without an id while reading bills"):
            walk(bill)

    @pytest.mark.parametrize(
        "body",
        [b"<html>", b'{"results":[{"id":"1"}', {}, [], {"results": None}, {"results": {}}, None],
    )
    def test_a_200_that_is_not_a_page_is_an_error_never_an_empty_list(self, body: object) -> None:
        bill = FakeBill().on(PATH, page([row("1")], "b"), answer(200, body))

        with pytest.raises(BillError):
            walk(bill)

    def test_a_session_lost_between_pages_costs_no_row(self) -> None:
        bill = FakeBill()

        def second(call: Call) -> Answer:
            if call.session == "session-1":
                return bill_error("BDC_1109", 401)
            assert call.params["page"] == "b"
            return page([row("2")])

        bill.on(PATH, page([row("1")], "b"), second)

        assert ids(walk(bill)) == ["1", "2"]
        assert bill.logins == 2

    @quick
    @given(
        st.lists(st.lists(st.uuids().map(str), max_size=4), min_size=1, max_size=8),
        st.data(),
    )
    def test_any_split_into_pages_gives_all_rows_once_in_order(
        self, split: list[list[str]], data: st.DataObject
    ) -> None:
        tokens = data.draw(
            st.lists(
                st.text(min_size=1, max_size=10),
                min_size=len(split),
                max_size=len(split),
                unique=True,
            )
        )
        replies = [page(map(row, rows), token) for rows, token in zip(split, tokens, strict=True)]
        replies[-1] = page(map(row, split[-1]))

        read = walk(FakeBill().on(PATH, *replies))

        assert ids(read) == [identity for rows in split for identity in rows]


class TestTheQuery:
    def test_sort_filter_and_page_size_go_with_every_page(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page([], "c"), page())

        walk(bill)

        for call in bill.calls_to(PATH):
            assert call.params["max"] == "100"
            assert call.params["sort"] == "updatedTime:asc"
            assert call.params["filters"] == (
                'updatedTime:gte:"2026-01-01T00:00:00.000Z",'
                'updatedTime:lte:"2026-03-10T12:20:30.000Z"'
            )

    def test_a_list_that_cannot_be_sorted_or_filtered_gets_neither(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page())

        walk(bill, PLAIN)

        assert [dict(call.params) for call in bill.calls_to(PATH)] == [
            {"max": "100"},
            {"max": "100", "page": "b"},
        ]

    def test_where_the_order_is_refused_the_list_is_read_without_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bill = FakeBill().on(
            PATH,
            bill_error("BDC_1171", 400, "cannot sort"),
            page([row("1")], "b"),
            page([row("2")]),
        )

        with caplog.at_level(logging.WARNING):
            read = walk(bill, SORTED)

        assert ids(read) == ["1", "2"]
        assert [call.params.get("sort") for call in bill.calls_to(PATH)] == [
            "createdTime:asc",
            None,
            None,
        ]
        (warning,) = caplog.messages
        assert "departments unsorted" in warning

    @pytest.mark.parametrize("query", [INCREMENTAL, PLAIN])
    def test_the_order_of_an_incremental_list_is_never_given_up(self, query: ListQuery) -> None:
        bill = FakeBill().on(PATH, bill_error("BDC_1171", 400))

        with pytest.raises(BillError, match="refused the request"):
            walk(bill, query)

        assert len(bill.calls_to(PATH)) == 1

    def test_the_order_is_not_changed_in_the_middle_of_a_list(self) -> None:
        bill = FakeBill().on(PATH, page([row("1")], "b"), bill_error("BDC_1171", 400))

        with pytest.raises(BillError, match="refused the request"):
            walk(bill, SORTED)

    def test_a_list_refused_sorted_and_unsorted_is_an_error(self) -> None:
        bill = FakeBill().on(PATH, bill_error("BDC_1171", 400))

        with pytest.raises(BillError, match="refused the request"):
            walk(bill, SORTED)

        assert len(bill.calls_to(PATH)) == 2


class Wire:
    """What would go out over HTTP, and a reply to each request in turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *replies: Answer) -> None:
        self.requests: list[requests.PreparedRequest] = []
        self._replies = list(replies)
        monkeypatch.setattr(HTTPAdapter, "send", self._send)

    def _send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        self.requests.append(request)
        reply = self._replies.pop(0)
        response = requests.Response()
        response.status_code, response._content = reply.status, reply.body
        response.request = request
        return response

    def query(self, number: int) -> dict[str, list[str]]:
        """Return the query of a request as a server would read it."""
        url = str(self.requests[number].url)
        return parse_qs(urlsplit(url).query, strict_parsing=True, encoding="utf-8")


class TestTokensOnTheWire:
    @staticmethod
    def token_at_the_server(monkeypatch: pytest.MonkeyPatch, token: str) -> list[str]:
        """Return what the server reads as `page` after it sent `token`."""
        wire = Wire(
            monkeypatch, answer(200, {"sessionId": "s"}), page([row("1")], token), page([row("2")])
        )
        assert ids(list(pages(client_of(Transport(BASE_URL)), INCREMENTAL))) == ["1", "2"]
        assert wire.query(2)["sort"] == ["updatedTime:asc"]
        assert wire.query(2)["filters"] == [INTERVAL.as_filter()]
        return wire.query(2)["page"]

    @pytest.mark.parametrize("token", [*ODD_TOKENS, "\u00fcml\u00e4ut \u4ed8\u6b3e \U0001f4b8"])
    def test_an_opaque_token_reaches_the_server_unchanged(
        self, monkeypatch: pytest.MonkeyPatch, token: str
    ) -> None:
        assert self.token_at_the_server(monkeypatch, token) == [token]

    @quick
    @given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
    def test_a_token_of_any_characters_reaches_the_server_unchanged(self, token: str) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            assert self.token_at_the_server(monkeypatch, token) == [token]


class TestTimes:
    @quick
    @given(TIMES)
    def test_a_time_written_for_bill_reads_back_to_the_millisecond(self, moment: datetime) -> None:
        read = parse_time(format_time(moment))

        assert read is not None
        assert timedelta(0) <= moment - read < timedelta(milliseconds=1)

    @quick
    @given(TIMES)
    def test_a_time_is_written_in_utc_without_a_plus(self, moment: datetime) -> None:
        text = format_time(moment)

        assert text.endswith("Z")
        assert len(text) == len("2026-01-01T00:00:00.000Z")
        assert "+" not in text

    @quick
    @given(TIMES, TIMES)
    def test_written_times_sort_as_the_times_do(self, one: datetime, other: datetime) -> None:
        if one <= other:
            assert format_time(one) <= format_time(other)

    @quick
    @given(TIMES, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3_000)))
    def test_the_filter_of_a_range_names_both_ends_quoted(
        self, start: datetime, length: timedelta
    ) -> None:
        parts = Range(start, start + length).as_filter().split(",")

        assert parts == [
            f'updatedTime:gte:"{format_time(start)}"',
            f'updatedTime:lte:"{format_time(start + length)}"',
        ]
