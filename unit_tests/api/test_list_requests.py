"""One call to a list: what is asked, what a page is, and tokens that are handed back untouched."""

import io
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from source_billcom.api.client import BillClient
from source_billcom.api.list_requests import ListRequests, ascending_times
from source_billcom.api.query import ListQuery
from source_billcom.api.rate_limits import HourlyBudget, Throttle
from source_billcom.api.transport import Response, Transport
from source_billcom.errors import ConnectorError
from source_billcom.lists.batch import TimeRange
from source_billcom.times import format_time, parse_time
from unit_tests.fakes import (
    BASE_URL,
    CONNECTOR_CONFIG,
    Call,
    FakeBill,
    FakeClock,
    answer,
    bill_error,
    page,
    quick,
    row,
)
from unit_tests.lists.reader_bench import client_of
from unit_tests.lists.small_list import PATH

QUERY = ListQuery("bills", PATH, "updatedTime:asc", ("a:eq:b", "c:eq:d"))
ASKED = {"max": "100", "sort": "updatedTime:asc", "filters": "a:eq:b,c:eq:d"}
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


def requests_of(bill: FakeBill) -> ListRequests:
    """Return what gets the pages of a scripted list."""
    return ListRequests(client_of(bill))


class TestAPage:
    @pytest.mark.parametrize("last", [{}, {"nextPage": None}, {"nextPage": ""}])
    def test_it_is_the_last_where_there_is_no_next(self, last: dict[str, Any]) -> None:
        bill = FakeBill().on(PATH, answer(200, {"results": [row("1")], **last}))

        found = requests_of(bill).get_page(QUERY)

        assert (found.rows, found.token) == ([row("1")], None)

    @pytest.mark.parametrize("token", [7, 0, 1.5, True, False, ["b"], {"page": "b"}])
    def test_a_token_that_is_not_text_is_an_error_not_an_end(self, token: object) -> None:
        bill = FakeBill().on(PATH, answer(200, {"results": [row("1")], "nextPage": token}))

        with pytest.raises(ConnectorError, match="page token that is not a string"):
            requests_of(bill).get_page(QUERY)

    @pytest.mark.parametrize(
        "broken", [{"name": "no id"}, {"id": None}, {"id": ""}, {"id": 7}, None, "text", ["id"]]
    )
    def test_a_row_without_an_id_is_an_error(self, broken: object) -> None:
        bill = FakeBill().on(PATH, answer(200, {"results": [row("1"), broken]}))

        with pytest.raises(ConnectorError, match="row without an id while reading bills"):
            requests_of(bill).get_page(QUERY)

    @pytest.mark.parametrize(
        "body",
        [b"<html>", b'{"results":[{"id":"1"}', {}, [], {"results": None}, {"results": {}}, None],
    )
    def test_a_200_that_is_not_a_page_is_an_error_never_an_empty_list(self, body: object) -> None:
        bill = FakeBill().on(PATH, page([row("1")], "b"), answer(200, body))
        list_requests = requests_of(bill)
        list_requests.get_page(QUERY)

        with pytest.raises(ConnectorError):
            list_requests.get_page(QUERY, "b")

    def test_a_session_lost_between_pages_costs_no_row(self) -> None:
        bill = FakeBill()

        def second(call: Call) -> Response:
            if call.session == "session-1":
                return bill_error("BDC_1109", 401)
            assert call.params["page"] == "b"
            return page([row("2")])

        bill.on(PATH, page([row("1")], "b"), second)
        list_requests = requests_of(bill)

        found = list_requests.get_page(QUERY, list_requests.get_page(QUERY).token)

        assert [row["id"] for row in found.rows] == ["2"]
        assert bill.logins == 2


