"""Each stream says in the log, when it starts, which range this sync reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from testing.streams import FULL_REFRESH, INCREMENTAL

if TYPE_CHECKING:
    from testing.connector import Connector
    from testing.result import Result

YEAR = timedelta(days=365)


def range_lines(result: Result) -> dict[str, str]:
    """Return the line of each stream that started, which stands before its status."""
    lines: dict[str, str] = {}
    last_log = ""
    for message in result.messages:
        if message["type"] == "LOG" and message["log"]["message"].startswith("Reading "):
            last_log = message["log"]["message"]
            assert message["log"]["level"] == "INFO"
        trace = message.get("trace", {})
        if trace.get("type") == "STREAM_STATUS" and trace["stream_status"]["status"] == "STARTED":
            lines[trace["stream_status"]["stream_descriptor"]["name"]] = last_log
    return lines


def test_the_first_sync_says_that_it_reads_one_year(connector: Connector) -> None:
    result = connector.having(anchor_date=None).read()

    # the test may run at midnight, or in a leap year
    days = {(datetime.now(UTC) - YEAR - timedelta(days=n)).date() for n in range(-1, 3)}
    lines = range_lines(result)
    assert lines.keys() == {*INCREMENTAL, *FULL_REFRESH}
    for name in INCREMENTAL:
        assert lines[name] in {
            f"Reading {name} updated since {day}, the default Anchor Date (one year ago)."
            for day in days
        }
    for name in FULL_REFRESH:
        assert lines[name] == f"Reading all of {name}."


def test_the_anchor_date_of_the_configuration_is_named(connector: Connector) -> None:
    result = connector.having(anchor_date="2024-01-01").read(["bills", "roles"])

    assert range_lines(result) == {
        "bills": "Reading bills updated since 2024-01-01, the Anchor Date of the configuration.",
        "roles": "Reading all of roles.",
    }


def test_a_later_sync_names_the_time_from_which_it_continues(connector: Connector) -> None:
    first = connector.read(["bills"])

    second = connector.read(["bills"], first.state_file)

    saved = datetime.fromisoformat(first.newest_states["bills"]["updatedTime"])
    since = f"{saved - timedelta(minutes=10):%Y-%m-%d %H:%M:%S} UTC".removesuffix(" 00:00:00 UTC")
    assert range_lines(second)["bills"] == (
        f"Reading bills updated since {since}, where the last sync stopped (less the lookback of "
        "10 minutes)."
    )


def test_a_full_refresh_says_that_it_reads_everything(connector: Connector) -> None:
    result = connector.having(anchor_date=None).read(["bills"], full_refresh=True)

    assert range_lines(result) == {"bills": "Reading all of bills."}


def test_a_stream_that_cannot_be_read_names_no_range(connector: Connector) -> None:
    state = {
        "type": "STREAM",
        "stream": {
            "stream_descriptor": {"name": "bills"},
            "stream_state": {"updatedTime": "page 7"},
        },
    }

    result = connector.read(["bills"], [state])

    assert range_lines(result) == {"bills": ""}
