"""What a stream says it reads, for each reason that it does not read everything."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from source_billcom.config import ConnectorConfig
from source_billcom.sync.cursor import UpdatedTimeCursor
from source_billcom.sync.range_line import range_line
from unit_tests.fakes import CONFIG, NOW

PAGE = Path(__file__).parents[2] / "docs" / "source-billcom.md"
STATE = {"updatedTime": "2026-03-10T09:30:00.000Z"}


def line(
    state: dict[str, Any] | None = None,
    *,
    full_refresh: bool = False,
    now: datetime = NOW,
    **changes: str,
) -> str:
    """Return the line of bills with this saved state and configuration."""
    config = ConnectorConfig.from_config({**CONFIG, **changes}, now)
    cursor = UpdatedTimeCursor("bills", state or {})
    cursor.begin_sync(config.anchor, config.lookback, now, full_refresh=full_refresh)
    return range_line("bills", config, cursor)


def test_a_first_sync_without_an_anchor_date_reads_one_year() -> None:
    assert line() == (
        "Reading bills updated since 2025-03-10, the default Anchor Date (one year ago)."
    )


@pytest.mark.parametrize("cleared", ["", "  "])
def test_a_cleared_anchor_date_is_the_default(cleared: str) -> None:
    assert "the default Anchor Date" in line(anchor_date=cleared)


@pytest.mark.parametrize(
    ("anchor_date", "shown"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01"),
        ("2024-01-01T08:15:00Z", "2024-01-01 08:15:00 UTC"),
        ("2024-01-01T00:00:00+02:00", "2023-12-31 22:00:00 UTC"),
    ],
)
def test_a_first_sync_reads_since_the_anchor_date(anchor_date: str, shown: str) -> None:
    assert line(anchor_date=anchor_date) == (
        f"Reading bills updated since {shown}, the Anchor Date of the configuration."
    )


@pytest.mark.parametrize(
    ("lookback", "since", "words"),
    [
        ("", "2026-03-10 09:20:00 UTC", " (less the lookback of 10 minutes)"),
        ("PT1H30M", "2026-03-10 08:00:00 UTC", " (less the lookback of 1 hour 30 minutes)"),
        ("P1D", "2026-03-09 09:30:00 UTC", " (less the lookback of 1 day)"),
        ("PT0S", "2026-03-10 09:30:00 UTC", ""),
    ],
)
def test_a_later_sync_reads_since_its_state(lookback: str, since: str, words: str) -> None:
    assert line(STATE, lookback_window=lookback) == (
        f"Reading bills updated since {since}, where the last sync stopped{words}."
    )


def test_a_full_refresh_reads_everything_whatever_anchor_date_and_state_say() -> None:
    assert line(STATE, full_refresh=True, anchor_date="2024-01-01") == "Reading all of bills."


def test_a_full_refresh_that_was_interrupted_continues() -> None:
    assert line({**STATE, "full_refresh": True}, full_refresh=True) == (
        "Reading bills updated since 2026-03-10 09:20:00 UTC, where the last full refresh stopped "
        "(less the lookback of 10 minutes)."
    )


def test_a_stream_without_a_cursor_is_always_read_whole() -> None:
    config = ConnectorConfig.from_config(CONFIG, NOW)

    assert range_line("users", config, None) == "Reading all of users."


def test_the_documentation_shows_the_lines_as_they_are() -> None:
    now = datetime(2026, 11, 26, 10, 0, 0, tzinfo=UTC)
    lines = [
        line(now=now),
        line(now=now, anchor_date="2024-01-01"),
        line({"updatedTime": "2026-11-26T09:00:00.000Z"}, now=now),
        line(now=now, full_refresh=True).replace("bills", "users"),
    ]

    page = PAGE.read_text(encoding="utf-8")

    assert [shown for shown in lines if f"| `{shown}` |" not in page] == []
