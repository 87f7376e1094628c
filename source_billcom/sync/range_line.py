"""The log line with which a stream starts: which rows this sync reads, and why only those.

Without it, a user who never chose an Anchor Date would take the rows of one year for all rows.
"""

from datetime import UTC, datetime, time, timedelta

import pendulum

from source_billcom.config import ConnectorConfig
from source_billcom.sync.cursor import UpdatedTimeCursor

_MIDNIGHT = time()


def range_line(stream_name: str, config: ConnectorConfig, cursor: UpdatedTimeCursor | None) -> str:
    """Return the line for a stream whose cursor, if it has one, has begun this sync."""
    start = cursor.start if cursor else None
    if cursor is None or start is None:
        return f"Reading all of {stream_name}."
    if cursor.resumes:
        kind = "full refresh" if cursor.is_full_refresh else "sync"
        less = f" (less the lookback of {_words(config.lookback)})" if config.lookback else ""
        reason = f"where the last {kind} stopped{less}"
    elif config.has_default_anchor:
        # "one year ago" is not meant to the second
        start = datetime.combine(start.date(), _MIDNIGHT, UTC)
        reason = "the default Anchor Date (one year ago)"
    else:
        reason = "the Anchor Date of the configuration"
    return f"Reading {stream_name} updated since {_shown(start)}, {reason}."


def _shown(moment: datetime) -> str:
    """Write a time as a date if it is the beginning of a day, and in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if moment.time() == _MIDNIGHT else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _words(lookback: timedelta) -> str:
    return pendulum.duration(seconds=lookback.total_seconds()).in_words()
