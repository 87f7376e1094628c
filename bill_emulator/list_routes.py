"""GET of the 20 lists, of a row by id, and of the lists among the other endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from bill_emulator.clock import canonical
from bill_emulator.errors import refusal
from bill_emulator.http import Answer, Call
from bill_emulator.lists.paging import Page, Position, Query, read_page
from bill_emulator.lists.query import (
    Condition,
    default_sort,
    parse_filters,
    parse_sort,
    parse_sort_fields,
    permission_refused,
    refused_query,
)
from bill_emulator.lists.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Collection

    from bill_emulator.contract import ListContract
    from bill_emulator.emulated_bill import Bill
    from bill_emulator.errors import BillError
    from bill_emulator.options import Options
    from bill_emulator.sessions import Session
    from bill_emulator.store import Row

_MOST_ROWS = 100
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Twist:
    """How a fault changes a page."""

    repeat_token: bool = False
    empty: bool = False


def answer_list(bill: Bill, contract: ListContract, session: Session, call: Call,
                twist: Twist = Twist()) -> Answer:  # fmt: skip
    """Answer GET of a list: `{"nextPage"?, "prevPage"?, "results": [...]}`.

    Raises:
        BillError: no permission, or an invalid parameter.

    """
    options = bill.options
    barred = options.sync_token_forbidden_lists if session.by_sync_token else ()
    if contract.name in options.forbidden_lists or contract.name in barred:
        raise permission_refused(options)
    token = _token(bill, contract.name, call.params)
    size = min(token.size, options.page_size_cap)
    query = _query(bill, contract, token)
    page = read_page(bill.store, query, token.position, size, bill.shuffle)
    if twist.empty or _is_empty_page(token.number, options):
        page = Page((), token.position, page.preceding)
    following = _neighbour(bill, token, page.following, token.number + 1)
    if twist.repeat_token and call.params.get("page"):
        following = call.params["page"]
    preceding = _neighbour(bill, token, page.preceding, max(1, token.number - 1))
    approvers = call.params.get("billApprovals") == "true"
    rows = [bill.renderer.json(contract.name, row, approvers=approvers) for row in page.rows]
    return Answer(200, _page_json(following, preceding, rows, options))


def answer_row(
    bill: Bill, contract: ListContract, session: Session, row_id: str, call: Call
) -> Answer:
    """Answer GET of a row by id. Archived rows are included.

    Raises:
        BillError: no permission, or 404 BDC_1205, there is no such row [LIVE MJ].

    """
    options = bill.options
    barred = options.sync_token_forbidden_lists if session.by_sync_token else ()
    if contract.name in options.forbidden_details or contract.name in barred:
        raise permission_refused(options)
    row = bill.store.get(contract.name, row_id)
    if row is None:
        raise refusal(404, "BDC_1205")
    approvers = call.params.get("billApprovals") == "true"
    return Answer(200, bill.renderer.json(contract.name, row, approvers=approvers))


def answer_short_list(
    bill: Bill, name: str, rows: list[Row], call: Call, sortable: Collection[str] = ()
) -> Answer:
    """Answer GET of a list that is not one of the 20, with `max`, `page` and `sort`.

    Its page tokens hold an offset. Without a sort, the rows are in the given order.

    Raises:
        BillError: an invalid parameter.

    """
    options = bill.options
    token = _token(bill, name, call.params)
    for part in reversed(parse_sort_fields(token.sort, sortable.__contains__, options)):
        rows = sorted(rows, key=lambda row: row[part.field], reverse=part.descending)
    start, end = token.position.offset, token.position.offset + token.size
    following = Position(offset=end) if end < len(rows) else None
    preceding = Position(offset=max(0, start - token.size)) if start else None
    content = _page_json(
        _neighbour(bill, token, following, token.number + 1),
        _neighbour(bill, token, preceding, max(1, token.number - 1)),
        [orjson.dumps(row) for row in rows[start:end]],
        options,
    )
    return Answer(200, content)


def _is_empty_page(number: int, options: Options) -> bool:
    return options.empty_page_every > 0 and number % options.empty_page_every == 0


def _token(bill: Bill, list_name: str, params: dict[str, str]) -> Token:
    """Return the query of the call's page token, or the query of its parameters."""
    size = _size(params, bill.options)
    text = params.get("page")
    if not text:
        return Token(
            list_name=list_name,
            filters=params.get("filters", ""),
            sort=params.get("sort", ""),
            size=size or bill.options.default_page_size,
            number=1,
            position=Position(),
            issued=bill.clock.now().timestamp(),
        )
    token = _read_token(bill, list_name, text)
    token = _with_sent_query(token, params, bill.options)
    if size is not None and bill.options.max_with_token == "applied":  # noqa: S105 no password
        token = replace(token, size=size)
    return token


