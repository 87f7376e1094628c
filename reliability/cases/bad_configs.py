"""Configurations that are wrong or look wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reliability.cases.input_case import Accepted, Case, Json, Rejected, as_bytes
from reliability.cases.messages import (
    BAD_CHARACTERS,
    BLANK,
    CHECK_BASE_URL,
    IN_THE_FUTURE,
    MISSING,
    MUST_BE_TEXT,
    NOT_A_DATE,
    NOT_A_DURATION,
    NOT_A_PLAIN_ADDRESS,
    NOT_A_WEB_ADDRESS,
    NOT_JSON,
    NOT_ONE_OBJECT,
    NOT_UTF_8,
    SIGN_IN_REFUSED,
    TOO_LONG,
    TOO_SHORT,
    UNREACHABLE,
    USE_HTTPS,
    WRONG_KEY,
    WRONG_ORGANIZATION,
    WRONG_PASSWORD,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_2026 = datetime(2026, 6, 1, tzinfo=UTC)
_ALL: dict[str, datetime | None] = {"bills": None, "roles": None}


def configs(good: Json, catalog: Json) -> Iterator[Case]:
    """Yield all cases. `good` is a configuration that works and reads all rows."""
    for name, content, expected in [*_files(good), *_credentials(good)]:
        yield _case(name, content, expected, catalog)
    for name, change, expected in [*_addresses(good), *_dates(), *_durations(), *_more(good)]:
        yield _case(name, {**good, **change}, expected, catalog)


def _case(name: str, content: Any, expected: Rejected | Accepted, catalog: Json) -> Case:
    return Case(name, expected, as_bytes(content), as_bytes(catalog), is_checked=True)


def _accepted(how: str) -> Accepted:
    return Accepted(how, _ALL)


def _files(good: Json) -> list[tuple[str, Any, Rejected | Accepted]]:
    text = json.dumps(good)
    umlaut = json.dumps({**good, "password": "für-uns-alle"}, ensure_ascii=False)
    return [
        ("an empty file", "", NOT_JSON),
        ("a file of white space", " \n\t ", NOT_JSON),
        ("a byte order mark in front", b"\xef\xbb\xbf" + text.encode(), _accepted("UTF-8")),
        ("UTF-16 with a byte order mark", text.encode("utf-16"), _accepted("UTF-16")),
        ("UTF-16 without one", text.encode("utf-16-le"), _accepted("UTF-16")),
        ("Windows line ends", text.replace(",", ",\r\n"), _accepted("JSON")),
        ("latin-1", umlaut.encode("latin-1"), NOT_UTF_8),
        ("bytes that are not text", bytes(range(128, 256)), NOT_UTF_8),
        ("a NUL byte", b"\x00", NOT_JSON),
        ("a Python dict", str(good), NOT_JSON),
        ("YAML", "username: ann\npassword: secret-of-ann\n", NOT_JSON),
        ("one comma too many", text[:-1] + ",}", NOT_JSON),
        ("a file cut in two", text[: len(text) // 2], NOT_JSON),
        ("two objects", text + text, NOT_JSON),
        ("brackets 100,000 deep", "[" * 100_000, NOT_JSON),
        ("a number of 5,000 digits", f'{{"username": {"9" * 5_000}}}', NOT_JSON),
        ("a list", [good], NOT_ONE_OBJECT),
        ("null", "null", NOT_ONE_OBJECT),
        ("a text", '"config"', NOT_ONE_OBJECT),
        ("an empty object", {}, MISSING.naming("Username (username)")),
        (
            "the platform's envelope",
            {"connectionConfiguration": good},
            MISSING.naming("Username"),
        ),
        ("a key written twice", text[:-1] + f', {text[1:-1]}, "x": 1}}', _accepted("the last one")),
    ]


def _credentials(good: Json) -> list[tuple[str, Any, Rejected | Accepted]]:
    def having(**changes: Any) -> Json:
        return {**good, **changes}

    without = {key: value for key, value in good.items() if key != "organization_id"}
    user, key, organization = good["username"], good["dev_key"], good["organization_id"]
    spaced = {
        "username": f"\t{user} ",
        "dev_key": f" {key}\n",
        "organization_id": f" {organization} ",
    }
    unseen = {
        "username": f"\u200b{user}\ufeff",
        "dev_key": f"\u00a0{key}\u200b",
        "organization_id": f"\u2060{organization}\u200d",
    }
    wrong = WRONG_PASSWORD
    refused = SIGN_IN_REFUSED
    return [
        (
            "no organization ID",
            without,
            MISSING.naming("Organization ID (organization_id)"),
        ),
        (
            "a password of null",
            having(password=None),
            MISSING.naming("Password (password)"),
        ),
        (
            "an empty password",
            having(password=""),
            MISSING.naming("Password (password)"),
        ),
        ("a blank password", having(password=" \t "), BLANK.naming("Password")),  # noqa: S106
        (
            "a number as password",
            having(password=12345678),
            MUST_BE_TEXT.naming("Password"),
        ),
        (
            "a list as username",
            having(username=[user]),
            MUST_BE_TEXT.naming("Username"),
        ),
        (
            "an object as key",
            having(dev_key={"value": key}),
            MUST_BE_TEXT.naming("Developer"),
        ),
        ("true as username", having(username=True), MUST_BE_TEXT.naming("Username")),
        (
            "NaN as organization",
            having(organization_id=float("nan")),
            MUST_BE_TEXT,
        ),
        ("spaces around credentials", having(**spaced), _accepted("removed")),
        ("invisible characters around them", having(**unseen), _accepted("removed")),
        ("spaces around the password", having(password=f" {good['password']} "), wrong),
        ("the stars of a form as password", having(password="**********"), wrong),  # noqa: S106
        ("half a surrogate pair as password", having(password="\ud83d-secret"), refused),  # noqa: S106
        ("a letter as password", having(password="e"), TOO_SHORT.naming("Password")),  # noqa: S106
        ("NUL in the username", having(username=f"{user}\x00"), wrong),
        ("a username of 100,000 letters", having(username="a" * 100_000), wrong),
        ("a password of 100,000 letters", having(password="a" * 100_000), wrong),
        (
            "a line break in the key",
            having(dev_key=f"{key[:9]}\n{key[9:]}"),
            BAD_CHARACTERS,
        ),
        (
            "a long dash in the key",
            having(dev_key=f"{key}\u2014"),
            BAD_CHARACTERS,
        ),
        ("a key of 100,000 letters", having(dev_key="A" * 100_000), WRONG_KEY),
        ("a key in quotes", having(dev_key=f'"{key}"'), WRONG_KEY),
        (
            "another organization",
            having(organization_id="008NOSUCH"),
            WRONG_ORGANIZATION,
        ),
        (
            "control characters in it",
            having(organization_id="008\x07\x1b[31m"),
            WRONG_ORGANIZATION,
        ),
    ]


def _addresses(good: Json) -> list[tuple[str, Json, Rejected | Accepted]]:
    url = str(good["base_url"])
    host = url.removeprefix("http://")  # ignore-https-check
    port = host.split(":")[1].split("/")[0]
    cases: list[tuple[str, str, Rejected | Accepted]] = [
        ("a base URL with a trailing slash", f"{url}/", _accepted("without it")),
        ("a base URL ending in /v3/", f"{url}/v3/", _accepted("without it")),
        ("spaces around the base URL", f"  {url}\n", _accepted("removed")),
        ("a base URL in capitals", f"HTTP://LOCALHOST:{port}/connect", _accepted("the same host")),
        ("a base URL without a scheme", host, NOT_A_WEB_ADDRESS),
        ("a base URL of ftp", f"ftp://{host}", NOT_A_WEB_ADDRESS),
        ("a base URL of file", "file:///etc/passwd", NOT_A_WEB_ADDRESS),
        (
            "a base URL with a space",
            f"http://local host:{port}/connect",  # ignore-https-check
            NOT_A_WEB_ADDRESS,
        ),
        ("a base URL without a host", "https:///connect", NOT_A_WEB_ADDRESS),
        (
            "a base URL with an open bracket",
            "https://[::1/connect",
            NOT_A_WEB_ADDRESS,
        ),
        (
            "a base URL with port 99999",
            "https://localhost:99999/connect",
            NOT_A_WEB_ADDRESS,
        ),
        (
            "a base URL with port 0",
            "https://localhost:0/connect",
            NOT_A_WEB_ADDRESS,
        ),
        (
            "a base URL with a word as port",
            "https://localhost:https/",
            NOT_A_WEB_ADDRESS,
        ),
        ("a base URL with a NUL", f"{url}\x00", NOT_A_WEB_ADDRESS),
        (
            "a base URL with a bell",
            f"http://127.0.0.1\x07:{port}/connect",  # ignore-https-check
            NOT_A_WEB_ADDRESS,
        ),
        ("a base URL with a backslash", f"http:\\\\{host}", NOT_A_WEB_ADDRESS),
        (
            "a base URL with two dots",
            "https://gateway..bill.com/connect",
            NOT_A_WEB_ADDRESS,
        ),
        ("a base URL with angle brackets", f"<{url}>", NOT_A_WEB_ADDRESS),
        (
            "a host name too long",
            f"https://{'a' * 300}.example/connect",
            NOT_A_WEB_ADDRESS,
        ),
        (
            "half a surrogate pair as host",
            "https://\ud83d.invalid/connect",
            NOT_A_WEB_ADDRESS,
        ),
        (
            "a base URL with credentials",
            f"http://ann:secret@{host}",  # ignore-https-check
            NOT_A_PLAIN_ADDRESS,
        ),
        ("a base URL with a query", f"{url}?v=3", NOT_A_PLAIN_ADDRESS),
        (
            "a base URL of the login",
            f"{url}/v3/login",
            CHECK_BASE_URL.naming("/connect"),
        ),
        (
            "a base URL without its last folder",
            url.removesuffix("/connect"),
            CHECK_BASE_URL.naming("/connect"),
        ),
        ("https for an http server", f"https://{host}", CHECK_BASE_URL),
        (
            "a host that does not exist",
            "https://no-such-bill.invalid",
            UNREACHABLE,
        ),
        (
            "a port where nothing listens",
            "http://127.0.0.1:9/connect",  # ignore-https-check
            UNREACHABLE.naming("127.0.0.1"),
        ),
        (
            "http to a public address",
            "http://93.184.216.34/connect",  # ignore-https-check
            USE_HTTPS,
        ),
        (
            "http to a public address as a number",
            "http://1572395042/connect",  # ignore-https-check
            USE_HTTPS,
        ),
        (
            "http to IPv4 within IPv6",
            "http://[::ffff:93.184.216.34]/",  # ignore-https-check
            USE_HTTPS,
        ),
    ]
    more: list[tuple[str, Json, Rejected | Accepted]] = [
        ("a number as base URL", {"base_url": 443}, MUST_BE_TEXT.naming("base_url")),
        ("a list as base URL", {"base_url": [url]}, MUST_BE_TEXT.naming("base_url")),
    ]
    return [(name, {"base_url": text}, expected) for name, text, expected in cases] + more


def _dates() -> list[tuple[str, Json, Rejected | Accepted]]:
    now = datetime.now(UTC)
    soon = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    a_year_ago = {"bills": now - timedelta(days=366), "roles": None}
    june = {"bills": _IN_2026, "roles": None}
    cases: list[tuple[str, Any, Rejected | Accepted]] = [
        ("a day that does not exist", "2025-02-30", NOT_A_DATE.naming("Anchor Date")),
        ("a German date", "31.01.2025", NOT_A_DATE),
        ("an American date", "01/31/2025", NOT_A_DATE),
        ("a word as date", "yesterday", NOT_A_DATE),
        ("a year alone", "2025", NOT_A_DATE),
        ("hour 25", "2025-01-31T25:00:00Z", NOT_A_DATE),
        (
            "Arabic digits",
            "\u0662\u0660\u0662\u0665-\u0660\u0661-\u0663\u0661",
            NOT_A_DATE,
        ),
        ("a date with a NUL", "2025-01-31\x00", NOT_A_DATE),
        ("before the calendar", "0001-01-01T00:00:00+14:00", NOT_A_DATE),
        ("a date of 1,000,000 letters", "2" * 1_000_000, NOT_A_DATE),
        ("half a surrogate pair as date", "\ud83d", NOT_A_DATE),
        ("an anchor date an hour ahead", soon, IN_THE_FUTURE.naming("Anchor Date")),
        (
            "the last day of the calendar",
            "9999-12-31",
            IN_THE_FUTURE.naming("Anchor Date"),
        ),
        ("a number as anchor date", 20250131, MUST_BE_TEXT.naming("anchor_date")),
        ("an anchor date of null", None, Accepted("no anchor date: a year ago", a_year_ago)),
        ("an empty anchor date", "", Accepted("no anchor date: a year ago", a_year_ago)),
        ("spaces around the date", " 2026-06-01 ", Accepted("removed", june)),
        ("another zone", "2026-06-01T05:30:00+0530", Accepted("the same moment", june)),
        ("the first day of the calendar", "0001-01-01", _accepted("everything")),
    ]
    return [(name, {"anchor_date": value}, expected) for name, value, expected in cases]


def _durations() -> list[tuple[str, Json, Rejected | Accepted]]:
    cases: list[tuple[str, Any, Rejected | Accepted]] = [
        ("a plain number as lookback", "10", NOT_A_DURATION.naming("Lookback Window")),
        ("words as lookback", "10 minutes", NOT_A_DURATION),
        ("a lookback of P", "P", NOT_A_DURATION),
        ("a lookback of PT", "PT", NOT_A_DURATION),
        ("a negative lookback", "-PT10M", NOT_A_DURATION),
        ("half an hour in decimals", "PT0.5H", NOT_A_DURATION),
        ("a lookback in small letters", "pt10m", NOT_A_DURATION),
        ("a lookback of 11 years", "P11Y", TOO_LONG),
        ("a lookback of 5,000 digits", f"P{'9' * 5_000}D", TOO_LONG),
        ("a number as lookback", 600, MUST_BE_TEXT.naming("lookback_window")),
        ("false as lookback", False, MUST_BE_TEXT.naming("lookback_window")),
        ("a lookback of zero", "PT0S", _accepted("no lookback")),
        ("an empty lookback", "", _accepted("ten minutes")),
        ("mixed units", "P1Y2M3W4DT5H6M7S", _accepted("their sum")),
    ]
    return [(name, {"lookback_window": value}, expected) for name, value, expected in cases]


def _more(good: Json) -> list[tuple[str, Json, Rejected | Accepted]]:
    manifest = {"type": "DeclarativeSource", "streams": []}
    components = "raise SystemExit('ran')"
    return [
        ("unknown fields", {"start_date": "never", "x": [1]}, _accepted("ignored")),
        ("a manifest in it", {"__injected_declarative_manifest": manifest}, _accepted("ignored")),
        ("code in it", {"__injected_components_py": components}, _accepted("ignored")),
        ("a field again in capitals", {"PASSWORD": good["password"]}, _accepted("ignored")),
    ]
