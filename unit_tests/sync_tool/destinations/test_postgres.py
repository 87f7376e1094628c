"""What can be wrong with a PostgreSQL database: one sentence each."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from sync_tool.destinations import DestinationError, open_destination
from unit_tests.sync_tool.destinations.tables import (
    BILLS,
    USERS,
    fill,
    lines,
    opened,
    store,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testing.postgres_server import Postgres
    from unit_tests.sync_tool.destinations.conftest import RunSql


@pytest.fixture
def database(new_postgres: Callable[[], str]) -> str:
    return new_postgres()


@pytest.fixture
def name(server: Postgres) -> str:
    """Return what messages call the database."""
    return f"postgresql://{server.user}@{server.host}:{server.port}/bill"


def message_of(database: str) -> str:
    """Return the sentence that is the answer to opening a database."""
    with pytest.raises(DestinationError) as found:
        open_destination(database)
    return str(found.value)


def test_the_password_may_come_from_the_environment(
    database: str, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", server.password)

    store(database.replace(f":{server.password}@", "@"), BILLS, {"id": "a"})

    assert stored(database, "bills").keys() == {"a"}


def test_a_wrong_password_is_refused_without_showing_it(
    database: str, server: Postgres, name: str
) -> None:
    assert message_of(database.replace(server.password, "wr0ng")) == (
        f"{name} refused the user or the password: check PGPASSWORD."
    )


def test_a_missing_password_is_named(
    database: str, server: Postgres, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/dev/null")

    assert message_of(database.replace(f":{server.password}@", "@")) == (
        f"{name} requires a password: set the environment variable PGPASSWORD."
    )


def test_a_database_that_does_not_exist_is_named(database: str, name: str) -> None:
    other = database.replace("/bill?", "/missing?")

    assert message_of(other) == (
        f"{name.replace('/bill', '/missing')} cannot be opened: there is no database missing."
    )


def test_a_host_that_does_not_exist_is_named() -> None:
    assert message_of("postgresql://user:secret@no-such-host.invalid/bill") == (
        "postgresql://user@no-such-host.invalid/bill cannot be reached: no such host."
    )


def test_a_port_without_a_server_is_named() -> None:
    with socket.socket() as bound:  # it does not listen
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}/bill"

        assert message_of(f"postgresql://user:secret@{address}") == (
            f"postgresql://user@{address} cannot be reached: no PostgreSQL server answers there."
        )


def test_any_other_reason_is_given_in_the_words_of_the_driver() -> None:
    assert message_of("postgresql://user:secret@127.0.0.1:99999/bill") == (
        "postgresql://user@127.0.0.1:99999/bill cannot be reached: connection is bad: invalid "
        'port number: "99999".'
    )


def test_an_error_of_a_statement_is_given_in_the_words_of_the_server(
    database: str, name: str
) -> None:
    with opened(database) as destination, pytest.raises(DestinationError) as error:
        destination.query("SELECT missing FROM pg_class")

    assert str(error.value) == f'{name} failed: column "missing" does not exist.'


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:se%zzcret@host/bill",
        "postgresql://user:with@secret@host/bill",
        "postgresql://user:with/secret@host/bill",
        "postgresql://user:with://secret@host/bill",
        "postgresql://user:secret/bill",
        "postgresql://user:secret@host/bill?unknown=option",
    ],
)
def test_an_address_that_is_not_valid_is_refused_without_showing_it(address: str) -> None:
    message = message_of(address)

    assert message.startswith("The database's address is not valid.")
    assert "secret" not in message


def test_a_role_that_may_not_create_tables_is_refused(
    database: str, server: Postgres, name: str, run_sql: RunSql
) -> None:
    run_sql(database, "DROP ROLE IF EXISTS reader")
    run_sql(database, "CREATE ROLE reader LOGIN PASSWORD 'reader'")
    reader = f"postgresql://reader:reader@{server.host}:{server.port}/bill"

    assert message_of(reader) == (
        f"{name.replace(server.user, 'reader')}: this role may not create tables in the schema "
        "public. Run GRANT CREATE ON SCHEMA public."
    )


def test_a_table_of_another_owner_is_named(
    database: str, server: Postgres, name: str, run_sql: RunSql
) -> None:
    schema = database.rpartition("%3D")[2]
    run_sql(database, "DROP ROLE IF EXISTS writer")
    run_sql(database, "CREATE ROLE writer LOGIN PASSWORD 'writer'")
    run_sql(database, f"GRANT ALL ON SCHEMA {schema} TO writer")
    store(database, BILLS, {"id": "a"})
    writer = database.replace(f"{server.user}:{server.password}@", "writer:writer@")

    message = message_of(writer)

    run_sql(database, f"REVOKE ALL ON SCHEMA {schema} FROM writer")
    assert message == (
        f"{name.replace(server.user, 'writer')}: this role lacks a permission (permission denied "
        "for table _billcom_sync_streams)."
    )


def test_a_schema_that_does_not_exist_is_named(database: str, name: str) -> None:
    address = database.rpartition("%3D")[0] + "%3Dmissing"

    assert message_of(address) == (
        f"{name} has none of the schemas in search_path. Run CREATE SCHEMA."
    )


def test_a_read_only_database_is_refused(database: str, name: str) -> None:
    read_only = database + "%20-cdefault_transaction_read_only%3Don"

    assert message_of(read_only) == f"{name} is read-only, as a replica is."


def test_a_second_run_into_the_same_schema_is_refused(
    database: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_tool.destinations.postgres._LOCK_MILLISECONDS", 1)
    with opened(database):
        message = message_of(database)

    assert message == (
        f"{name} is in use by another billcom-sync. Wait for it, or end it, and run this again."
    )
    with opened(database):
        pass  # the lock ended with the run


def test_a_connection_that_is_lost_ends_the_run_and_keeps_what_was_committed(
    database: str, name: str, run_sql: RunSql
) -> None:
    with opened(database, BILLS, USERS) as destination:
        destination.write("bills", lines({"id": "a"}))
        destination.commit({"bills": {"rows": 1}})
        destination.write("bills", lines({"id": "b"}))
        run_sql(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = 'bill'",
        )

        with pytest.raises(DestinationError) as lost:
            destination.commit({"bills": {"rows": 2}})

    assert str(lost.value) == (
        f"The connection to {name} was lost. What was committed before is kept."
    )
    assert stored(database, "bills").keys() == {"a"}
    with opened(database) as destination:
        assert destination.states() == {"bills": {"rows": 1}}


@pytest.fixture
def small_disk(server: Postgres, run_sql: RunSql, database: str) -> Iterator[str]:
    """Create a tablespace on a disk of 4 MB."""
    with TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603
            pytest.skip("only root may mount a small disk")
        if server.account:
            shutil.chown(folder, server.account)
            Path(folder).parent.chmod(0o755)
        try:
            run_sql(database, f"CREATE TABLESPACE small LOCATION '{folder}'")
            yield "small"
            with opened(database) as destination:
                found = destination.query(
                    "SELECT tablename FROM pg_tables WHERE tablespace='small'"
                )
            for table in found:
                run_sql(database, f"DROP TABLE {table['tablename']}")
            run_sql(database, "DROP TABLESPACE small")
        finally:
            subprocess.run(["umount", folder], check=True)  # noqa: S603, S607


def test_a_full_disk_ends_the_run_and_keeps_what_was_committed(
    database: str, name: str, small_disk: str
) -> None:
    on_small_disk = f"{database}%20-cdefault_tablespace%3D{small_disk}"

    with pytest.raises(DestinationError) as full:
        fill(on_small_disk)

    assert str(full.value) == (
        f"There is no space left on the disk of {name}. What was committed before is kept."
    )
    with opened(database) as destination:
        (found,) = destination.query("SELECT count(*) AS n FROM bills")
        assert destination.states() == {"bills": {"rows": found["n"]}}


def test_nothing_is_created_without_a_commit(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_tool.destinations.sql_destination._BUFFERED_ROWS", 1)
    with opened(database, BILLS, USERS) as destination:
        destination.write("bills", lines({"id": "a"}))
        destination.write("users", lines({"id": "a"}))

    with opened(database) as destination:
        found = destination.query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
    assert found == []


def test_the_character_nul_which_postgresql_cannot_store_is_replaced(database: str) -> None:
    store(
        database,
        BILLS,
        {"id": "a", "vendorName": "x\0y \\u0000", "billLineItems": [{"a\0": "\0", "b": "\\u0000"}]},
    )

    found = stored(database, "bills")["a"]
    assert found["vendor_name"] == "x\ufffdy \\u0000"
    assert found["bill_line_items"] == '[{"b": "\\\\u0000", "a\ufffd": "\ufffd"}]'


def test_the_columns_have_postgresqls_types_and_a_primary_key(database: str) -> None:
    store(database, BILLS)

    with opened(database) as destination:
        found = destination.query(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = 'bills'"
        )
        keys = destination.query(
            "SELECT column_name FROM information_schema.key_column_usage "
            "WHERE table_schema = current_schema() AND table_name = 'bills'"
        )

    assert {each["column_name"]: each["data_type"] for each in found} == {
        "id": "text",
        "vendor_name": "text",
        "due_amount": "numeric",
        "line_count": "bigint",
        "archived": "boolean",
        "due_date": "date",
        "updated_time": "timestamp with time zone",
        "bill_line_items": "jsonb",
        "_unmapped": "jsonb",
    }
    assert keys == [{"column_name": "id"}]


def test_a_number_keeps_all_its_decimals(database: str) -> None:
    store(database, BILLS, {"id": "a", "dueAmount": 0.1234567891})

    assert str(stored(database, "bills")["a"]["due_amount"]) == "0.1234567891"


def test_messages_name_the_address_without_its_password(database: str, server: Postgres) -> None:
    with opened(database) as destination:
        assert server.password not in destination.name
        assert str(urlsplit(database).port) in destination.name
