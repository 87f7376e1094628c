"""What is done with each block of the documents. A block that is not here fails a test.

A block is named by its document and its first line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration_tests.snippets.blocks import Block

FIRST_SYNC = "billcom-sync --quiet"


@dataclass(frozen=True)
class Run:
    """The block runs in a workspace, in which `after` ran before.

    `replace` has what is written for a placeholder, or in place of what a test cannot run.
    """

    after: str = ""
    replace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InScript:
    """Every line of the block is a line of this script, which a test runs."""

    script: str


@dataclass(frozen=True)
class ByTest:
    """A test of test_snippets.py, which this names, runs the block."""

    test: str


@dataclass(frozen=True)
class NotRun:
    """The block is not run, for this reason."""

    reason: str


Treatment = Run | InScript | ByTest | NotRun

_USERS = "integration_tests/users"
_DEVELOPER = InScript(f"{_USERS}/developer.sh")
_DATA_ENGINEER = InScript(f"{_USERS}/data_engineer.sh")
_CONFIG = ByTest("test_a_configuration_in_a_document_fits_the_spec")
_YAML = ByTest("test_a_yaml_file_in_a_document_can_be_parsed")

TREATMENTS: Mapping[str, Mapping[str, Treatment]] = {
    "README.md": {
        "make emulator": _DEVELOPER,
        "make sync": _DEVELOPER,
        '{"username": "warehouse-sync", "password": "the value of the sync token", '
        '"organization_id": "008...", "dev_key": "..."}': _CONFIG,
        "make sync DATABASE=my-organization.duckdb": _DEVELOPER,
        ".venv/bin/source-billcom check    --config secrets/config.json": _DATA_ENGINEER,
        "import json, os": InScript(f"{_USERS}/analyst.sh"),
    },
    "CONTRIBUTING.md": {
        "make test     # the tests, except the slow ones and those of the image": NotRun(
            "it lists what CI runs and what would run these tests again; test_docs.py checks that "
            "each target exists"
        ),
    },
    "docs/comparison.md": {
        "source: BILLCOM": _YAML,
        "billcom-sync --config secrets/config.json --database bill.duckdb --without roles": Run(),
        "import json": ByTest("test_dlt_loads_what_the_connector_reads"),
        "default_environment: prod": ByTest("test_meltano_runs_the_sync_and_knows_its_schedule"),
        "id: bill": _YAML,
    },
    "docs/emulator.md": {
        "python -m bill_emulator --port 8900 --seed 1 --scale 1": ByTest(
            "test_the_emulator_starts_as_its_page_says"
        ),
        "BILL=http://127.0.0.1:8900/connect": ByTest("test_curl_reads_from_the_emulator"),
        "with Emulator(seed=1, scale=0.05, latency_ms=50) as bill:  # long enough for calls to "
        "overlap": ByTest("test_the_emulator_is_used_in_a_test_as_its_page_says"),
    },
    "docs/recipes.md": {
        "billcom-sync --backfill 2026-01-01 2026-03-31": Run(after=FIRST_SYNC),
        "[": ByTest("test_a_state_file_chooses_where_a_read_starts"),
        "source-billcom read --config secrets/config.json --catalog secrets/catalog.json --state "
        "state.json > messages.jsonl": ByTest("test_a_state_file_chooses_where_a_read_starts"),
        "{": _CONFIG,
        "billcom-sync --since 2000-01-01 --database history.duckdb": Run(),
        "SELECT count(*) AS active, sum(due_amount) AS open_amount": ByTest(
            "test_a_query_runs_in_both_databases"
        ),
        "billcom-sync --without bank_accounts,users,employees --database small.duckdb": Run(),
        "CREATE OR REPLACE TABLE vendors_without_personal_data AS": ByTest(
            "test_a_copy_in_duckdb_has_no_personal_data"
        ),
        "REVOKE ALL ON vendors FROM bill_reader;": ByTest(
            "test_a_role_in_postgresql_reads_only_the_granted_columns"
        ),
        "for config in organizations/*.json; do": ByTest(
            "test_many_organizations_have_a_database_each_and_are_queried_together"
        ),
        "ATTACH 'north.duckdb' AS north (READ_ONLY);": ByTest(
            "test_many_organizations_have_a_database_each_and_are_queried_together"
        ),
        "billcom-sync --quiet --database bill.duckdb && touch bill.synced": ByTest(
            "test_the_alert_is_given_once_the_last_success_is_old"
        ),
        "find bill.synced -mmin -180 | grep --quiet .": ByTest(
            "test_the_alert_is_given_once_the_last_success_is_old"
        ),
        "SELECT max(_airbyte_extracted_at) < now() - INTERVAL '3 hours' AS is_stale": ByTest(
            "test_the_age_of_a_load_by_airbyte_is_found"
        ),
        "name: Sync BILL": ByTest("test_the_workflow_fits_githubs_schema_and_its_steps_run"),
    },
    "docs/reliability.md": {
        "make reliability                        # everything, about an hour on two cores; "
        "updates the figures below": NotRun(
            "it takes an hour; each proof runs with small numbers in unit_tests/reliability"
        ),
    },
    "docs/source-billcom.md": {
        "make image IMAGE=registry.example.com/source-billcom:0.2.0": NotRun(
            "make image runs with another name in the tests of the image"
        ),
        "docker push registry.example.com/source-billcom:0.2.0": NotRun(
            "it needs a registry for images of one's own"
        ),
        "kind load docker-image registry.example.com/source-billcom:0.2.0 -n airbyte-abctl": NotRun(
            "it needs a cluster in which Airbyte runs"
        ),
    },
    "docs/sync-tool.md": {
        'pip install "source-billcom[sync]"': Run(
            # tests of the package install it into an environment of its own
            replace={'pip install "source-billcom[sync]"\n': ""}
        ),
        "PGPASSWORD=... billcom-sync --config secrets/config.json --database "
        "postgresql://user@host:5432/database": ByTest("test_billcom_sync_fills_postgresql"),
        "15 * * * *  cd /srv/billcom && billcom-sync --quiet >> sync.log": Run(
            replace={"15 * * * *  cd /srv/billcom && ": ""}
        ),
    },
    "docs/usage.md": {
        "make sync CONFIG=secrets/config.json DATABASE=bill.duckdb": ByTest(
            "test_make_sync_fills_both_databases"
        ),
        ".venv/bin/source-billcom spec": Run(),
        "make image   # builds source-billcom:dev; needs Docker only": _DATA_ENGINEER,
    },
}


def treatment_of(block: Block) -> Treatment | None:
    """Return what is done with a block; None if nobody has decided."""
    return TREATMENTS.get(block.document, {}).get(block.first_line)
