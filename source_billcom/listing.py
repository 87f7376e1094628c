"""One call to one of BILL's lists: what is asked, and the page that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from airbyte_cdk.models import FailureType

from source_billcom.client import BillClient
from source_billcom.errors import REPORT, BillError, Refused, Unclear
from source_billcom.settings import parse_time

# 1 to 100; more or less is refused [LIVE 2026-08-13]. The default is documented as 20 and as 100
# [CONTRA], so it is always sent.
PAGE_SIZE = 100
# tokens that differ and lead nowhere would go on for ever
_MOST_EMPTY_PAGES = 1_000
UPDATED = "updatedTime"
CREATED = "createdTime"

Row = dict[str, Any]


def format_time(moment: datetime) -> str:
    """Write a time as BILL's `yyyy-MM-dd'T'HH:mm:ss.SSSX` [DOC], with Z so that no + is in a URL.

    Digits below a millisecond are cut off: a lower bound may only move down.
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def bound(field: str, operator: str, moment: datetime) -> str:
    """Write a condition on a time in BILL's filter grammar, quoted as its documentation does."""
    return f'{field}:{operator}:"{format_time(moment)}"'


@dataclass(frozen=True)
class ListQuery:
    """What is asked of a list: its path under the base URL, its order and its filters, all AND.

    `extra` are more parameters, which are left out where BILL refuses them.
    """

    stream: str
    path: str
    sort: str | None = None
    filters: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    def where(self, *conditions: str) -> "ListQuery":
        """Return the query with more conditions."""
        return replace(self, filters=(*self.filters, *conditions))

    def ascending(self, field: str) -> "ListQuery":
        """Return the query in ascending order of `field`."""
        return replace(self, sort=f"{field}:asc")

    def descending(self, field: str) -> "ListQuery":
        """Return the query in descending order of `field`."""
        return replace(self, sort=f"{field}:desc")

    @property
    def what(self) -> str:
        """What is being done, as the user knows it."""
        return f"reading {self.stream}"

    def own_params(self) -> dict[str, str]:
        """Return order and filters as parameters of a call."""
        params = {"sort": self.sort} if self.sort else {}
        return {**params, "filters": ",".join(self.filters)} if self.filters else params


@dataclass(frozen=True)
class Page:
    """The rows of one answer and the token of the page behind it; None where the list ends."""

    rows: list[Row]
    token: str | None


class Pages:
    """Gets the pages of one list; used by one thread at a time.

    Whether order and filters may, must or must not be sent again with a page token is unknown: some
    clients send everything, others the token alone, and neither reports a failure [CODE]. They are
    sent until that is refused.
    """

    def __init__(self, client: BillClient) -> None:
        self._client = client
        self._repeats_query = True
        self._sends_extra = True

    def get(self, query: ListQuery, token: str | None = None) -> Page:
        """Read the first page of `query`, or the page behind `token`.

        Raises:
            BillError: the page could not be had, or is not a page.
        """
        if token is None:
            return self._page(query, query.own_params())
        if self._repeats_query:
            try:
                return self._page(query, {**query.own_params(), "page": token})
            except BillError as refusal:
                if is_passing(refusal) or not query.own_params():
                    raise
                page = self._page(query, {"page": token})
                self._repeats_query = False
                return page
        return self._page(query, {"page": token})

    def get_filled(self, query: ListQuery, token: str | None = None) -> Page:
        """Read on until a page has rows or the list ends: an empty page is not its end [CODE].

        Raises:
            BillError: a page could not be had, or its tokens lead in a circle.
        """
        page = self.get(query, token)
        seen = {token}
        while not page.rows and page.token is not None:
            if page.token in seen or len(seen) > _MOST_EMPTY_PAGES:
                raise in_a_circle(query.what)
            seen.add(page.token)
            page = self.get(query, page.token)
        return page

    def _page(self, query: ListQuery, params: Mapping[str, str]) -> Page:
        if query.extra and self._sends_extra:
            try:
                return self._call(query, {**dict(query.extra), **params})
            except Refused:
                self._sends_extra = False
        return self._call(query, params)

    def _call(self, query: ListQuery, params: Mapping[str, str]) -> Page:
        what = query.what
        params = {"max": str(PAGE_SIZE), **params}
        body = self._client.get(query.path, params, what, _is_page)
        return Page(_rows(body["results"], what), _token(body.get("nextPage"), what))


def is_passing(failure: BillError) -> bool:
    """Tell a failure that another form of the same request would meet as well."""
    return failure.failure_type is FailureType.transient_error and not isinstance(failure, Unclear)


def in_a_circle(what: str) -> BillError:
    """Say that a page token came back within one walk."""
    return BillError.transient(
        f"BILL's page tokens led in a circle while {what}: run the sync again; it resumes where it "
        "stopped.",
        "a nextPage token came back twice in one walk",
    )


def times_of(rows: list[Row], field: str) -> list[datetime] | None:
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
        raise BillError.transient(
            f"BILL sent a page token that is not text while {what}, so its rows cannot be read to "
            f"the end: {REPORT}.",
            f"nextPage is a {type(value).__name__}",
        )
    return value


def _rows(results: list[Any], what: str) -> list[Row]:
    for row in results:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"]:
            raise BillError.transient(
                f"BILL sent a row without an id while {what}: run the sync again, and {REPORT} if "
                "it comes back.",
                "a row in results is no object with a text id",
            )
    return results
