"""Configurations that are wrong, or only look it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reliability.cases.bad_input import Case, Json, Taken, Told, as_bytes, told

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_2026 = datetime(2026, 6, 1, tzinfo=UTC)
_ALL: dict[str, datetime | None] = {"bills": None, "roles": None}
_NOT_JSON = "is not valid JSON"
_NO_OBJECT = "one JSON object"
_NO_ADDRESS = "Base URL is not a web address"
_NO_DATE = "is not a date"
_NO_DURATION = "is not an ISO 8601 duration"
_MUST_BE_TEXT = "must be text"


def configs(good: Json, catalog: Json) -> Iterator[Case]:
    """Yield every case; `good` is a configuration that works and reads all, with `anchor_date`."""
    for name, content, expected in [*_files(good), *_credentials(good)]:
        yield _case(name, content, expected, catalog)
    for name, change, expected in [*_addresses(good), *_dates(), *_durations(), *_more(good)]:
        yield _case(name, {**good, **change}, expected, catalog)


def _case(name: str, content: Any, expected: Told | Taken, catalog: Json) -> Case:
    return Case(name, expected, as_bytes(content), as_bytes(catalog), is_checked=True)


def _taken(how: str) -> Taken:
    return Taken(how, _ALL)


def _files(good: Json) -> list[tuple[str, Any, Told | Taken]]:
    text = json.dumps(good)
    umlaut = json.dumps({**good, "password": "für-uns-alle"}, ensure_ascii=False)
    return [
        ("an empty file", "", told(_NOT_JSON)),
        ("a file of blanks", " \n\t ", told(_NOT_JSON)),
        ("a byte order mark in front", b"\xef\xbb\xbf" + text.encode(), _taken("UTF-8")),
        ("UTF-16 with a byte order mark", text.encode("utf-16"), _taken("UTF-16")),
        ("UTF-16 without one", text.encode("utf-16-le"), _taken("UTF-16")),
        ("Windows line ends", text.replace(",", ",\r\n"), _taken("JSON")),
        ("latin-1", umlaut.encode("latin-1"), told("UTF-8")),
        ("bytes that are no text", bytes(range(128, 256)), told("UTF-8")),
        ("a NUL byte", b"\x00", told(_NOT_JSON)),
        ("a Python dict", str(good), told(_NOT_JSON)),
        ("YAML", "username: ann\npassword: secret-of-ann\n", told(_NOT_JSON)),
        ("a comma too many", text[:-1] + ",}", told(_NOT_JSON)),
        ("a file cut in two", text[: len(text) // 2], told(_NOT_JSON)),
        ("two objects", text + text, told(_NOT_JSON)),
        ("brackets 100,000 deep", "[" * 100_000, told(_NOT_JSON)),
        ("a number of 5,000 digits", f'{{"username": {"9" * 5_000}}}', told(_NOT_JSON)),
        ("a list", [good], told(_NO_OBJECT)),
        ("null", "null", told(_NO_OBJECT)),
        ("a text", '"config"', told(_NO_OBJECT)),
        ("an empty object", {}, told("no Username (username)")),
        ("the platform's envelope", {"connectionConfiguration": good}, told("no Username")),
        ("a key written twice", text[:-1] + f', {text[1:-1]}, "x": 1}}', _taken("the last one")),
    ]


def _credentials(good: Json) -> list[tuple[str, Any, Told | Taken]]:
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
    wrong = told("does not know this username and password")
    refused = told("refused the sign-in")
    return [
        ("no organization ID", without, told("no Organization ID (organization_id)")),
        ("a password of null", having(password=None), told("no Password (password)")),
        ("an empty password", having(password=""), told("no Password (password)")),
        ("a password of blanks", having(password=" \t "), told("Password", "blanks")),  # noqa: S106
        ("a number as password", having(password=12345678), told("Password", _MUST_BE_TEXT)),
        ("a list as username", having(username=[user]), told("Username", _MUST_BE_TEXT)),
        ("an object as key", having(dev_key={"value": key}), told("Developer", _MUST_BE_TEXT)),
        ("true as username", having(username=True), told("Username", _MUST_BE_TEXT)),
        ("NaN as organization", having(organization_id=float("nan")), told(_MUST_BE_TEXT)),
        ("blanks around credentials", having(**spaced), _taken("cut off")),
        ("invisible characters around them", having(**unseen), _taken("cut off")),
        ("blanks around the password", having(password=f" {good['password']} "), wrong),
        ("the form's stars as password", having(password="**********"), wrong),  # noqa: S106
        ("half a surrogate pair as password", having(password="\ud83d-secret"), refused),  # noqa: S106
        ("a letter as password", having(password="e"), told("Password", "too short")),  # noqa: S106
        ("NUL in the username", having(username=f"{user}\x00"), wrong),
        ("a username of 100,000 letters", having(username="a" * 100_000), wrong),
        ("a password of 100,000 letters", having(password="a" * 100_000), wrong),
        ("a line break in the key", having(dev_key=f"{key[:9]}\n{key[9:]}"), told("copy it again")),
        ("a long dash in the key", having(dev_key=f"{key}\u2014"), told("copy it again")),
        ("a key of 100,000 letters", having(dev_key="A" * 100_000), told("the developer key")),
        ("a key in quotes", having(dev_key=f'"{key}"'), told("the developer key")),
        ("another organization", having(organization_id="008NOSUCH"), told("organization ID")),
        ("control characters in it", having(organization_id="008\x07\x1b[31m"), told("organiz")),
    ]


def _addresses(good: Json) -> list[tuple[str, Json, Told | Taken]]:
    url = str(good["base_url"])
    host = url.removeprefix("http://")
    port = host.split(":")[1].split("/")[0]
    cases: list[tuple[str, str, Told | Taken]] = [
        ("a base URL with a trailing slash", f"{url}/", _taken("without it")),
        ("a base URL ending in /v3/", f"{url}/v3/", _taken("without it")),
        ("blanks around the base URL", f"  {url}\n", _taken("cut off")),
        ("a base URL in capitals", f"HTTP://LOCALHOST:{port}/connect", _taken("the same host")),
        ("a base URL without a scheme", host, told(_NO_ADDRESS)),
        ("a base URL of ftp", f"ftp://{host}", told(_NO_ADDRESS)),
        ("a base URL of file", "file:///etc/passwd", told(_NO_ADDRESS)),
        ("a base URL with a blank", f"http://local host:{port}/connect", told(_NO_ADDRESS)),
        ("a base URL without a host", "https:///connect", told(_NO_ADDRESS)),
        ("a base URL with an open bracket", "https://[::1/connect", told(_NO_ADDRESS)),
        ("a base URL with port 99999", "https://localhost:99999/connect", told(_NO_ADDRESS)),
        ("a base URL with port 0", "https://localhost:0/connect", told(_NO_ADDRESS)),
        ("a base URL with a word as port", "https://localhost:https/", told(_NO_ADDRESS)),
        ("a base URL with a NUL", f"{url}\x00", told(_NO_ADDRESS)),
        ("a base URL with a bell", f"http://127.0.0.1\x07:{port}/connect", told(_NO_ADDRESS)),
        ("a base URL with a backslash", f"http:\\\\{host}", told(_NO_ADDRESS)),
        ("a base URL with two dots", "https://gateway..bill.com/connect", told(_NO_ADDRESS)),
        ("a base URL with angle brackets", f"<{url}>", told(_NO_ADDRESS)),
        ("a host name too long", f"https://{'a' * 300}.example/connect", told(_NO_ADDRESS)),
        ("half a surrogate pair as host", "https://\ud83d.invalid/connect", told(_NO_ADDRESS)),
        ("a base URL with credentials", f"http://ann:secret@{host}", told("plain address")),
        ("a base URL with a question", f"{url}?v=3", told("plain address")),
        ("a base URL of the login", f"{url}/v3/login", told("Base URL", "/connect")),
        ("a base URL a folder short", url.removesuffix("/connect"), told("Base URL", "/connect")),
        ("https where http is spoken", f"https://{host}", told("Base URL")),
        ("a host that does not exist", "https://no-such-bill.invalid", told("Cannot reach")),
        ("a port where nobody is", "http://127.0.0.1:9/connect", told("Cannot reach", "127.0.0.1")),
        ("http to a public address", "http://93.184.216.34/connect", told("use https")),
        ("http to a public address as a number", "http://1572395042/connect", told("use https")),
        ("http to IPv4 within IPv6", "http://[::ffff:93.184.216.34]/", told("use https")),
    ]
    more: list[tuple[str, Json, Told | Taken]] = [
        ("a number as base URL", {"base_url": 443}, told("base_url", _MUST_BE_TEXT)),
        ("a list as base URL", {"base_url": [url]}, told("base_url", _MUST_BE_TEXT)),
    ]
    return [(name, {"base_url": text}, expected) for name, text, expected in cases] + more


def _dates() -> list[tuple[str, Json, Told | Taken]]:
    now = datetime.now(UTC)
    soon = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    a_year_ago = {"bills": now - timedelta(days=366), "roles": None}
    june = {"bills": _IN_2026, "roles": None}
    cases: list[tuple[str, Any, Told | Taken]] = [
        ("a day that does not exist", "2025-02-30", told("Anchor Date", _NO_DATE)),
        ("a German date", "31.01.2025", told(_NO_DATE)),
        ("an American date", "01/31/2025", told(_NO_DATE)),
        ("a word as date", "yesterday", told(_NO_DATE)),
        ("a year alone", "2025", told(_NO_DATE)),
        ("hour 25", "2025-01-31T25:00:00Z", told(_NO_DATE)),
        ("Arabic digits", "\u0662\u0660\u0662\u0665-\u0660\u0661-\u0663\u0661", told(_NO_DATE)),
        ("a date with a NUL", "2025-01-31\x00", told(_NO_DATE)),
        ("before the calendar", "0001-01-01T00:00:00+14:00", told(_NO_DATE)),
        ("a date of 1,000,000 letters", "2" * 1_000_000, told(_NO_DATE)),
        ("half a surrogate pair as date", "\ud83d", told(_NO_DATE)),
        ("an anchor date an hour ahead", soon, told("Anchor Date", "future")),
        ("the last day of the calendar", "9999-12-31", told("Anchor Date", "future")),
        ("a number as anchor date", 20250131, told("anchor_date", _MUST_BE_TEXT)),
        ("an anchor date of null", None, Taken("none: a year ago", a_year_ago)),
        ("an empty anchor date", "", Taken("none: a year ago", a_year_ago)),
        ("blanks around the date", " 2026-06-01 ", Taken("cut off", june)),
        ("another zone", "2026-06-01T05:30:00+0530", Taken("the same moment", june)),
        ("the first day of the calendar", "0001-01-01", _taken("everything")),
    ]
    return [(name, {"anchor_date": value}, expected) for name, value, expected in cases]


def _durations() -> list[tuple[str, Json, Told | Taken]]:
    cases: list[tuple[str, Any, Told | Taken]] = [
        ("a plain number as lookback", "10", told("Lookback Window", _NO_DURATION)),
        ("words as lookback", "10 minutes", told(_NO_DURATION)),
        ("a lookback of P", "P", told(_NO_DURATION)),
        ("a lookback of PT", "PT", told(_NO_DURATION)),
        ("a lookback ahead", "-PT10M", told(_NO_DURATION)),
        ("half an hour in decimals", "PT0.5H", told(_NO_DURATION)),
        ("a lookback in small letters", "pt10m", told(_NO_DURATION)),
        ("a lookback of 11 years", "P11Y", told("longer than ten years")),
        ("a lookback of 5,000 digits", f"P{'9' * 5_000}D", told("longer than ten years")),
        ("a number as lookback", 600, told("lookback_window", _MUST_BE_TEXT)),
        ("false as lookback", False, told("lookback_window", _MUST_BE_TEXT)),
        ("no lookback at all", "PT0S", _taken("none")),
        ("an empty lookback", "", _taken("ten minutes")),
        ("mixed units", "P1Y2M3W4DT5H6M7S", _taken("their sum")),
    ]
    return [(name, {"lookback_window": value}, expected) for name, value, expected in cases]


def _more(good: Json) -> list[tuple[str, Json, Told | Taken]]:
    manifest = {"type": "DeclarativeSource", "streams": []}
    components = "raise SystemExit('ran')"
    return [
        ("fields nobody knows", {"start_date": "never", "x": [1]}, _taken("left aside")),
        ("another manifest in it", {"__injected_declarative_manifest": manifest}, _taken("ours")),
        ("code in it", {"__injected_components_py": components}, _taken("never run")),
        ("a field named twice in capitals", {"PASSWORD": good["password"]}, _taken("left aside")),
    ]
