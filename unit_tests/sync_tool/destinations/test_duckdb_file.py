"""What can be wrong with a DuckDB file: one sentence each, and nothing is left behind."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb
import pytest

from sync_tool.destinations import DestinationError, open_destination
from unit_tests.sync_tool.destinations.tables import BILLS, lines, opened, store, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# connects to the file in a program of its own, says so, and waits
HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("connected", flush=True)
sys.stdin.read()
"""
# files may not grow, as on a full disk
FULL_DISK = """
import resource, signal, sys
from unit_tests.sync_tool.destinations.tables import fill
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
fill(sys.argv[1])
"""
# drops the rights of root, who may read and write everything, and opens a database
AS_NOBODY = """
import os, sys
import sync_tool.destinations.duckdb_file
from sync_tool.destinations import DestinationError, open_destination
if os.geteuid() == 0:
    os.setuid(65534)
try:
    open_destination(sys.argv[1])
except DestinationError as error:
    print(error)
"""


@pytest.fixture
def database(new_duckdb: Callable[[], str]) -> str:
    return new_duckdb()


def message_of(database: str) -> str:
    """Return the sentence that is the answer to opening a database."""
    with pytest.raises(DestinationError) as found:
        open_destination(database)
    return str(found.value)


def test_a_file_that_another_program_has_open_is_refused(database: str) -> None:
    store(database, BILLS, {"id": "a"})
    command = [sys.executable, "-c", HOLDER, database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:  # noqa: S603
        assert holder.stdout
        assert holder.stdout.readline() == b"connected\n"

        message = message_of(database)

        holder.communicate()
    assert message == (
        f"{database} is in use by another program (process {holder.pid}). Close it there and run "
        "this again."
    )
    assert stored(database, "bills").keys() == {"a"}


def test_a_file_that_another_run_has_created_meanwhile_is_left_as_it_is(database: str) -> None:
    late = open_destination(database)
    store(database, BILLS, {"id": "a"})
    late.open_table(BILLS)
    late.write("bills", lines({"id": "b"}))

    with pytest.raises(DestinationError) as error:
        late.commit({})
    late.close()

    assert "was created by another program while this was running." in str(error.value)
    assert stored(database, "bills").keys() == {"a"}


def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(database: str) -> None:
    Path(database).write_text("not a database " * 1000)

    assert message_of(database) == f"{database} is not a DuckDB database. Name another file."

    assert Path(database).read_text() == "not a database " * 1000


@pytest.mark.parametrize(("name", "content"), [("a.csv", "a,b\n1,2\n"), ("a.json", '{"a": 1}')])
def test_a_file_that_duckdb_opens_in_memory_is_refused(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content)

    assert message_of(str(path)) == f"{path} is not a DuckDB database. Name another file."
    assert path.read_text() == content


def test_a_sqlite_file_is_not_a_duckdb_database(database: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE bills (id)")

    assert message_of(database) == f"{database} is not a DuckDB database. Name another file."


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    assert message_of(str(tmp_path)) == f"{tmp_path} is not a DuckDB database. Name another file."


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "bill.duckdb"

    assert (
        message_of(str(path)) == f"There is no folder {path.parent} for the database bill.duckdb."
    )

    assert not path.parent.exists()


def test_a_damaged_file_is_refused(database: str) -> None:
    store(database, BILLS, {"id": "a"})
    content = bytearray(Path(database).read_bytes())
    content[5000:6000] = bytes(b"x" * 1000)
    Path(database).write_bytes(content)

    assert message_of(database) == (
        f"{database} is damaged: DuckDB cannot read it. Restore it, or name another file."
    )


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Create a folder that every user may write into. Those of pytest are private."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


def message_without_rights(database: Path) -> str:
    """Return the sentence that is the answer if the user is not root."""
    command = [sys.executable, "-c", AS_NOBODY, str(database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert not done.stderr
    return done.stdout.strip()


def test_a_file_that_may_not_be_written_is_refused(public_folder: Path) -> None:
    database = public_folder / "bill.duckdb"
    store(str(database), BILLS, {"id": "a"})
    database.chmod(0o444)

    assert message_without_rights(database) == (
        f"{database} cannot be written: you do not have permission."
    )


def test_a_folder_that_may_not_be_written_is_refused(public_folder: Path) -> None:
    public_folder.chmod(0o555)

    message = message_without_rights(public_folder / "bill.duckdb")

    assert message == f"You may not create files in the folder {public_folder}."


def test_a_folder_that_may_not_be_opened_is_refused(public_folder: Path) -> None:
    public_folder.chmod(0o000)

    message = message_without_rights(public_folder / "bill.duckdb")

    assert message == f"You may not open the folder {public_folder}."


def test_a_full_disk_ends_the_run_and_keeps_what_was_committed(database: str) -> None:
    command = [sys.executable, "-c", FULL_DISK, database]

    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.stderr.splitlines()[-1].endswith(
        f"DestinationError: There is no space left on the disk of {database}. What was committed "
        "before is kept."
    )
    with opened(database) as destination:
        (found,) = destination.query("SELECT count(*) AS n FROM bills")
        assert destination.states() == {"bills": {"rows": found["n"]}}


def test_a_missing_driver_is_named(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.delitem(sys.modules, "sync_tool.destinations.duckdb_file", raising=False)

    assert message_of(database) == (
        "The Python package duckdb is missing: run pip install 'source-billcom[sync]'."
    )


def test_no_file_is_created_before_there_are_rows(database: str) -> None:
    with opened(database, BILLS) as destination:
        assert destination.states() == {}
        assert destination.settings() == {}
        destination.write("bills", lines({"id": "a"}))
        destination.save_settings({"a": 1})

        assert not Path(database).exists()


def test_a_new_file_without_a_commit_is_removed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_tool.destinations.sql_destination._BUFFERED_ROWS", 1)
    with opened(database, BILLS) as destination:
        destination.write("bills", lines({"id": "a"}))
        assert Path(database).exists()

    assert list(Path(database).parent.glob(Path(database).name + "*")) == []


def test_a_file_that_was_there_is_not_removed(database: str) -> None:
    duckdb.connect(database).close()

    with opened(database, BILLS):
        pass

    assert Path(database).exists()


def test_a_file_may_have_the_name_of_its_schema(database: str) -> None:
    main = str(Path(database).with_name("main.duckdb"))

    store(main, BILLS, {"id": "a"})

    assert stored(main, "bills").keys() == {"a"}


def test_the_columns_have_duckdbs_types(database: str) -> None:
    store(database, BILLS)

    with opened(database) as destination:
        found = destination.query(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            "WHERE table_name = 'bills'"
        )

    assert {each["column_name"]: each["data_type"] for each in found} == {
        "id": "VARCHAR",
        "vendor_name": "VARCHAR",
        "due_amount": "DECIMAL(38,9)",
        "line_count": "BIGINT",
        "archived": "BOOLEAN",
        "due_date": "DATE",
        "updated_time": "TIMESTAMP WITH TIME ZONE",
        "bill_line_items": "JSON",
        "_unmapped": "JSON",
    }
    assert [each["column_name"] for each in found if each["is_nullable"] == "NO"] == ["id"]


def test_a_number_with_more_than_nine_decimals_is_rounded(database: str) -> None:
    store(database, BILLS, {"id": "a", "dueAmount": 0.1234567891})

    assert str(stored(database, "bills")["a"]["due_amount"]) == "0.123456789"
