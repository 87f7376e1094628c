"""The date-times that BILL accepts in filters [DOC D:filterable-fields]."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:T(?P<minute>\d{2}:\d{2})(?P<second>:\d{2})?(?P<fraction>\.\d+)?(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_FRACTION_LENGTH = len(".SSS")
_SHORT_ZONE_LENGTH = len("+00")


def parse_filter_time(text: str, *, documented: bool, naive_offset_hours: int) -> datetime:
    """Read a date-time in a filter.

    BILL documents `yyyy-MM-dd'T'HH:mm:ss.SSSX`, the same without X, without SSS, without ss, and
    the date alone [DOC]. With `documented`, other formats are refused: a time with a zone must
    have milliseconds.

    Raises:
        ValueError: the text is not such a time.

    """
    match = _TIME.fullmatch(text)
    if match is None or (documented and not _is_documented(match)):
        raise ValueError(f"{text!r} is not a date-time BILL documents")
    second = match["second"] or ":00"
    fraction = (match["fraction"] or ".000")[:7]
    naive = datetime.fromisoformat(f"{match['day']}T{match['minute'] or '00:00'}{second}{fraction}")
    return naive.replace(tzinfo=_zone(match["zone"], naive_offset_hours)).astimezone(UTC)


def _is_documented(match: re.Match[str]) -> bool:
    fraction, zone = match["fraction"], match["zone"]
    if fraction is not None and (match["second"] is None or len(fraction) != _FRACTION_LENGTH):
        return False
    return zone is None or fraction is not None


def _zone(text: str | None, naive_offset_hours: int) -> timezone:
    if text is None:
        return timezone(timedelta(hours=naive_offset_hours))
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[2:]) if len(text) > _SHORT_ZONE_LENGTH else 0
    offset = timedelta(hours=int(digits[:2]), minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
