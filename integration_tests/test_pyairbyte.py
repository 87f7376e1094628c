"""PyAirbyte syncs into DuckDB and PostgreSQL exactly what BILL has."""

from __future__ import annotations

import json
import sys
import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

import sync_tool  # noqa: F401 - before PyAirbyte, whose environment it sets
from bill_emulator.contract import LISTS
from testing.image import image_name
from testing.postgres_server import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airbyte.caches import CacheBase

    from bill_emulator.process import Emulator
    from testing.connector import Connector

# These need minutes of two cores, so `make image-test` runs them and `make test` does not.
pytestmark = [
    pytest.mark.image_tests,
    pytest.mark.skipif(find_spec("airbyte") is None, reason="PyAirbyte needs Python below 3.13"),
    pytest.mark.filterwarnings("ignore"),  # of PyAirbyte's dependencies
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    with Postgres(folder) as server:
        yield server


@pytest.fixture
def database(postgres: Postgres) -> str:
    """Create an empty database and return its address."""
    return postgres.create_database(f"bill_{uuid.uuid4().hex}")


@pytest.fixture(params=["DuckDB", "PostgreSQL"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[Callable[[], CacheBase], dict[str, str]]:
    """Return a function that opens a database, and the types of its columns."""
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds

    if request.param == "DuckDB":
        return w.duckdb(tmp_path), w.DUCKDB
    return w.postgres(request.getfixturevalue("database"), tmp_path), w.POSTGRES


def test_two_syncs_with_changes_between_them_give_what_bill_has(
    bill: Emulator,
    connector: Connector,
    warehouse: tuple[Callable[[], CacheBase], dict[str, str]],
) -> None:
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds
    from sync_tool.sync import open_source  # noqa: PLC0415 - takes seconds

    open_database, types = warehouse
    source = open_source(connector.config)

    cache = w.sync_twice(bill, source, connector.config, open_database)

    for name in LISTS:
        w.assert_types(cache, name, types)
    (row,) = cache.run_sql_query("SELECT count(*) AS n FROM bills WHERE approvers IS NULL")
    assert row["n"] == sum("approvers" not in bill for bill in bill.data("bills", rendered=True))
    assert bill.counts()["live_sessions"] == 1, "not all of the connector's sessions were ended"


def test_two_syncs_by_the_image_give_what_bill_has(
    outer_bill: Emulator,
    contained: Connector,
    warehouse: tuple[Callable[[], CacheBase], dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds

    # PyAirbyte shares a folder of the project with the container
    monkeypatch.setattr("airbyte._executors.util.DEFAULT_PROJECT_DIR", tmp_path)
    open_database, types = warehouse
    source = w.image_source(contained.config, image_name())

    cache = w.sync_twice(outer_bill, source, contained.config, open_database)

    for name in LISTS:
        w.assert_types(cache, name, types)


def test_pyairbytes_own_postgres_turns_digits_into_numbers_and_loses_time_zones(
    bill: Emulator, connector: Connector, database: str, tmp_path: Path
) -> None:
    """docs/usage.md warns of this. When this fails, sync_tool/postgres.py is no longer needed."""
    from demo.compare import differences  # noqa: PLC0415
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds
    from sync_tool.sync import open_source, sync  # noqa: PLC0415 - takes seconds

    cache = w.pyairbytes_postgres(database, tmp_path)
    source = open_source(connector.config)
    source.select_streams(["bank_accounts", "bills"])

    sync(source, cache)

    for name in ("bank_accounts", "bills"):
        w.assert_types(cache, name, w.PYAIRBYTES_POSTGRES)
    accounts = bill.data("bank_accounts", rendered=True)
    assert any(account["routingNumber"].startswith("0") for account in accounts)
    wrong = differences(cache.run_sql_query, "bank_accounts", accounts)
    assert wrong
    assert all("routingnumber" in line for line in wrong)
    bills = bill.data("bills", rendered=True)
    assert differences(cache.run_sql_query, "bills", bills) == []


def test_the_sync_command_accepts_a_postgresql_address_and_excludes_streams(
    bill: Emulator,
    connector: Connector,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds
    from sync_tool.__main__ import main  # noqa: PLC0415 - takes seconds

    config = tmp_path / "config.json"
    config.write_text(json.dumps(connector.config))
    password = urlsplit(database).password or ""
    without_password = database.replace(f":{password}@", "@")
    arguments = ["sync", "--config", str(config), "--database", without_password]
    monkeypatch.setattr(sys, "argv", [*arguments, "--without", "users roles"])
    monkeypatch.setenv("PGPASSWORD", password)
    bill.forbid("users", "roles")

    assert main() == 0

    w.assert_holds(w.postgres(database, tmp_path)(), bill, LISTS.keys() - {"users", "roles"})
