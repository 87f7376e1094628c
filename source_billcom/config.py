"""The user's configuration as one checked, frozen value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

import pendulum

from source_billcom.errors import config_error
from source_billcom.masking import SecretMask
from source_billcom.times import parse_time

PRODUCTION = "https://gateway.prod.bill.com/connect"
SANDBOX = "https://gateway.stage.bill.com/connect"
BILL_HOSTS = frozenset({"gateway.prod.bill.com", "gateway.stage.bill.com"})
DEFAULT_LOOKBACK = timedelta(minutes=10)
_REQUIRED = {
    "username": "Username",
    "password": "Password",
    "organization_id": "Organization ID",
    "dev_key": "Developer Key",
}
# what a value copied from a web page or an editor may have at its ends, some of it invisible
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
_WHITE_SPACE += "\u200b\u200c\u200d\u2060\ufeff"
_SECRETS = frozenset({"password", "dev_key"})
# a shorter one cannot be complete, and masking it would garble whatever BILL says
_SHORTEST_SECRET = 3
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+(%[\w.-]+)?")
_LONGEST_HOST = 253
LONGEST_LOOKBACK = timedelta(days=3650)
_ISO_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_ISO_DURATION = re.compile(
    r"P(?=[^T]|T.)([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?"
    r"(?:T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?"
)
# a lookback needs no calendar: 365 days for a year, 30 for a month
_DURATION_DAYS = (365, 30, 7, 1, 1 / 24, 1 / 1440, 1 / 86400)


@dataclass(frozen=True)
class ConnectorConfig:
    """What one connection needs to know.

    `base_url` has neither a trailing slash nor `/v3`. `anchor` is the lower bound of the first
    incremental sync, with `has_default_anchor` if the user chose none; `lookback` is how far each
    later one reaches back before its state. `repr` does not show secrets, because it ends up in
    tracebacks.
    """

    username: str
    password: str = field(repr=False)
    organization_id: str
    dev_key: str = field(repr=False)
    base_url: str
    anchor: datetime
    lookback: timedelta
    has_default_anchor: bool = False

    @property
    def is_bill_host(self) -> bool:
        """Whether `base_url` is one of BILL's own two gateways."""
        return urlsplit(self.base_url).hostname in BILL_HOSTS

    @classmethod
    def from_config(cls, config: Mapping[str, Any], now: datetime) -> "ConnectorConfig":
        """Check `config` and fill in the defaults.

        Airbyte's form sends an empty string for a field that was cleared, so that counts as absent.

        Raises:
            ConnectorError: a config error that names the field and says what to do.
        """
        values = {key: _required_text(config, key, title) for key, title in _REQUIRED.items()}
        # a secret may have been pasted into the wrong field
        mask = SecretMask(*(values[key] for key in _SECRETS))
        anchor_date = _optional_text(config, "anchor_date")
        return cls(
            # white space comes from copying; that of a password may belong to it
            username=values["username"].strip(_WHITE_SPACE),
            password=values["password"],
            organization_id=values["organization_id"].strip(_WHITE_SPACE),
            dev_key=_header_text(values["dev_key"].strip(_WHITE_SPACE)),
            base_url=_base_url(_optional_text(config, "base_url") or PRODUCTION),
            anchor=_anchor(anchor_date, now, mask),
            lookback=_lookback(_optional_text(config, "lookback_window"), mask),
            has_default_anchor=anchor_date is None,
        )


def _required_text(config: Mapping[str, Any], key: str, title: str) -> str:
    value = config.get(key)
    if value is None or value == "":
        raise config_error(f"The configuration has no {title} ({key}). Fill it in.")
    if not isinstance(value, str):
        raise config_error(
            f"{title} ({key}) must be text. Put it in quotes in the configuration file."
        )
    if not value.strip(_WHITE_SPACE):
        raise config_error(f"{title} ({key}) is blank. Fill it in.")
    if key in _SECRETS and len(value) < _SHORTEST_SECRET:
        raise config_error(f"{title} ({key}) is too short to be complete. Copy it again.")
    return value


def _header_text(dev_key: str) -> str:
    """Refuse what an HTTP header cannot carry, such as a key copied with a line break in it."""
    if not dev_key.isascii() or not dev_key.isprintable() or " " in dev_key:
        raise config_error(
            "Developer Key (dev_key) contains spaces or invalid characters. Copy it again."
        )
    return dev_key


def _optional_text(config: Mapping[str, Any], key: str) -> str | None:
    value = config.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise config_error(f"{key} must be text. Put it in quotes in the configuration file.")
    return value.strip(_WHITE_SPACE) or None


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_valid = SplitResult("", "", "", "", ""), False
    is_web = parts.scheme in {"https", "http"} and port_is_valid
    if not is_web or not _is_host(parts.hostname) or not text.isprintable() or " " in text:
        raise config_error(
            f"Base URL is not a web address. Use {PRODUCTION} for production or {SANDBOX} for the "
            "sandbox."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise config_error(
            "Base URL must be a plain address without user, password, ? or #, such as "
            f"{PRODUCTION}."
        )
    path = parts.path.rstrip("/").removesuffix("/v3").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_host(name: str | None) -> bool:
    """Tell whether a name or an address has the form of one that can be looked up."""
    if not name or not _HOST.fullmatch(name):
        return False
    try:
        return len(name.encode("idna")) <= _LONGEST_HOST
    except UnicodeError:  # an empty part or one of more than 63 letters
        return False


def _anchor(text: str | None, now: datetime, mask: SecretMask) -> datetime:
    if text is None:
        return pendulum.instance(now).subtract(years=1)
    anchor = parse_time(text) if _ISO_DATE.fullmatch(text) else None
    if anchor is None:
        raise config_error(
            f"Anchor Date {mask(text)[:40]!r} is not a date. Write it as 2025-01-31 or "
            "2025-01-31T00:00:00Z."
        )
    if anchor > now:
        # no record is updated in the future, so the sync would read nothing
        raise config_error(
            f"Anchor Date {text} is in the future. Choose the date from which to read records."
        )
    return anchor


def _lookback(text: str | None, mask: SecretMask) -> timedelta:
    if text is None:
        return DEFAULT_LOOKBACK
    match = _ISO_DURATION.fullmatch(text)
    if not match:
        raise config_error(
            f"Lookback Window {mask(text)[:40]!r} is not an ISO 8601 duration. Write, for "
            "example, PT10M for ten minutes or P1D for one day."
        )
    counts = [_count(part) if part else 0 for part in match.groups()]
    days = sum(count * unit for count, unit in zip(counts, _DURATION_DAYS, strict=True))
    if days > LONGEST_LOOKBACK.days:
        raise config_error(
            f"Lookback Window {mask(text)[:40]!r} is longer than ten years. Shorten it, or run "
            "a full refresh instead."
        )
    return timedelta(seconds=round(days * 86_400))


def _count(part: str) -> int:
    """Read the number before a unit, at most 10**12, which is too long in any unit.

    `int` refuses numbers of thousands of digits.
    """
    digits = part[:-1].lstrip("0")
    return int(digits or "0") if len(digits) < 12 else 10**12  # noqa: PLR2004 - 10**12 has 13 digits
