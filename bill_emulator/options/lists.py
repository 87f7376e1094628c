"""Options of reading: lists, their filters and sorts, page tokens."""

from __future__ import annotations

from dataclasses import dataclass

from bill_emulator.options.fields import flag, option, whole


@dataclass(frozen=True)
class ListOptions:
    """Options of reading: lists, their filters and sorts, page tokens."""

    # Lists
    default_page_size: int = option(
        20, "rows on a page when max is not sent", "[DOC PM]; 100 by [CONTRA MJ]", (20, 100)
    )
    page_size_cap: int = whole(
        100,
        "a page never holds more rows than this, silently",
        "[DOC] 100; less is a guess",
        least=1,
        most=100,
    )
    default_order: str = option(
        "createdTime:asc",
        "order when sort is not sent",
        "[LIVE NG] one sample",
        ("createdTime:asc", "createdTime:desc", "updatedTime:asc", "updatedTime:desc", "id:asc"),
    )
    default_direction: str = option(
        "asc", "direction of a sort field without one", "[UNKNOWN]", ("asc", "desc")
    )
    tie_order: str = option(
        "id",
        "order of rows with equal sort values: by id, or another at each call",
        "[UNKNOWN]",
        ("id", "random"),
    )
    absent_values: str = option(
        "lowest",
        "where rows without a value of the sort field come: as if it were the lowest or the"
        " highest, or first or last in either direction",
        "[UNKNOWN]",
        ("lowest", "highest", "first", "last"),
    )
    repeated_parameters: str = option(
        "refuse",
        "a query parameter sent more than once: 400, or the last one counts",
        "[UNKNOWN]",
        ("refuse", "last"),
    )
    rules: str = option(
        "docs",
        "filter and sort fields of lists whose documentation is not (wholly) seen: as documented,"
        " or any field",
        "[INFER]",
        ("docs", "lenient"),
    )
    recurring_invoices_rules: str = option(
        "strict",
        "recurring invoices: id, archived, customerId only, or as the other unseen lists",
        "[CODE] of a working connector",
        ("strict", "as_others"),
    )
    time_filter_lists: tuple[str, ...] = option(
        ("vendor_credits", "credit_memos"),
        "unseen lists that filter on createdTime and updatedTime all the same",
        "[CODE] of a working connector; others [UNKNOWN]",
    )
    unquoted_times: str = option(
        "accepted", "date-times without quotes in filters", "[CODE]", ("accepted", "refused")
    )
    time_formats: str = option(
        "documented",
        "date-times in filters: the five documented formats, or any ISO 8601",
        "[DOC]",
        ("documented", "lenient"),
    )
    text_case: str = option(
        "sensitive",
        "letters' case in filters on text",
        "[UNKNOWN]",
        ("sensitive", "insensitive"),
    )
    absent_matches_ne: bool = flag(
        "`ne` and `nin` match a row that does not have the field", "[UNKNOWN]", default=True
    )
    naive_time_offset_hours: int = whole(
        0, "offset from UTC of a filter's time without one", "[UNKNOWN]", least=-14, most=14
    )
    archived_rows: str = option(
        "included",
        "archived rows in lists without a filter on archived",
        "[LIVE NG, SF]",
        ("included", "hidden"),
    )
    bill_approvers: str = option(
        "always",
        "when a bill shows its approvers: always, or with billApprovals=true alone",
        "[DOC via AU] parameter; effect on the list [UNKNOWN]",
        ("always", "parameter"),
    )

    # Page tokens
    page_token_position: str = option(
        "key",
        "what a token points at: the last row's sort values, or an offset counted at each call",
        "[UNKNOWN]",
        ("key", "offset"),
    )
    page_token_form: str = option(
        "opaque",
        "how a token looks: base64url; a number (`1_01`); a literal (`[1, None]`); characters"
        " that need URL encoding",
        "[UNKNOWN]",
        ("opaque", "numeric", "literal", "url"),
    )
    page_token_minutes: int = whole(
        0, "a token is invalid after this many minutes; 0 is never", "[UNKNOWN]", least=0
    )
    filters_with_token: str = option(
        "accepted",
        "filters and sort sent again with a token",
        "[CODE] both styles in use",
        ("accepted", "required", "refused"),
    )
    changed_query_with_token: str = option(
        "ignored",
        "other filters or sort than the token's: the token's win, 400, or the new ones win",
        "[UNKNOWN]",
        ("ignored", "refused", "applied"),
    )
    max_with_token: str = option(
        "applied", "max sent with a token", "[UNKNOWN]", ("applied", "ignored")
    )
    next_page_at_end: str = option(
        "absent", "nextPage on the last page", "[LIVE NG]", ("absent", "null", "empty")
    )
    empty_page_every: int = whole(
        0,
        "each n-th page of a walk is empty and has a nextPage; 0 is never",
        "[UNKNOWN]",
        least=0,
        but=1,
    )
