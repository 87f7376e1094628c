"""One call to one of BILL's lists: the request, and the page in the response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol

from airbyte_cdk.models import FailureType

from source_billcom.api.query import PAGE_SIZE, ListQuery, Row
from source_billcom.errors import REPORT, AmbiguousRejection, ConnectorError, RequestRejected
from source_billcom.times import parse_time

# each empty page may have a new token, so comparing tokens alone would not end
_MAX_EMPTY_PAGES = 1_000


@dataclass(frozen=True)
class Page:
    """The rows of one response, and the token of the next page; None if it is the last page."""

    rows: list[Row]
    token: str | None


class ListClient(Protocol):
    """What the reading of a list needs of a client."""

    def get(
        self, path: str, params: Mapping[str, str], activity: str, accept: Callable[[Any], bool]
    ) -> Any:
        """Return the parsed JSON of `path` once `accept` finds it complete.

        Raises:
            ConnectorError: the call failed for good.
        """

    def bill_time(self) -> datetime:
        """Return the time on BILL's clock."""


class ListRequests:
    """Requests pages of one list. Only one thread may use it at a time.

    It is unknown whether a request with a page token may, must or must not repeat the sort order
    and the filters: some clients repeat them, others send the token alone, and neither reports a
    failure [CODE NG, PH]. They are repeated until BILL refuses that. From then on the token goes
    alone.
    The query's extra parameters are sent until BILL refuses them.
    """

    def __init__(self, client: ListClient) -> None:
        self._client = client
        self._repeats_query = True
        self._sends_extra = True

    def get_page(self, query: ListQuery, token: str | None = None) -> Page:
        """Request the first page of `query`, or the page that `token` stands for.

        Raises:
            ConnectorError: the call failed, or the response is not a page.
        """
        params = query.params()
        if token is None:
            return self._send(query, params)
        if not self._repeats_query:
            return self._send(query, {"page": token})
        try:
            return self._send(query, {**params, "page": token})
        except ConnectorError as failure:
            if is_transient(failure) or not params:
                raise
            page = self._send(query, {"page": token})
            self._repeats_query = False
            return page

    def get_nonempty_page(self, query: ListQuery, token: str | None = None) -> Page:
        """Like `get_page`, but follow page tokens past empty pages.

        An empty page is not the end of a list [CODE MJ]. The page is empty only if the list ends.

        Raises:
            ConnectorError: a call failed, or the page tokens form a loop.
        """
        seen = {token}
        for _ in range(_MAX_EMPTY_PAGES):
            page = self.get_page(query, token)
            if page.rows or page.token is None:
                return page
            token = page.token
            if token in seen:
                raise repeated_token(query)
            seen.add(token)
        raise endless_tokens(query)

    def _send(self, query: ListQuery, params: Mapping[str, str]) -> Page:
        if query.extra and self._sends_extra:
            try:
                return self._call(query, {**dict(query.extra), **params})
            except RequestRejected:
                self._sends_extra = False
        return self._call(query, params)

    def _call(self, query: ListQuery, params: Mapping[str, str]) -> Page:
        params = {"max": str(PAGE_SIZE), **params}
        body = self._client.get(query.path, params, query.activity, _is_page)
        return Page(_rows(body["results"], query), _token(body.get("nextPage"), query))


def is_transient(failure: ConnectorError) -> bool:
    """Tell whether another form of the request, such as one without a sort, would fail as well.

    An ambiguous rejection has the failure type of a transient error too. But it may be about the
    form of the request, so another form is worth a call.
    """
    return failure.failure_type is FailureType.transient_error and not isinstance(
        failure, AmbiguousRejection
    )


def ascending_times(rows: list[Row], field: str) -> list[datetime] | None:
    """Return each row's `field` as a time; None if a row has none or the times do not ascend."""
    times = [parse_time(row[field]) for row in rows if isinstance(row.get(field), str)]
    known = [moment for moment in times if moment is not None]
    if len(known) != len(rows) or any(later < earlier for earlier, later in pairwise(known)):
        return None
    return known


def repeated_token(query: ListQuery) -> ConnectorError:
    """Build the error for a page token that BILL returned before, while following the same list."""
    return ConnectorError.transient(
        f"BILL returned the same page token twice while {query.activity} (a pagination loop). Run "
        "the sync again; it resumes where this one stopped.",
        "nextPage repeats a token of the same walk",
    )


def endless_tokens(query: ListQuery) -> ConnectorError:
    """Build the error for page tokens that always differ, but lead to no new row."""
    return ConnectorError.transient(
        f"BILL's page tokens did not lead to an end while {query.activity} (a pagination loop). "
        "Run the sync again; it resumes where this one stopped.",
        "nextPage always differs, but leads to no new row",
    )


def _is_page(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("results"), list)


def _token(value: Any, query: ListQuery) -> str | None:
    """Return the page token unchanged: it is opaque text [LIVE MJ].

    The last page has none [LIVE NG], or one that is null or empty [CODE].
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ConnectorError.transient(
            f"BILL sent a page token that is not a string while {query.activity}, so the remaining "
            f"rows cannot be read. If this happens again, {REPORT}.",
            f"nextPage is a {type(value).__name__}",
        )
    return value


def _rows(results: list[Any], query: ListQuery) -> list[Row]:
    for row in results:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"]:
            raise ConnectorError.transient(
                f"BILL sent a row without an id while {query.activity}. Run the sync again. If "
                f"this happens again, {REPORT}.",
                "a row in results is not an object with a string id",
            )
    return results
