"""What a run says at its end."""

from datetime import UTC, datetime

import pytest

from sync_tool.progress import Progress, Result
from sync_tool.ranges import EVERYTHING, CoveredRanges, Range
from sync_tool.summary import final_line, older_records, stream_table

NOVEMBER = datetime(2025, 11, 26, 14, 3, tzinfo=UTC)


def progress_of(**results: Result) -> Progress:
    progress = Progress(tuple(results), 0)
    for name, result in results.items():
        progress.streams[name].result = result
        progress.add(name, 1_000, 1)
    return progress


def said(progress: Progress, *, is_interrupted: bool = False, has_failed: bool = False) -> str:
    return final_line(
        progress, "b.duckdb", 65, is_interrupted=is_interrupted, has_failed=has_failed
    )


def covering(**ranges: Range) -> CoveredRanges:
    covered = CoveredRanges({})
    for name, one in ranges.items():
        covered.complete(name, (one,))
    return covered


def test_the_table_shows_rows_ranges_and_results() -> None:
    progress = progress_of(bills=Result.COMPLETE, users=Result.LEFT_OUT)

    assert stream_table(progress, covering(bills=Range(NOVEMBER))).splitlines()[2:] == [
        "bills       1,000  since 2025-11-26  complete",
        "users       1,000  nothing           left out",
    ]


def test_the_table_shows_what_is_not_finished() -> None:
    progress = progress_of(bills=Result.INTERRUPTED, vendors=Result.FAILED)
    covered = covering(vendors=Range(NOVEMBER))
    covered.begin("bills", (Range(NOVEMBER),), is_new=True)
    older = Range(datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    covered.begin("vendors", (older,), is_new=False)

    assert stream_table(progress, covered).splitlines()[2:] == [
        "bills        1,000  unfinished: since 2025-11-26                            interrupted",
        "vendors      1,000  since 2025-11-26; unfinished: 2024-01-01 to 2024-12-31  failed",
    ]


def test_a_complete_run_names_the_streams_that_were_left_out() -> None:
    assert said(progress_of(bills=Result.COMPLETE)) == (
        "Complete: 1 stream, 1,000 rows in 1:05, into b.duckdb."
    )
    assert said(progress_of(bills=Result.COMPLETE, users=Result.LEFT_OUT)).endswith(
        " Left out, because this user may not read them: users."
    )


def test_a_run_with_failed_streams_names_them_and_says_what_to_do() -> None:
    progress = progress_of(bills=Result.COMPLETE, users=Result.FAILED)

    assert said(progress, has_failed=True) == (
        "Failed: users. Complete: 1 of 2 streams, 2,000 rows in 1:05. b.duckdb keeps what was "
        "read. Run the same command again to continue."
    )


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_a_run_that_read_nothing_does_not_ask_to_run_it_again(*, is_interrupted: bool) -> None:
    """BILL may lock a user after several wrong passwords."""
    line = said(Progress(("bills",), 0), is_interrupted=is_interrupted, has_failed=True)

    assert line.endswith(". Nothing was read.")


def test_an_interrupted_run_says_that_its_rows_are_kept() -> None:
    progress = progress_of(bills=Result.INTERRUPTED)

    assert said(progress, is_interrupted=True, has_failed=True) == (
        "Interrupted after 1,000 rows in 1:05. b.duckdb keeps what was read. Run the same command "
        "again to continue."
    )


def test_missing_older_records_are_named_with_the_option_that_reads_them() -> None:
    covered = covering(bills=Range(NOVEMBER), users=EVERYTHING)

    assert older_records(covered, ["bills", "users"], NOVEMBER) == (
        "Records last updated before 2025-11-26 are missing in bills. To read them, run this once "
        "with --backfill 2000-01-01 2025-11-26."
    )
    assert older_records(covered, ["users"], NOVEMBER) is None


def test_an_anchor_date_that_was_set_earlier_is_noticed() -> None:
    covered = covering(bills=Range(NOVEMBER))

    assert older_records(covered, ["bills"], datetime(2024, 1, 1, tzinfo=UTC)) == (
        "The anchor date is now 2024-01-01, but the first sync began at 2025-11-26. To read the "
        "records in between, run this once with --backfill 2024-01-01 2025-11-26."
    )