def _read_token(bill: Bill, list_name: str, text: str) -> Token:
    try:
        token = bill.tokens.read(text)
    except ValueError:
        raise _bad_page(bill.options) from None
    age = bill.clock.now().timestamp() - token.issued
    minutes = bill.options.page_token_minutes
    if token.list_name != list_name or (minutes and age >= minutes * 60):
        raise _bad_page(bill.options)
    return token


def _bad_page(options: Options) -> BillError:
    return refused_query("BDC_1129", "Invalid value for page", options)


def _with_sent_query(token: Token, params: dict[str, str], options: Options) -> Token:
    """Compare filters and sort that were sent with a token to those in the token."""
    for name, own in (("filters", token.filters), ("sort", token.sort)):
        sent = params.get(name)
        if sent is None:
            if own and options.filters_with_token == "required":  # noqa: S105 no password
                raise refused_query("BDC_1129", f"{name} must be sent with page", options)
            continue
        if options.filters_with_token == "refused":  # noqa: S105 no password
            raise refused_query("BDC_1129", f"{name} must not be sent with page", options)
        if sent == own or options.changed_query_with_token == "ignored":  # noqa: S105 as above
            continue
        if options.changed_query_with_token == "refused":  # noqa: S105 no password
            raise refused_query("BDC_1129", f"{name} differs from the page's", options)
        # A position in one order is meaningless in another, so start at the first row.
        token = (
            replace(token, filters=sent)
            if name == "filters"
            else replace(token, sort=sent, position=Position())
        )
    return token


def _size(params: dict[str, str], options: Options) -> int | None:
    """Read `max`, which must be 1 to 100 [LIVE MJ]. Return None if it was not sent."""
    text = params.get("max")
    if text is None:
        return None
    if not _WHOLE_NUMBER.fullmatch(text) or not 1 <= int(text) <= _MOST_ROWS:
        message = f"max: must be between 1 and {_MOST_ROWS}"
        raise refused_query("BDC_1129", message, options)
    return int(text)


def _query(bill: Bill, contract: ListContract, token: Token) -> Query:
    options = bill.options
    conditions = parse_filters(token.filters, contract, options)
    sort = parse_sort(token.sort, contract, options) or default_sort(options)
    hides = options.archived_rows == "hidden" and "archived" in contract.fields
    if hides and not any(condition.field == "archived" for condition in conditions):
        conditions = (*conditions, Condition("archived", "eq", (False,)))
    if options.visibility_delay_seconds:
        newest = bill.clock.now() - timedelta(seconds=options.visibility_delay_seconds)
        conditions = (*conditions, Condition("updatedTime", "lte", (canonical(newest),)))
    return Query(contract.name, conditions, sort)


def _neighbour(bill: Bill, token: Token, position: Position | None, number: int) -> str | None:
    if position is None:
        return None
    issued = bill.clock.now().timestamp()
    neighbour = replace(token, position=position, number=number, issued=issued)
    return bill.tokens.write(neighbour, bill.options.page_token_form)


def _page_json(
    following: str | None, preceding: str | None, rows: list[bytes], options: Options
) -> bytes:
    """Return a page as JSON. The rows are JSON already."""
    parts = []
    if following is not None:
        parts.append(b'"nextPage":' + orjson.dumps(following))
    elif options.next_page_at_end == "null":
        parts.append(b'"nextPage":null')
    elif options.next_page_at_end == "empty":
        parts.append(b'"nextPage":""')
    if preceding is not None:
        parts.append(b'"prevPage":' + orjson.dumps(preceding))
    parts.append(b'"results":[' + b",".join(rows) + b"]")
    return b"{" + b",".join(parts) + b"}"
