"""PyAirbyte syncs into DuckDB exactly what BILL has; its PostgreSQL loader changes values."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from bill_emulator.contract import LISTS
from testing.image import image_name
from testing.postgres_server import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bill_emulator.process import Emulator
    from testing.connector import Connector

# These need minutes of two cores, so `make image-test` runs them and `make test` does not.
pytestmark = [
    pytest.mark.image_tests,
    pytest.mark.skipif(find_spec("airbyte") is None, reason="PyAirbyte needs Python below 3.13"),
    pytest.mark.filterwarnings("ignore"),  # of PyAirbyte's dependencies
]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    with Postgres(folder) as running:
        yield running


def test_two_syncs_with_changes_between_them_give_what_bill_has(
    bill: Emulator,
    connector: Connector,
    tmp_path: Path,
) -> None:
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds
    from testing.pyairbyte import open_source  # noqa: PLC0415 - takes seconds

    source = open_source(connector.config)

    cache = w.sync_twice(bill, source, connector.config, w.duckdb(tmp_path))

    for name in LISTS:
        w.assert_types(cache, name, w.DUCKDB)
    (row,) = cache.run_sql_query("SELECT count(*) AS n FROM bills WHERE approvers IS NULL")
    assert row["n"] == sum("approvers" not in bill for bill in bill.data("bills", rendered=True))
    assert bill.counts()["live_sessions"] == 1, "not all of the connector's sessions were ended"


def test_two_syncs_by_the_image_give_what_bill_has(
    outer_bill: Emulator,
    contained: Connector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds

    # PyAirbyte shares a folder of the project with the container
    monkeypatch.setattr("airbyte._executors.util.DEFAULT_PROJECT_DIR", tmp_path)
    source = w.image_source(contained.config, image_name())

    cache = w.sync_twice(outer_bill, source, contained.config, w.duckdb(tmp_path))

    for name in LISTS:
        w.assert_types(cache, name, w.DUCKDB)


def test_pyairbytes_own_postgres_turns_digits_into_numbers_and_loses_time_zones(
    bill: Emulator, connector: Connector, server: Postgres, tmp_path: Path
) -> None:
    """docs/usage.md warns of this. When this fails, the warning is no longer needed."""
    from demo.compare import differences  # noqa: PLC0415
    from integration_tests import warehouses as w  # noqa: PLC0415 - takes seconds
    from testing.pyairbyte import open_source, sync  # noqa: PLC0415 - takes seconds

    url = server.create_database(f"bill_{uuid.uuid4().hex}")
    cache = w.postgres(server, urlsplit(url).path.strip("/"), tmp_path)
    source = open_source(connector.config)
    source.select_streams(["bank_accounts", "bills"])

    sync(source, cache)

    for name in ("bank_accounts", "bills"):
        w.assert_types(cache, name, w.POSTGRES)
    accounts = bill.data("bank_accounts", rendered=True)
    assert any(account["routingNumber"].startswith("0") for account in accounts)
    wrong = differences(cache.run_sql_query, "bank_accounts", accounts, str.lower)
    assert wrong
    assert all("routingnumber" in line for line in wrong)
    bills = bill.data("bills", rendered=True)
    assert differences(cache.run_sql_query, "bills", bills, str.lower) == []
