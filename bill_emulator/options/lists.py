"""Options for reading: lists, their filters and sorts, page tokens."""

from __future__ import annotations

from dataclasses import dataclass

from bill_emulator.options.fields import flag, option, whole


@dataclass(frozen=True)
class ListOptions:
    """Options for reading."""

    # Lists
    default_page_size: int = option(
        20, "rows per page if max is not sent", "[DOC PM]; 100 by [CONTRA MJ]", (20, 100)
    )
    page_size_cap: int = whole(
        100,
        "hard limit of rows per page, whatever max says",
        "[DOC] 100; less is a guess",
        least=1,
        most=100,
    )
    default_order: str = option(
        "createdTime:asc",
        "order if sort is not sent",
        "[LIVE NG] one sample",
        ("createdTime:asc", "createdTime:desc", "updatedTime:asc", "updatedTime:desc", "id:asc"),
    )
    default_direction: str = option(
        "asc", "direction of a sort field without one", "[UNKNOWN]", ("asc", "desc")
    )
    tie_order: str = option(
        "id",
        "order of rows with equal sort values: by id, or random at each call",
        "[UNKNOWN]",
        ("id", "random"),
    )
    absent_values: str = option(
        "lowest",
        "position of rows that lack the sort field: as if it had the lowest or highest value, or"
        " first or last in both directions",
        "[UNKNOWN]",
        ("lowest", "highest", "first", "last"),
    )
    repeated_parameters: str = option(
        "refuse",
        "for a query parameter sent more than once: 400, or the last value is used",
        "[UNKNOWN]",
        ("refuse", "last"),
    )
    rules: str = option(
        "docs",
        "filter and sort fields of lists whose documentation we have not (fully) seen: as"
        " documented, or any field",
        "[INFER]",
        ("docs", "lenient"),
    )
    recurring_invoices_rules: str = option(
        "strict",
        "filters of recurring invoices: only id, archived, customerId, or as other lists without"
        " documentation",
        "[CODE] of a working connector",
        ("strict", "as_others"),
    )
    time_filter_lists: tuple[str, ...] = option(
        ("vendor_credits", "credit_memos"),
        "lists without documentation that can be filtered by createdTime and updatedTime anyway",
        "[CODE] of a working connector; others [UNKNOWN]",
    )
    unquoted_times: str = option(
        "accepted", "for date-times without quotes in filters", "[CODE]", ("accepted", "refused")
    )
    time_formats: str = option(
        "documented",
        "formats of date-times in filters: the five documented ones, or any ISO 8601",
        "[DOC]",
        ("documented", "lenient"),
    )
    text_case: str = option(
        "sensitive",
        "upper and lower case in filters on text",
        "[UNKNOWN]",
        ("sensitive", "insensitive"),
    )
    absent_matches_ne: bool = flag(
        "whether `ne` and `nin` match a row that lacks the field", "[UNKNOWN]", default=True
    )
    naive_time_offset_hours: int = whole(
        0,
        "UTC offset, in hours, of a time in a filter that has none",
        "[UNKNOWN]",
        least=-14,
        most=14,
    )
    archived_rows: str = option(
        "included",
        "archived rows in lists if there is no filter on archived",
        "[LIVE NG, SF]",
        ("included", "hidden"),
    )
    bill_approvers: str = option(
        "always",
        "when a bill shows its approvers: always, or only with billApprovals=true",
        "[DOC via AU] parameter; effect on the list [UNKNOWN]",
        ("always", "parameter"),
    )

    # Page tokens
    page_token_position: str = option(
        "key",
        "what a token points at: the sort values of the last row, or an offset",
        "[UNKNOWN]",
        ("key", "offset"),
    )
    page_token_form: str = option(
        "opaque",
        "form of a token: base64url; like a number (`1_01`); like a literal (`[1, None]`); with"
        " characters that need URL encoding",
        "[UNKNOWN]",
        ("opaque", "numeric", "literal", "url"),
    )
    page_token_minutes: int = whole(
        0, "a token expires after this many minutes; 0 is never", "[UNKNOWN]", least=0
    )
    filters_with_token: str = option(
        "accepted",
        "for filters and sort sent again with a token",
        "[CODE] both styles in use",
        ("accepted", "required", "refused"),
    )
    changed_query_with_token: str = option(
        "ignored",
        "for filters or sort that differ from the token's: use the token's, answer 400, or use the"
        " new ones",
        "[UNKNOWN]",
        ("ignored", "refused", "applied"),
    )
    max_with_token: str = option(
        "applied", "for max sent with a token", "[UNKNOWN]", ("applied", "ignored")
    )
    next_page_at_end: str = option(
        "absent", "nextPage on the last page", "[LIVE NG]", ("absent", "null", "empty")
    )
    empty_page_every: int = whole(
        0,
        "every n-th page of a list is empty and has a nextPage; 0 is never",
        "[UNKNOWN]",
        least=0,
        but=1,
    )