class TestEmptyPages:
    def test_they_are_read_over_to_the_next_rows(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page([], "c"), page([row("1")], "d"))

        found = requests_of(bill).get_nonempty_page(QUERY)

        assert (found.rows, found.token) == ([row("1")], "d")
        assert [call.params.get("page") for call in bill.calls_to(PATH)] == [None, "b", "c"]

    def test_an_empty_list_is_one_call_and_no_row(self) -> None:
        bill = FakeBill()

        assert requests_of(bill).get_nonempty_page(QUERY).rows == []
        assert len(bill.calls_to(PATH)) == 1

    @pytest.mark.parametrize("circle", [["b", "b"], ["b", "c", "b"], ["b", "c", "d", "c"]])
    def test_tokens_that_lead_in_a_circle_are_an_error_not_an_end(self, circle: list[str]) -> None:
        bill = FakeBill().on(PATH, *[page([], token) for token in circle])

        with pytest.raises(
            ConnectorError, match="same page token twice while reading bills"
        ) as caught:
            requests_of(bill).get_nonempty_page(QUERY)

        assert caught.value.failure_type is FailureType.transient_error
        assert len(bill.calls_to(PATH)) == len(circle)


class TestTheQuery:
    def test_it_goes_with_every_page(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page([], "c"), page())

        requests_of(bill).get_nonempty_page(QUERY)

        asked = [dict(call.params) for call in bill.calls_to(PATH)]
        assert asked == [ASKED, {**ASKED, "page": "b"}, {**ASKED, "page": "c"}]

    def test_where_that_is_refused_the_token_goes_alone_from_then_on(self) -> None:
        bill = FakeBill().on(
            PATH, page([], "b"), bill_error("BDC_1171", 400), page([], "c"), page([row("1")])
        )

        assert requests_of(bill).get_nonempty_page(QUERY).rows == [row("1")]

        asked = [dict(call.params) for call in bill.calls_to(PATH)]
        alone = [{"max": "100", "page": token} for token in ("b", "c")]
        assert asked == [ASKED, {**ASKED, "page": "b"}, *alone]

    def test_where_both_are_refused_that_is_the_error(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), bill_error("BDC_1171", 400))

        with pytest.raises(ConnectorError, match="refused the request"):
            requests_of(bill).get_nonempty_page(QUERY)

        assert len(bill.calls_to(PATH)) == 3

    def test_conditions_are_added_and_an_order_replaced(self) -> None:
        query = QUERY.where("e:eq:f").descending("createdTime")

        assert query.params() == {
            "sort": "createdTime:desc",
            "filters": "a:eq:b,c:eq:d,e:eq:f",
        }
        assert QUERY.params() == {k: v for k, v in ASKED.items() if k != "max"}


class Wire:
    """What would go out over HTTP, and a reply to each request in turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *replies: Response) -> None:
        self.requests: list[requests.PreparedRequest] = []
        self._replies = list(replies)
        monkeypatch.setattr(HTTPAdapter, "send", self._send)

    def _send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        self.requests.append(request)
        reply = self._replies.pop(0)
        response = requests.Response()
        response.status_code, response.raw = reply.status, io.BytesIO(reply.body)
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
        clock = FakeClock()
        transport = Transport(BASE_URL)
        list_requests = ListRequests(
            BillClient(CONNECTOR_CONFIG, Throttle(HourlyBudget(clock)), clock, transport)
        )
        second = list_requests.get_page(QUERY, list_requests.get_page(QUERY).token)
        assert [found["id"] for found in second.rows] == ["2"]
        assert wire.query(2)["sort"] == ["updatedTime:asc"]
        assert wire.query(2)["filters"] == ["a:eq:b,c:eq:d"]
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
        parts = TimeRange(start, start + length).as_filters()

        assert parts == (
            f'updatedTime:gte:"{format_time(start)}"',
            f'updatedTime:lte:"{format_time(start + length)}"',
        )

    @pytest.mark.parametrize("odd", [None, "soon", 7, {"a": 1}])
    def test_rows_are_not_in_order_where_one_has_no_readable_time(self, odd: object) -> None:
        good = {"id": "1", "updatedTime": "2026-03-01T08:00:00Z"}

        assert ascending_times([good, {"id": "2", "updatedTime": odd}], "updatedTime") is None

    def test_times_with_other_offsets_are_compared_as_times(self) -> None:
        texts = ["2026-03-01T09:30:00.000+02:00", "2026-03-01T08:00:00.000Z"]
        rows = [{"id": text, "updatedTime": text} for text in texts]

        assert ascending_times(rows, "updatedTime") is not None
        assert ascending_times(rows[::-1], "updatedTime") is None
