"""Options for all calls: error responses, sign-in, sessions, permissions and limits."""

from __future__ import annotations

from dataclasses import dataclass

from bill_emulator.errors import ERROR_SHAPES
from bill_emulator.options.fields import flag, option, whole


@dataclass(frozen=True)
class CallOptions:
    """Options for all calls."""

    # Statuses and error bodies
    limit_status: int = option(
        422,
        "HTTP status of BDC_1144 and BDC_1322",
        "[CONTRA] 422 by production middleware [CODE IN]",
        (400, 403, 422, 429, 503),
    )
    session_status: int = option(
        401, "HTTP status of BDC_1109, an invalid session", "[LIVE MJ, OD]", (401, 403, 422)
    )
    bad_password_status: int = option(
        401,
        "HTTP status of BDC_1101, a wrong user or password",
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
        "HTTP status of a login that the state of the account forbids (see `account`)",
        "[UNKNOWN]",
        (400, 401, 403, 422),
    )
    permission_status: int = option(
        403, "HTTP status of BDC_1145, no permission", "[INFER]", (400, 401, 403, 404, 422)
    )
    query_status: int = option(
        400,
        "HTTP status for an invalid filter, sort, max or page",
        "[LIVE NH, MJ] for max and enums, [INFER] for the rest",
        (400, 422),
    )
    query_error_code: str = option(
        "bdc",
        "body of such an error: with a BDC code, or a validation error without one",
        "[UNKNOWN]",
        ("bdc", "none"),
    )
    error_shape: str = option(
        "array",
        "body of every error: an array, one object, an object with only a message, an HTML page,"
        " or the array with HTTP 200",
        "[DOC] array; [LIVE NH] codeless at login; the others [CODE]",
        ERROR_SHAPES,
    )
    missing_field_body: str = option(
        "object",
        "body when a login lacks a field: `{message}` or an array of it",
        "[LIVE NH] for the message",
        ("object", "array"),
    )
    malformed_json_code: str = option(
        "bdc",
        "for a body that is not JSON: 400 with BDC_1122, or without a code",
        "[DOC] for the code, [UNKNOWN] in v3",
        ("bdc", "none"),
    )
    unknown_path_body: str = option(
        "array",
        "body of the 404 for an unknown path: BDC_1121 in an array, in an object, or no body",
        "[DOC D:faq] for the code",
        ("array", "object", "empty"),
    )
    method_status: int = option(
        405, "HTTP status for a method that the path does not have", "[UNKNOWN]", (404, 405)
    )

    # Sign-in, sessions and permissions
    idle_minutes: int = whole(
        35,
        "a session expires after this many minutes without a call",
        "[DOC]",
        least=1,
        most=525_600,
    )
    idle_boundary: str = option(
        "dead",
        "state of a session that was idle for exactly its limit",
        "[DOC] expires after 35 minutes; the moment itself [UNKNOWN]",
        ("dead", "alive"),
    )
    sync_token_idle_hours: int = whole(
        48,
        "the same for the session of a sync token, in hours",
        "[CONTRA] by age of the page",
        least=1,
        most=8_760,
    )
    login_check_order: str = option(
        "key_first",
        "which error a login with several wrong values gets: developer key, account, organization,"
        " then user and password; or user and password first",
        "[UNKNOWN]",
        ("key_first", "user_first"),
    )
    login_ends_other_sessions: bool = flag(
        "whether a login ends the earlier sessions of the user", "[UNKNOWN]", default=False
    )
    account: str = option(
        "active",
        "state of the account at login; if not active, BDC_1103, 1104, 1105, 1107 or 1110",
        "[DOC] for the codes",
        ("active", "key_inactive", "terms", "no_api", "organization_locked", "login_locked"),
    )
    mfa: str = option(
        "off",
        "whether creating payments needs an MFA-trusted session (BDC_1361)",
        "[DOC; LIVE OD] required; off by default so that tests can pay",
        ("off", "required"),
    )
    mfa_bypass: str = option(
        "as_trusted",
        "mfaBypass of GET /v3/login/session: true if the session is trusted, or a fixed value",
        "[DOC PM] one sample, true; its meaning [UNKNOWN]",
        ("as_trusted", "true", "false"),
    )
    forbidden_lists: tuple[str, ...] = option(
        (), "lists that the signed-in user may not read (BDC_1145)", "[LIVE NF] it happens"
    )
    forbidden_details: tuple[str, ...] = option(
        (), "lists whose rows the user may not read by id (BDC_1145)", "[LIVE NF] per operation"
    )
    sync_token_forbidden_lists: tuple[str, ...] = option(
        (), "lists that a sync token may not read", "[UNKNOWN] the permission table is unseen"
    )

    # Limits
    hourly_limit: int = whole(20_000, "calls per developer key and clock hour", "[DOC]", least=1)
    login_limit: int = whole(200, "logins per developer key and clock hour", "[DOC]", least=1)
    concurrent_limit: int = whole(
        3, "concurrent calls per developer key and organization", "[DOC]", least=1
    )
    order_of_checks: str = option(
        "session_first",
        "what is checked first: the session, or the hourly and concurrency limits",
        "[UNKNOWN]",
        ("session_first", "limits_first"),
    )
    limit_refusal_restarts_idle: bool = flag(
        "whether a call refused by a limit restarts the idle time of its session (with"
        " `session_first`)",
        "[DOC] any call does; whether a refused one [UNKNOWN]",
        default=True,
    )
    refused_calls_count: bool = flag(
        "whether a call refused by a limit or for its session counts toward the hourly limit",
        "[UNKNOWN]",
        default=True,
    )
    refused_logins_count: bool = flag(
        "whether a refused login counts toward the hourly login limit", "[UNKNOWN]", default=True
    )
    logins_count_as_calls: bool = flag(
        "whether a login counts toward the hourly limit of calls", "[UNKNOWN]", default=True
    )
    logins_take_a_slot: bool = flag(
        "whether a login counts toward the concurrency limit", "[UNKNOWN]", default=True
    )
