"""One call to a list: its parameters, what counts as a page, and tokens sent back unchanged."""

import io
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from airbyte_cdk.models import FailureType
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from source_billcom.api.list_requests import ListRequests, ascending_times
from source_billcom.api.query import ListQuery
from source_billcom.api.transport import Response, Transport
from source_billcom.errors import ConnectorError
from unit_tests import fakes
from unit_tests.fakes import (
    BASE_URL,
    Call,
    FakeBill,
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


def requests_of(bill: FakeBill) -> ListRequests:
    """Return the requests of a scripted list."""
    return ListRequests(client_of(bill))


class TestAPage:
    @pytest.mark.parametrize("last", [{}, {"nextPage": None}, {"nextPage": ""}])
    def test_it_is_the_last_if_there_is_no_next_one(self, last: dict[str, Any]) -> None:
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
    def test_they_are_skipped_until_rows_come(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page([], "c"), page([row("1")], "d"))

        found = requests_of(bill).get_nonempty_page(QUERY)

        assert (found.rows, found.token) == ([row("1")], "d")
        assert [call.params.get("page") for call in bill.calls_to(PATH)] == [None, "b", "c"]

    def test_an_empty_list_is_one_call_and_no_row(self) -> None:
        bill = FakeBill()

        assert requests_of(bill).get_nonempty_page(QUERY).rows == []
        assert len(bill.calls_to(PATH)) == 1

    @pytest.mark.parametrize("tokens", [["b", "b"], ["b", "c", "b"], ["b", "c", "d", "c"]])
    def test_tokens_that_form_a_loop_are_an_error_and_not_the_end(self, tokens: list[str]) -> None:
        bill = FakeBill().on(PATH, *[page([], token) for token in tokens])

        with pytest.raises(
            ConnectorError, match="same page token twice while reading bills"
        ) as caught:
            requests_of(bill).get_nonempty_page(QUERY)

        assert caught.value.failure_type is FailureType.transient_error
        assert len(bill.calls_to(PATH)) == len(tokens)

    def test_tokens_that_always_differ_are_an_error_after_a_thousand_pages(self) -> None:
        numbers = count()
        bill = FakeBill().on(PATH, lambda _: page([], f"token{next(numbers)}"))

        with pytest.raises(ConnectorError, match="did not lead to an end while reading bills"):
            requests_of(bill).get_nonempty_page(QUERY)

        assert len(bill.calls_to(PATH)) == 1_000


class TestTheQuery:
    def test_it_goes_with_every_page(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page([], "c"), page())

        requests_of(bill).get_nonempty_page(QUERY)

        asked = [dict(call.params) for call in bill.calls_to(PATH)]
        assert asked == [ASKED, {**ASKED, "page": "b"}, {**ASKED, "page": "c"}]

    def test_if_that_is_refused_the_token_goes_alone_from_then_on(self) -> None:
        bill = FakeBill().on(
            PATH, page([], "b"), bill_error("BDC_1171", 400), page([], "c"), page([row("1")])
        )

        assert requests_of(bill).get_nonempty_page(QUERY).rows == [row("1")]

        asked = [dict(call.params) for call in bill.calls_to(PATH)]
        alone = [{"max": "100", "page": token} for token in ("b", "c")]
        assert asked == [ASKED, {**ASKED, "page": "b"}, *alone]

    def test_if_both_are_refused_the_refusal_is_the_error(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), bill_error("BDC_1171", 400))

        with pytest.raises(ConnectorError, match="refused the request"):
            requests_of(bill).get_nonempty_page(QUERY)

        assert len(bill.calls_to(PATH)) == 3


class TestExtraParameters:
    QUERY = ListQuery("bills", PATH, extra=(("billApprovals", "true"),))

    def test_they_go_with_every_page(self) -> None:
        bill = FakeBill().on(PATH, page([], "b"), page())

        requests_of(bill).get_nonempty_page(self.QUERY)

        assert [call.params["billApprovals"] for call in bill.calls_to(PATH)] == ["true", "true"]

    def test_if_they_are_refused_they_are_left_out_from_then_on(self) -> None:
        bill = FakeBill().on(PATH, bill_error("BDC_1171", 400), page([], "b"), page([row("1")]))

        assert requests_of(bill).get_nonempty_page(self.QUERY).rows == [row("1")]

        sent = ["billApprovals" in call.params for call in bill.calls_to(PATH)]
        assert sent == [True, False, False]

    def test_an_outage_is_no_refusal_of_them(self) -> None:
        bill = FakeBill().on(PATH, bill_error("BDC_1001", 500))

        with pytest.raises(ConnectorError):
            requests_of(bill).get_page(self.QUERY)

        assert all("billApprovals" in call.params for call in bill.calls_to(PATH))


class Wire:
    """Records the requests that would go out over HTTP, and replies to each in turn."""

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
        transport = Transport(BASE_URL)
        list_requests = ListRequests(fakes.client_of(transport))
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


class TestAscendingTimes:
    @pytest.mark.parametrize("odd", [None, "soon", 7, {"a": 1}])
    def test_there_are_none_if_a_row_has_no_readable_time(self, odd: object) -> None:
        good = {"id": "1", "updatedTime": "2026-03-01T08:00:00Z"}

        assert ascending_times([good, {"id": "2", "updatedTime": odd}], "updatedTime") is None

    def test_times_with_other_offsets_are_compared_as_times(self) -> None:
        texts = ["2026-03-01T09:30:00.000+02:00", "2026-03-01T08:00:00.000Z"]
        rows = [{"id": text, "updatedTime": text} for text in texts]

        assert ascending_times(rows, "updatedTime") is not None
        assert ascending_times(rows[::-1], "updatedTime") is None
