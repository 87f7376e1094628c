"""One call to one of BILL's lists: what is asked, and the page that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from airbyte_cdk.models import FailureType

from source_billcom.api.client import BillClient
from source_billcom.api.query import PAGE_SIZE, ListQuery, Row
from source_billcom.errors import REPORT, AmbiguousRejection, ConnectorError, RequestRejected
from source_billcom.times import parse_time

# tokens that differ and lead nowhere would go on for ever
_MOST_EMPTY_PAGES = 1_000


@dataclass(frozen=True)
class Page:
    """The rows of one answer and the token of the page behind it; None where the list ends."""

    rows: list[Row]
    token: str | None


class ListRequests:
    """Gets the pages of one list; used by one thread at a time.

    Whether order and filters may, must or must not be sent again with a page token is unknown: some
    clients send everything, others the token alone, and neither reports a failure [CODE]. They are
    sent until that is refused.
    """

    def __init__(self, client: BillClient) -> None:
        self._client = client
        self._repeats_query = True
        self._sends_extra = True

    def get_page(self, query: ListQuery, token: str | None = None) -> Page:
        """Read the first page of `query`, or the page behind `token`.

        Raises:
            ConnectorError: the page could not be had, or is not a page.
        """
        if token is None:
            return self._page(query, query.own_params())
        if self._repeats_query:
            try:
                return self._page(query, {**query.own_params(), "page": token})
            except ConnectorError as refusal:
                if is_transient(refusal) or not query.own_params():
                    raise
                page = self._page(query, {"page": token})
                self._repeats_query = False
                return page
        return self._page(query, {"page": token})

    def get_nonempty_page(self, query: ListQuery, token: str | None = None) -> Page:
        """Read on until a page has rows or the list ends: an empty page is not its end [CODE].

        Raises:
            ConnectorError: a page could not be had, or its tokens lead in a circle.
        """
        page = self.get_page(query, token)
        seen = {token}
        while not page.rows and page.token is not None:
            if page.token in seen or len(seen) > _MOST_EMPTY_PAGES:
                raise pagination_loop(query.what)
            seen.add(page.token)
            page = self.get_page(query, page.token)
        return page

    def _page(self, query: ListQuery, params: Mapping[str, str]) -> Page:
        if query.extra and self._sends_extra:
            try:
                return self._call(query, {**dict(query.extra), **params})
            except RequestRejected:
                self._sends_extra = False
        return self._call(query, params)

    def _call(self, query: ListQuery, params: Mapping[str, str]) -> Page:
        what = query.what
        params = {"max": str(PAGE_SIZE), **params}
        body = self._client.get(query.path, params, what, _is_page)
        return Page(_rows(body["results"], what), _token(body.get("nextPage"), what))


def is_transient(failure: ConnectorError) -> bool:
    """Tell a failure that another form of the same request would meet as well."""
    return failure.failure_type is FailureType.transient_error and not isinstance(
        failure, AmbiguousRejection
    )


def pagination_loop(what: str) -> ConnectorError:
    """Say that a page token came back within one walk."""
    return ConnectorError.transient(
        f"BILL's page tokens led in a circle while {what}: run the sync again; it resumes where it "
        "stopped.",
        "a nextPage token came back twice in one walk",
    )


def ascending_times(rows: list[Row], field: str) -> list[datetime] | None:
    """Return each row's time, None if one has none or they do not ascend."""
    times = [parse_time(row[field]) for row in rows if isinstance(row.get(field), str)]
    known = [moment for moment in times if moment is not None]
    if len(known) != len(rows) or any(later < earlier for earlier, later in pairwise(known)):
        return None
    return known


def _is_page(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("results"), list)


def _token(value: Any, what: str) -> str | None:
    """Take a page token as it is: opaque text [LIVE], whatever it looks like.

    A list ends where it is absent [LIVE], null or empty [CODE].
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ConnectorError.transient(
            f"BILL sent a page token that is not text while {what}, so its rows cannot be read to "
            f"the end: {REPORT}.",
            f"nextPage is a {type(value).__name__}",
        )
    return value


def _rows(results: list[Any], what: str) -> list[Row]:
    for row in results:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"]:
            raise ConnectorError.transient(
                f"BILL sent a row without an id while {what}: run the sync again, and {REPORT} if "
                "it comes back.",
                "a row in results is no object with a text id",
            )
    return results
