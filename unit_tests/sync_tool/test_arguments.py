"""The command line: what is chosen, and what is refused in one sentence."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sync_tool.arguments import Options, parse_arguments
from testing.streams import INCREMENTAL, STREAMS

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def parse(line: str) -> Options:
    return parse_arguments(line.split())


def test_without_arguments_everything_is_read_into_a_duckdb_file() -> None:
    options = parse("")

    assert options.streams == tuple(STREAMS)
    assert (options.config, options.database) == ("secrets/config.json", "bill.duckdb")
    assert options.full_refresh == frozenset()
    assert not options.quiet


@pytest.mark.parametrize(
    "line", ["bills vendors", "vendors,bills", "bills, vendors", "bills,vendors,"]
)
def test_streams_may_be_separated_by_spaces_and_commas(line: str) -> None:
    assert parse(f"--streams {line}").streams == ("bills", "vendors")


def test_streams_can_be_left_out() -> None:
    assert parse("--streams bills users --without users").streams == ("bills",)
    assert "roles" not in parse("--without roles users").streams


def test_a_full_refresh_is_of_all_chosen_streams_unless_some_are_named() -> None:
    assert parse("--streams bills users --full-refresh").full_refresh == {"bills", "users"}
    assert parse("--full-refresh bills").full_refresh == {"bills"}


def test_a_backfill_reads_the_streams_that_have_times() -> None:
    options = parse("--backfill 2024-01-01 2024-12-31")

    assert options.streams == INCREMENTAL
    assert options.backfill == (date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--streams bils", "There is no stream named bils. Did you mean bills? The streams are: b"),
        ("--without bills,nothing", "There is no stream named nothing. "),
        ("--full-refresh bils", "There is no stream named bils"),
        ("--streams bills --without bills", "No stream is left to read."),
        ("--streams bills --full-refresh users", "--full-refresh names a stream that"),
        (f"--since {TOMORROW}", "is in the future"),
        ("--since yesterday", "'yesterday' is not a date. Write it as 2025-01-31."),
        ("--backfill 2024-12-31 2024-01-01", "the first date is later than the second"),
        (f"--backfill {TOMORROW} {TOMORROW}", "is in the future"),
        ("--backfill 2024-01-01 2024-01-31 --since 2023-01-01", "cannot be combined"),
        ("--backfill 2024-01-01 2024-01-31 --full-refresh", "cannot be combined"),
        ("--streams users --backfill 2024-01-01 2024-01-31", "is not for users: every sync reads"),
        ("--nonsense", "unrecognized arguments: --nonsense"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_line(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(line)

    assert ended.value.code == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert words in said


def test_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse("--help")

    assert ended.value.code == 0
    said = capsys.readouterr().out
    for code in ("0  ", "1  ", "2  ", "129, 130, 143"):
        assert f"  {code}" in said


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--version")

    assert capsys.readouterr().out.startswith("billcom-sync ")


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("bill.duckdb", "bill.duckdb"),
        ("postgresql://ann:secret@host:5432/bill", "postgresql://host:5432/bill"),
        ("postgresql://host/bill?password=secret", "postgresql://host/bill"),
        ("postgresql://ann:a/secret@host/bill", "postgresql://host/bill"),
        ("postgresql://ann:a://secret@host/bill", "postgresql://host/bill"),
        ("postgresql://ann:secret?b@host/bill", "postgresql://..."),
        ("postgresql://host/bill?password=a@secret", "postgresql://..."),
        ("postgresql://ann:secret/bill", "postgresql://..."),
        ("postgresql://[::1]:5432/bill", "postgresql://[::1]:5432/bill"),
    ],
)
def test_the_password_of_a_database_is_not_shown(database: str, name: str) -> None:
    assert parse(f"--database {database}").database_name == name


def test_the_words_of_libpq_are_not_taken_for_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(["--database", "host=db password=secret"])

    assert ended.value.code == 2
    assert "secret" not in capsys.readouterr().err
