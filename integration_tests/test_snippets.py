"""The commands and code of the documents, run as a reader would run them, against a local BILL."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
import yaml
from jsonschema import Draft7Validator

from bill_emulator.process import Emulator
from integration_tests.snippets.blocks import all_blocks
from integration_tests.snippets.treatments import FIRST_SYNC, ByTest, Run, treatment_of
from integration_tests.snippets.workspace import Workspace
from testing.connector import CHECKOUT
from testing.postgres_server import Postgres, programs
from testing.streams import load_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from integration_tests.snippets.blocks import Block

pytestmark = pytest.mark.slow

LOOKBACK = timedelta(minutes=10)
UV = CHECKOUT / ".tools" / "bin" / "uv"
BLOCKS = all_blocks()
SPEC = load_manifest()["spec"]["connection_specification"]


def runnable() -> list[Any]:
    """Return the blocks that only have to run without an error."""
    return [
        pytest.param(block, id=f"{block.document}: {block.first_line}")
        for block in BLOCKS
        if isinstance(treatment_of(block), Run)
    ]


def blocks_by(test: str) -> list[Block]:
    """Return the blocks that the test of this name runs, in the order of the documents."""
    return [block for block in BLOCKS if treatment_of(block) == ByTest(test)]


@pytest.fixture
def blocks(request: pytest.FixtureRequest) -> list[str]:
    """Return the texts of the blocks that the test runs."""
    found = [block.text for block in blocks_by(request.node.originalname)]
    assert found, "no document has a block for this test"
    return found


@pytest.fixture
def workspace(bill: Emulator, tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, bill.config(sync_token=True))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    with Postgres(folder) as server:
        yield server


@pytest.fixture
def postgres_database(postgres: Postgres) -> str:
    """Create a database and return its URL."""
    return postgres.create_database(f"bill_{uuid.uuid4().hex}")


def environment_with(folder: Path, *packages: str) -> Path:
    """Install packages into an environment of their own and return its programs."""
    subprocess.run([UV, "venv", "--quiet", folder], check=True)
    interpreter = folder / "bin" / "python"
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", interpreter, *packages], check=True
    )
    return interpreter.parent


def query(workspace: Workspace, sql: str, database: str = "bill.duckdb") -> list[tuple[Any, ...]]:
    """Return the rows of a query of a DuckDB file of the workspace."""
    with duckdb.connect(workspace.folder / database) as connection:
        return connection.sql(sql).fetchall()


@pytest.mark.parametrize("block", runnable())
def test_a_block_runs_as_it_is_printed(block: Block, workspace: Workspace) -> None:
    treatment = treatment_of(block)
    assert isinstance(treatment, Run)
    text = block.text
    for placeholder, value in treatment.replace.items():
        assert placeholder in text
        text = text.replace(placeholder, value)
    if treatment.after:
        workspace.shell(treatment.after)

    if block.language == "python":
        workspace.python(text)
    else:
        workspace.shell(text)


def test_a_configuration_in_a_document_fits_the_spec(blocks: list[str]) -> None:
    for text in blocks:
        Draft7Validator(SPEC).validate(json.loads(text))
        assert json.loads(text).keys() <= SPEC["properties"].keys()


def test_make_sync_fills_both_databases(
    blocks: list[str], workspace: Workspace, postgres: Postgres, postgres_database: str
) -> None:
    text = blocks[0].replace("PGPASSWORD=...", f"PGPASSWORD={postgres.password}")
    text = text.replace("postgresql://user@host/database", f"'{postgres_database}'")

    workspace.shell(text)

    with psycopg.connect(postgres_database, password=postgres.password) as connection:
        assert connection.execute("SELECT count(*) FROM bills").fetchall() == query(
            workspace, "SELECT count(*) FROM bills"
        )


def test_billcom_sync_fills_postgresql(
    blocks: list[str], workspace: Workspace, postgres: Postgres, postgres_database: str
) -> None:
    text = blocks[0].replace("PGPASSWORD=...", f"PGPASSWORD={postgres.password}")

    workspace.shell(text.replace("postgresql://user@host:5432/database", f"'{postgres_database}'"))

    with psycopg.connect(postgres_database, password=postgres.password) as connection:
        assert connection.execute("SELECT count(*) FROM bills").fetchall() > [(0,)]


def test_a_yaml_file_in_a_document_can_be_parsed(blocks: list[str]) -> None:
    for text in blocks:
        assert isinstance(yaml.safe_load(text), dict)


def test_dlt_loads_what_the_connector_reads(
    blocks: list[str], bill: Emulator, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.write_json("secrets/config.json", {**bill.config(), "anchor_date": "2000-01-01"})
    (version,) = re.findall(r"dlt (\d+\.\d+\.\d+)", _page("comparison.md"))
    # the same DuckDB as here, because an older one cannot read the files of a newer one
    packages = (f"dlt[duckdb]=={version}", f"duckdb=={duckdb.__version__}")
    dlt = environment_with(tmp_path / "environment", *packages)

    for _ in range(2):
        workspace.python(blocks[0], str(dlt / "python"), DLT_DATA_DIR=str(tmp_path / "dlt"))

    for stream in ("bills", "vendors", "roles"):
        found = [row[0] for row in query(workspace, f"FROM bill_dataset.{stream} SELECT id")]
        assert sorted(found) == sorted(row["id"] for row in bill.data(stream))
    # the second run began at the state of the first one
    assert len(query(workspace, "SELECT id FROM bill_dataset_staging.bills")) < len(
        bill.data("bills")
    )


def test_meltano_runs_the_sync_and_knows_its_schedule(
    blocks: list[str], workspace: Workspace, tmp_path: Path
) -> None:
    (version,) = re.findall(r"Meltano (\d+\.\d+\.\d+)", _page("comparison.md"))
    meltano = environment_with(tmp_path / "environment", f"meltano=={version}") / "meltano"
    (workspace.folder / "meltano.yml").write_text(blocks[0], encoding="utf-8")

    workspace.shell(f"{meltano} run bill", MELTANO_SEND_ANONYMOUS_USAGE_STATS="false")

    assert query(workspace, "SELECT count(*) FROM bills") > [(0,)]
    schedules = workspace.shell(f"{meltano} schedule list")
    assert "bill-hourly" in schedules


def test_the_emulator_starts_as_its_page_says(blocks: list[str], workspace: Workspace) -> None:
    command = blocks[0].strip()
    assert "--port 8900" in command

    emulator = workspace.start(command.replace("--port 8900", "--port 0"))

    try:
        assert emulator.stdout
        assert emulator.stdout.readline().startswith("BILL emulator ready at http://127.0.0.1:")
    finally:
        emulator.terminate()
        emulator.wait()


def test_curl_reads_from_the_emulator(
    blocks: list[str], bill: Emulator, workspace: Workspace
) -> None:
    text = blocks[0].replace("http://127.0.0.1:8900/connect", bill.base_url)
    text = text.replace("008... as printed", bill.config()["organization_id"])

    bills, invoices = workspace.shell(text).replace("}{", "}\n{").splitlines()

    assert len(json.loads(bills)["results"]) == 2
    assert all(not row["archived"] for row in json.loads(invoices)["results"])


def test_the_emulator_is_used_in_a_test_as_its_page_says(
    blocks: list[str], workspace: Workspace
) -> None:
    before = """
