"""Times as BILL writes them: read, written and cut to the precision that BILL shows."""

from datetime import UTC, datetime, timedelta

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


def parse_time(text: str) -> datetime | None:
    """Read an ISO 8601 date or date-time; without an offset it is UTC. None if it is neither."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_time(moment: datetime) -> str:
    """Write a time as BILL's `yyyy-MM-dd'T'HH:mm:ss.SSSX` [DOC], with Z so that no + is in a URL.

    Digits below a millisecond are cut off: a lower bound may only move down.
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def floor_to_second(moment: datetime) -> datetime:
    """Cut off what is below a second."""
    return moment.replace(microsecond=0)


def end_of_moment(moment: datetime) -> datetime:
    """Return where the moment ends that a shown time stands for: a second, or a millisecond."""
    return moment + (_MILLISECOND if moment.microsecond else _SECOND)
