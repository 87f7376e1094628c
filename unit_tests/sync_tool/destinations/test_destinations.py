"""What both databases do in the same way."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sync_tool.destinations import DestinationError, Table, open_destination
from sync_tool.destinations.owner import claim
from testing.catalog import catalog
from unit_tests.sync_tool.destinations.tables import (
    BILLS,
    SCHEMA,
    USERS,
    lines,
    opened,
    store,
    stored,
)

if TYPE_CHECKING:
    from unit_tests.sync_tool.destinations.conftest import RunSql

STATE = {"updatedTime": "2026-11-26T00:00:00.000Z", "read_ahead": [["a", 1]]}
AWKWARD = "Ünïcødé 漢字 🎸 \"double\" 'single' \\back\\slash\\n {brace} $$ %s , ; \t tab\nline"


def test_rows_and_their_state_are_there_after_the_commit(database: str) -> None:
    row = {"id": "a", "vendorName": AWKWARD, "billLineItems": [{"description": AWKWARD}]}

    store(database, BILLS, row, state=STATE)

    found = stored(database, "bills")["a"]
    assert found["vendor_name"] == AWKWARD
    with opened(database) as destination:
        assert destination.states() == {"bills": STATE}


def test_a_row_replaces_the_one_with_its_key_and_the_last_one_wins(database: str) -> None:
    store(database, BILLS, {"id": "a", "dueAmount": 1, "archived": True}, {"id": "b"})

    store(database, BILLS, {"id": "a", "dueAmount": 2}, {"id": "a", "dueAmount": 3})

    found = stored(database, "bills")
    assert found.keys() == {"a", "b"}
    assert (found["a"]["due_amount"], found["a"]["archived"]) == (3, None)


def test_what_was_not_committed_is_gone_with_the_run(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_tool.destinations.sql_destination._BUFFERED_ROWS", 1)
    store(database, BILLS, {"id": "a"}, state=STATE)
    with opened(database, BILLS, USERS) as destination:
        destination.write("bills", lines({"id": "b"}))
        destination.save_settings({"since": "2020-01-01"})

    assert stored(database, "bills").keys() == {"a"}
    with opened(database) as destination:
        assert destination.settings() == {}
        with pytest.raises(DestinationError):
            destination.query("SELECT * FROM users")


def test_none_removes_a_state_and_other_states_stay(database: str) -> None:
    with opened(database, BILLS, USERS) as destination:
        destination.commit({"bills": STATE, "users": {}})
    with opened(database, BILLS) as destination:
        destination.commit({"bills": None})
        assert destination.states() == {"users": {}}

    with opened(database) as destination:
        assert destination.states() == {"users": {}}


def test_settings_are_kept_and_replaced_one_by_one(database: str) -> None:
    with opened(database) as destination:
        destination.save_settings({"since": {"bills": "2020-01-01"}, "base_url": "http://a"})
        destination.commit({})
    with opened(database) as destination:
        destination.save_settings({"base_url": None})
        destination.commit({})

    with opened(database) as destination:
        assert destination.settings() == {"since": {"bills": "2020-01-01"}, "base_url": None}


def test_a_replaced_table_keeps_its_rows_until_the_new_ones_are_complete(database: str) -> None:
    store(database, USERS, {"id": "old"})
    with opened(database, USERS) as destination:
        destination.write("users", lines({"id": "new"}, {"id": "newer"}))
        destination.commit({})
        assert stored_ids(destination.query("SELECT id FROM users")) == {"old"}

        destination.complete("users")
        destination.commit({})

        assert stored_ids(destination.query("SELECT id FROM users")) == {"new", "newer"}


def stored_ids(rows: list[dict[str, str]]) -> set[str]:
    return {row["id"] for row in rows}


def test_a_replaced_table_keeps_its_rows_if_the_new_ones_are_discarded(database: str) -> None:
    store(database, USERS, {"id": "old"})
    with opened(database, USERS) as destination:
        destination.write("users", lines({"id": "half"}))
        destination.commit({})
        destination.discard("users")
        destination.commit({})

    assert stored(database, "users").keys() == {"old"}


def test_a_replaced_table_is_empty_after_a_complete_run_without_rows(database: str) -> None:
    store(database, USERS, {"id": "old"})

    store(database, USERS)

    assert stored(database, "users") == {}


def test_discard_and_complete_leave_an_incremental_table_alone(database: str) -> None:
    with opened(database, BILLS) as destination:
        destination.write("bills", lines({"id": "a"}))
        destination.discard("bills")
        destination.complete("bills")
        destination.commit({})

    assert stored(database, "bills").keys() == {"a"}


def test_a_stream_without_rows_has_an_empty_table(database: str) -> None:
    store(database, BILLS)

    assert stored(database, "bills") == {}


def test_a_field_that_is_new_in_the_schema_gets_a_column(database: str) -> None:
    fields = {**SCHEMA["properties"], "newField": {"type": ["null", "number"]}}
    store(database, BILLS, {"id": "old", "newField": 1})

    newer = Table("bills", {"properties": fields}, ("id",), replace=False)
    store(database, newer, {"id": "new", "newField": 2})

    found = stored(database, "bills")
    assert (found["new"]["new_field"], found["new"]["_unmapped"]) == (2, None)
    assert (found["old"]["new_field"], found["old"]["_unmapped"]) == (None, '{"newField":1}') or (
        found["old"]["_unmapped"] == '{"newField": 1}'
    )


def test_a_column_that_the_schema_no_longer_has_stays(database: str) -> None:
    store(database, BILLS, {"id": "old", "dueAmount": 1})

    older = Table("bills", {"properties": {"id": {"type": "string"}}}, ("id",), replace=False)
    store(database, older, {"id": "new", "dueAmount": 2})

    found = stored(database, "bills")
    assert found["old"]["due_amount"] == 1
    assert found["new"]["due_amount"] is None
    assert "2" in found["new"]["_unmapped"]


def test_a_table_that_was_dropped_is_read_from_the_start(database: str, run_sql: RunSql) -> None:
    store(database, BILLS, {"id": "a"}, state=STATE)
    run_sql(database, "DROP TABLE bills")

    with opened(database, BILLS) as destination:
        assert destination.states() == {}
        destination.write("bills", lines({"id": "b"}))
        destination.commit({})  # the state arrives later

    assert stored(database, "bills").keys() == {"b"}
    with opened(database) as destination:
        assert destination.states() == {}


def test_a_view_on_a_replaced_table_shows_the_new_rows(database: str, run_sql: RunSql) -> None:
    store(database, USERS, {"id": "old"})
    run_sql(database, "CREATE VIEW people AS SELECT id FROM users")

    store(database, USERS, {"id": "new"})

    assert stored(database, "people").keys() == {"new"}


@pytest.mark.parametrize(
    ("ddl", "message"),
    [
        ("CREATE TABLE _airbyte_state (source_name VARCHAR)", "was written by PyAirbyte"),
        (
            "CREATE TABLE bills (id VARCHAR, _airbyte_raw_id VARCHAR)",
            "was written by PyAirbyte",
        ),
        (
            "CREATE TABLE bills (id VARCHAR)",
            "has a table bills that billcom-sync did not create. Use another database or schema.",
        ),
    ],
)
def test_a_database_that_another_program_wrote_is_refused(
    database: str, run_sql: RunSql, ddl: str, message: str
) -> None:
    run_sql(database, ddl)

    with pytest.raises(DestinationError, match=message), opened(database, BILLS):
        pass

    run_sql(database, "DROP TABLE " + ddl.split()[2])
    with opened(database) as destination:
        created = destination.query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
    assert created == []


def test_other_tables_in_the_database_are_left_alone(database: str, run_sql: RunSql) -> None:
    run_sql(database, "CREATE TABLE notes (id VARCHAR)")

    store(database, BILLS, {"id": "a"})

    assert stored(database, "notes") == {}


def test_a_database_belongs_to_one_organization(database: str) -> None:
    with opened(database) as destination:
        claim(destination, "00801AAA")
        destination.commit({})
    with opened(database) as destination:
        claim(destination, "00801AAA")
        with pytest.raises(
            DestinationError, match="the data of organization 00801AAA, and the configuration"
        ):
            claim(destination, "00801BBB")


def test_the_tables_of_all_streams_can_be_created(database: str) -> None:
    tables = [Table(s["name"], s["json_schema"], ("id",), replace=False) for s in catalog()]

    with opened(database, *tables) as destination:
        for table in tables:
            destination.write(table.stream, lines({"id": "a"}))
        destination.commit({})

        for table in tables:
            assert destination.query(f"SELECT id FROM {table.stream}") == [{"id": "a"}]  # noqa: S608


@pytest.mark.slow
@pytest.mark.parametrize("kill_after", [1, 4, 9])
def test_a_killed_run_keeps_exactly_the_rows_of_its_last_commit(
    database: str, kill_after: int
) -> None:
    """The program commits 100 rows with their number as state, and writes on at any moment."""
    module = "unit_tests.sync_tool.destinations.endless_run"
    command = [sys.executable, "-m", module, database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:  # noqa: S603
        assert run.stdout
        for _ in range(kill_after):
            assert run.stdout.readline() == "committed\n"
        run.kill()

    with opened(database, BILLS) as destination:
        state = destination.states()["bills"]
        assert state["rows"] >= 100 * kill_after
        (found,) = destination.query("SELECT count(*) AS n FROM bills")
        assert found["n"] == state["rows"]
        destination.commit({})


def test_an_address_of_another_database_system_is_refused() -> None:
    with pytest.raises(DestinationError, match="a DuckDB file or a postgresql:// URL"):
        open_destination("mysql://user@host/database")