import requests
from bill_emulator.process import Emulator

def run_my_client(config):
    assert requests.get(config["base_url"] + "/v3/bills", timeout=60).status_code == 401
"""
    workspace.python(before + blocks[0])


def test_a_state_file_chooses_where_a_read_starts(
    blocks: list[str], bill: Emulator, workspace: Workspace
) -> None:
    state, command = blocks
    start = (
        datetime.fromisoformat(json.loads(state)[0]["stream"]["stream_state"]["updatedTime"])
        - LOOKBACK
    )
    (workspace.folder / "state.json").write_text(state, encoding="utf-8")

    workspace.shell(command)

    lines = (workspace.folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    records = [m["record"] for m in map(json.loads, lines) if m["type"] == "RECORD"]
    times = [one["data"]["updatedTime"] for one in records if one["stream"] == "bills"]
    assert sorted(times) == sorted(
        row["updatedTime"]
        for row in bill.data("bills", rendered=True)
        if datetime.fromisoformat(row["updatedTime"]) >= start
    )
    assert times


def test_a_query_runs_in_both_databases(
    blocks: list[str], workspace: Workspace, postgres: Postgres, postgres_database: str
) -> None:
    workspace.shell(FIRST_SYNC)
    workspace.shell(f"{FIRST_SYNC} --database '{postgres_database}'", PGPASSWORD=postgres.password)

    with psycopg.connect(postgres_database, password=postgres.password) as connection:
        in_postgres = connection.execute(blocks[0].encode()).fetchall()

    ((active, amount),) = query(workspace, blocks[0].replace(";", ""))
    assert in_postgres == [(active, amount)]
    assert active > 0


def test_a_copy_in_duckdb_has_no_personal_data(blocks: list[str], workspace: Workspace) -> None:
    workspace.shell(FIRST_SYNC)

    with duckdb.connect(workspace.folder / "bill.duckdb") as connection:
        connection.execute(blocks[0])
        copied = connection.sql("SELECT * FROM vendors_without_personal_data").columns
        whole = connection.sql("SELECT * FROM vendors").columns

    personal = {"account_number", "email", "phone", "address", "payment_information"}
    assert personal <= set(whole)
    assert set(whole) - set(copied) == personal | {"additional_info"}


def test_a_role_in_postgresql_reads_only_the_granted_columns(
    blocks: list[str], workspace: Workspace, postgres: Postgres, postgres_database: str
) -> None:
    workspace.shell(
        f"{FIRST_SYNC} --streams vendors --database '{postgres_database}'",
        PGPASSWORD=postgres.password,
    )

    with psycopg.connect(
        postgres_database, password=postgres.password, autocommit=True
    ) as connection:
        connection.execute("CREATE ROLE bill_reader")
        connection.execute(blocks[0].encode())
        connection.execute("SET ROLE bill_reader")
        assert connection.execute("SELECT name, balance FROM vendors").fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT payment_information FROM vendors")


def test_many_organizations_have_a_database_each_and_are_queried_together(
    blocks: list[str], bill: Emulator, workspace: Workspace
) -> None:
    loop, sql = blocks
    with Emulator(seed=2, scale=0.05) as other:
        workspace.write_json("organizations/north.json", bill.config())
        workspace.write_json("organizations/south.json", other.config())

        printed = workspace.shell(loop)

    assert "failed" not in printed
    with duckdb.connect() as connection:
        rows = connection.execute(
            sql.replace("ATTACH '", f"ATTACH '{workspace.folder}/")
        ).fetchall()
    assert [name for name, _ in rows] == ["north", "south"]
    assert all(count > 0 for _, count in rows)


def test_the_alert_is_given_once_the_last_success_is_old(
    blocks: list[str], bill: Emulator, workspace: Workspace
) -> None:
    sync, monitor = blocks
    bill.forbid("bills")
    workspace.shell(sync)
    workspace.shell(monitor)

    workspace.write_json("secrets/config.json", {**bill.config(), "password": "a-wrong-password"})
    four_hours_ago = time.time() - 4 * 60 * 60
    os.utime(workspace.folder / "bill.synced", (four_hours_ago, four_hours_ago))
    with pytest.raises(AssertionError):
        workspace.shell(sync)
    with pytest.raises(AssertionError):
        workspace.shell(monitor)


def test_the_age_of_a_load_by_airbyte_is_found(blocks: list[str]) -> None:
    with duckdb.connect() as connection:
        for hours, expected in ((1, False), (4, True)):
            connection.execute(
                "CREATE OR REPLACE TABLE chart_of_accounts AS "
                f"SELECT now() - INTERVAL '{hours} hours' AS _airbyte_extracted_at"
            )
            assert connection.sql(blocks[0].replace(";", "")).fetchall() == [(expected,)]


def test_the_workflow_fits_githubs_schema_and_its_steps_run(
    blocks: list[str],
    bill: Emulator,
    workspace: Workspace,
    postgres: Postgres,
    postgres_database: str,
) -> None:
    path = workspace.folder / "workflow.yml"
    path.write_text(blocks[0], encoding="utf-8")
    schema = ("--builtin-schema", "vendor.github-workflows")
    subprocess.run([UV, "tool", "run", "check-jsonschema==0.39.0", *schema, path], check=True)
    steps = {step.get("name"): step for step in yaml.safe_load(blocks[0])["jobs"]["sync"]["steps"]}

    workspace.shell(
        steps["Sync"]["run"],
        BILLCOM_CONFIG=json.dumps(bill.config()),
        DATABASE_URL=postgres_database,
        PGPASSWORD=postgres.password,
    )

    assert (workspace.folder / "config.json").stat().st_mode & 0o077 == 0
    with psycopg.connect(postgres_database, password=postgres.password) as connection:
        assert connection.execute("SELECT count(*) FROM bills").fetchall() > [(0,)]


def _page(name: str) -> str:
    return (CHECKOUT / "docs" / name).read_text(encoding="utf-8")
