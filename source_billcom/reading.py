"""How one list of BILL is read, page after page, without losing a row or ending early."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from source_billcom.client import BillClient
from source_billcom.errors import REPORT, BillError, Refused

# 1 to 100; more or less is refused [LIVE 2026-08-13]. The default is documented as 20 and as 100
# [CONTRA], so it is always sent.
PAGE_SIZE = 100
CURSOR_FIELD = "updatedTime"

logger = logging.getLogger("airbyte.source_billcom")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Range:
    """An interval of updatedTime, both ends included."""

    start: datetime
    end: datetime

    def as_filter(self) -> str:
        """Write it in BILL's filter grammar, date-times quoted as its documentation does."""
        return (
            f'{CURSOR_FIELD}:gte:"{format_time(self.start)}",'
            f'{CURSOR_FIELD}:lte:"{format_time(self.end)}"'
        )


def format_time(moment: datetime) -> str:
    """Write a time as BILL's `yyyy-MM-dd'T'HH:mm:ss.SSSX` [DOC], with Z so that no + is in a URL.

    Digits below a millisecond are cut off: a lower bound may only move down.
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


@dataclass(frozen=True)
class ListQuery:
    """What is asked of a list: its path under the base URL and how it is sorted and filtered."""

    stream: str
    path: str
    sort: str | None = None
    interval: Range | None = None

    def params(self, page: str | None) -> dict[str, str]:
        """Return the query of the first page, or of the page behind the token `page`.

        Sort and filters go with every page: some clients re-send them, others send the token alone,
        and neither reports a failure [CODE]; what BILL does when they change is unknown.
        """
        params = {"max": str(PAGE_SIZE)}
        if self.sort:
            params["sort"] = self.sort
        if self.interval:
            params["filters"] = self.interval.as_filter()
        if page is not None:
            params["page"] = page
        return params


def pages(client: BillClient, query: ListQuery) -> Iterator[list[Row]]:
    """Yield the rows of each page, in BILL's order; empty pages are passed over.

    The list ends where `nextPage` is absent, null or empty [LIVE, absent], never because a page
    has no rows.

    Raises:
        BillError: a page could not be had, is not a page, or its token leads in a circle.
    """
    what = f"reading {query.stream}"
    seen: set[str] = set()
    token: str | None = None
    while True:
        try:
            body = client.get(query.path, query.params(token), what, _is_page)
        except Refused as refusal:
            if token is not None or query.sort is None or query.interval is not None:
                raise
            # what may be sorted by is known from pages only partly seen [DOC]; the order is a
            # safeguard here, not a need
            logger.warning("%s Reading %s unsorted instead.", refusal, query.stream)
            query = replace(query, sort=None)
            continue
        if body["results"]:
            yield _rows(body["results"], what)
        token = _next_token(body.get("nextPage"), what)
        if token is None:
            return
        if token in seen:
            raise BillError.transient(
                f"BILL's page tokens led in a circle while {what}: run the sync again; it resumes "
                "where it stopped.",
                "a nextPage token came back twice in one walk",
            )
        seen.add(token)


def _is_page(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("results"), list)


def _next_token(value: Any, what: str) -> str | None:
    """Take a page token as it is: opaque text [LIVE], whatever it looks like."""
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
