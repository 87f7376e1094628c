"""Every choice the emulator makes where the sources about BILL are silent or contradict.

Each field of `Options` says, in its metadata, what it decides, the values it takes and how its
default is known: [DOC], [LIVE], [CODE], [CONTRA], [INFER] or [UNKNOWN]. The same table, for
readers, is in `docs/emulator.md`; a test holds the two together.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.option_fields import BadOptionError, checked_value, flag, option

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Options:
    """What the emulator does where nobody outside BILL knows; see the module."""

    # Statuses and error bodies
    limit_status: int = option(
        422,
        "HTTP status of BDC_1144 and BDC_1322",
        "[CONTRA] 422 by production middleware [CODE IN]",
        (400, 403, 422, 429, 503),
    )
    session_status: int = option(
        401, "HTTP status of BDC_1109, a dead session", "[LIVE MJ, OD]", (401, 403, 422)
    )
    bad_password_status: int = option(
        401,
        "HTTP status of BDC_1101, wrong user or password",
        "[UNKNOWN] 401 in mocks and client advice (SF)",
        (400, 401, 403, 422),
    )
    bad_developer_key_status: int = option(
        400, "HTTP status of BDC_1102 at login", "[CODE FH]", (400, 401, 403, 422)
    )
    bad_organization_status: int = option(
        400, "HTTP status of BDC_1123 at login", "[UNKNOWN]", (400, 401, 403, 422)
    )
    account_status: int = option(
        403,
        "HTTP status of a login that the account's state forbids (option account)",
        "[UNKNOWN]",
        (400, 401, 403, 422),
    )
    permission_status: int = option(
        403, "HTTP status of BDC_1145, no permission", "[INFER]", (400, 401, 403, 404, 422)
    )
    query_status: int = option(
        400,
        "HTTP status of a filter, sort, max or page that BILL does not take",
        "[LIVE NH, MJ] for max and enums, [INFER] for the rest",
        (400, 422),
    )
    query_error_code: str = option(
        "bdc",
        "body of such an error: a BDC code, or a validation failure without one",
        "[UNKNOWN]",
        ("bdc", "none"),
    )
    error_shape: str = option(
        "array",
        "body of every error: array, one object, an object with a message alone, a page of HTML,"
        " or the array under HTTP 200",
        "[DOC] array; [LIVE NH] codeless at login; the others [CODE]",
        ("array", "object", "codeless", "html", "array_200"),
    )
    missing_field_body: str = option(
        "object",
        "body when a field is missing at login: `{message}` or an array of it",
        "[LIVE NH] for the message",
        ("object", "array"),
    )
    malformed_json_code: str = option(
        "bdc",
        "a body that is not JSON: 400 with BDC_1122, or without a code",
        "[DOC] for the code, [UNKNOWN] in v3",
        ("bdc", "none"),
    )
    unknown_path_body: str = option(
        "array",
        "body of a 404 for an unknown path: BDC_1121 in an array, in an object, or nothing",
        "[DOC D:faq] for the code",
        ("array", "object", "empty"),
    )
    method_status: int = option(
        405, "HTTP status of a method the path does not have", "[UNKNOWN]", (404, 405)
    )

    # Sign-in, sessions and permissions
    idle_minutes: int = option(35, "a session dies after this many minutes without a call", "[DOC]")
    sync_token_idle_hours: int = option(
        48, "the same for a sync token's session, in hours", "[CONTRA] by age of the page"
    )
    login_ends_other_sessions: bool = flag(
        "a login ends the user's earlier sessions", "[UNKNOWN]", default=False
    )
    account: str = option(
        "active",
        "state of the account at login: BDC_1103, 1104, 1105, 1107 or 1110 when not active",
        "[DOC] for the codes",
        ("active", "key_inactive", "terms", "no_api", "organization_locked", "login_locked"),
    )
    mfa: str = option(
        "off",
        "whether creating payments needs an MFA-trusted session (BDC_1361)",
        "[DOC; LIVE OD] required; off by default so that tests can pay",
        ("off", "required"),
    )
    forbidden_lists: tuple[str, ...] = option(
        (), "lists the signed-in user may not read (BDC_1145)", "[LIVE NF] it happens"
    )
    forbidden_details: tuple[str, ...] = option(
        (), "lists whose rows the user may not GET by id (BDC_1145)", "[LIVE NF] per operation"
    )
    sync_token_forbidden_lists: tuple[str, ...] = option(
        (), "lists a sync token may not read", "[UNKNOWN] the permission table is unseen"
    )

    # Limits
    hourly_limit: int = option(20_000, "calls a developer key has per clock hour", "[DOC]")
    login_limit: int = option(200, "logins a developer key has per clock hour", "[DOC]")
    concurrent_limit: int = option(
        3, "calls under way at once per developer key and organization", "[DOC]"
    )
    refused_calls_count: bool = flag(
        "a call refused for a limit or its session counts against the hour",
        "[UNKNOWN]",
        default=True,
    )
    refused_logins_count: bool = flag(
        "a refused login counts against the logins of the hour", "[UNKNOWN]", default=True
    )
    logins_count_as_calls: bool = flag(
        "a login counts against the calls of the hour", "[UNKNOWN]", default=True
    )
    logins_take_a_place: bool = flag(
        "a login counts among the calls under way", "[UNKNOWN]", default=True
    )

    # Lists
    default_page_size: int = option(
        20, "rows on a page when max is not sent", "[DOC PM]; 100 by [CONTRA MJ]", (20, 100)
    )
    page_size_cap: int = option(
        100, "a page never holds more rows than this, silently", "[DOC] 100; less is a guess"
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
    naive_time_offset_hours: int = option(
        0, "offset from UTC of a filter's time without one", "[UNKNOWN]"
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
    page_token_minutes: int = option(
        0, "a token is invalid after this many minutes; 0 is never", "[UNKNOWN]"
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
    empty_page_every: int = option(
        0, "each n-th page of a walk is empty and has a nextPage; 0 is never", "[UNKNOWN]"
    )

    # Rows
    unpopulated: str = option("absent", "fields without a value", "[LIVE MJ]", ("absent", "null"))
    time_suffix: str = option("+00:00", "zone in times", "[LIVE NG, OD]", ("+00:00", "Z", "+0000"))
    time_fraction: str = option(
        "milliseconds", "fraction in times", "[LIVE NG, OD]", ("milliseconds", "none")
    )
    time_precision: str = option(
        "second",
        "precision of createdTime and updatedTime",
        "[LIVE NG] second; millisecond in doc samples",
        ("second", "millisecond"),
    )
    numbers: str = option("number", "amounts as JSON", "[LIVE MJ]", ("number", "string"))
    whole_numbers: str = option(
        "float", "100 as 100.0 or as 100", "[UNKNOWN]", ("float", "integer")
    )
    extra_fields: bool = flag(
        "rows carry fields nobody has documented", "[INFER] BILL adds fields", default=False
    )

    # Writes
    unknown_write_fields: str = option(
        "ignore",
        "fields in a request body that the object does not have",
        "[UNKNOWN]",
        ("ignore", "refuse"),
    )
    read_only_write_fields: str = option(
        "ignore",
        "fields in a request body that only BILL sets, such as id or dueAmount",
        "[CODE MJ] either",
        ("ignore", "refuse"),
    )
    patch_lines: str = option(
        "merge",
        "line items in a PATCH: change the lines they name and keep the others, or take their"
        " place",
        "[DOC] PATCH changes lines, PUT their number; what becomes of lines not named [INFER]",
        ("merge", "replace"),
    )
    archived_updates: str = option(
        "accept",
        "PATCH and PUT of an archived row",
        "[UNKNOWN]",
        ("accept", "refuse"),
    )
    earliest_process_date: str = option(
        "next_business_day",
        "the first day a payment may be processed on; none is processed on a weekend (BDC_1152)",
        "[DOC hc PayBills, of the older API]",
        ("next_business_day", "today"),
    )

    # What moves updatedTime
    payment_touches_bill: bool = flag(
        "a payment moves its bill's updatedTime", "[UNKNOWN]", default=True
    )
    payment_touches_invoice: bool = flag(
        "a payment moves its invoice's updatedTime", "[UNKNOWN]", default=True
    )
    balance_touches_vendor: bool = flag(
        "a new balance moves the vendor's (or customer's) updatedTime",
        "[INFER] no: balance has its own lastUpdatedDate",
        default=False,
    )
    archive_cascade_touches_children: bool = flag(
        "children archived with their parent account get a new updatedTime",
        "[LIVE GS]",
        default=True,
    )
    payments_settle: str = option(
        "asked",
        "payments whose day has come are processed at each call, or when /control/settle asks",
        "[DOC] that they are; asked, so that tests' data moves when told",
        ("asked", "by_clock"),
    )
    visibility_delay_seconds: int = option(
        0, "a row shows in lists this many seconds after its updatedTime", "[UNKNOWN]"
    )


def changed(options: Options, changes: Mapping[str, Any]) -> Options:
    """`options` with `changes` checked and applied.

    Values may be of the option's type or the text of one (`--option hourly_limit=5`).

    Raises:
        BadOptionError: an unknown name, a value of the wrong type or not among the allowed.

    """
    known = {field.name: field for field in dataclasses.fields(Options)}
    values = {}
    for name, value in changes.items():
        if name not in known:
            raise BadOptionError(f"There is no option {name!r}.")
        values[name] = checked_value(known[name], value)
    return dataclasses.replace(options, **values)


def described() -> list[dict[str, Any]]:
    """Name, default, values, evidence and meaning of every option, for the control API."""
    return [
        {"name": field.name, "default": field.default, **field.metadata}
        for field in dataclasses.fields(Options)
    ]
