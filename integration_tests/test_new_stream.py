"""A new list stream takes a manifest line, a schema and the emulator's data, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from testing.connector import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

NAME = "widgets"
LIST_PATH = "/v3/widgets"
MODEL = "departments"
"""The stream whose data, under other names and ids, is that of the invented one."""

NOT_COPIED = (
    ".git",
    ".*cache*",
    ".hypothesis",
    ".tmp",
    ".tools",
    ".venv",
    "__pycache__",
    "build",
    "secrets",
)
WITHOUT = ("parentId",)
"""Fields that the invented stream does not have: they hold ids of its model."""

TESTS = (
    "unit_tests/test_manifest.py",
    "unit_tests/test_schemas.py",
    "unit_tests/test_source.py",
    "unit_tests/bill_emulator/company",
    "unit_tests/bill_emulator/test_mutator.py",
    "unit_tests/bill_emulator/writes/test_writes.py",
    "unit_tests/repository/test_docs.py",
    "integration_tests/test_acceptance_files.py",
    "integration_tests/test_connector_protocol.py",
    "integration_tests/test_connector_errors.py",
    "integration_tests/test_connector_read.py",
)


def replace_once(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file.name} has {text.count(old)} times: {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def add_manifest_line(package: Path) -> None:
    manifest = package / "manifest.yaml"
    lines = manifest.read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if f"name: {MODEL}," in line)
    added = (
        '  - { $ref: "#/definitions/incremental_list", '
        f"$parameters: {{ name: {NAME}, list_path: {LIST_PATH} }} }}"
    )
    replace_once(manifest, line, f"{line}\n{added}")


def add_schema(package: Path) -> None:
    text = (package / "schemas" / f"{MODEL}.json").read_text(encoding="utf-8")
    schema = json.loads(text.replace("department", "new widget"))
    for field in WITHOUT:
        del schema["properties"][field]
    content = json.dumps(schema, indent=2) + "\n"
    (package / "schemas" / f"{NAME}.json").write_text(content, encoding="utf-8")


def add_data_of_the_emulator(package: Path) -> None:
    """Add the fields, the rules of filters and sorts, and the rows."""
    path = package / "contract.json"
    contract = json.loads(path.read_text(encoding="utf-8"))
    model = contract["streams"][MODEL]
    fields = {name: kind for name, kind in model["fields"].items() if name not in WITHOUT}
    contract["streams"][NAME] = {
        **model,
        "path": LIST_PATH,
        "id_prefix": "0wi",
        "fields": fields,
    }
    path.write_text(json.dumps(contract), encoding="utf-8")
    replace_once(
        package / "lists" / "rules.py",
        f'        "{MODEL}": ',
        f'        "{NAME}": ListRules({{"id": _ID, "archived": _FLAG}}, TIMES),\n'
        f'        "{MODEL}": ',
    )
    replace_once(
        package / "company" / "__init__.py",
        "    return Company(",
        f'    for row in rows["{MODEL}"]:\n'
        f"        kept = {{k: v for k, v in row.items() if k not in {WITHOUT}}}\n"
        f'        kept["id"] = "0wi" + row["id"][3:]\n'
        f'        rows.setdefault("{NAME}", []).append(kept)\n'
        "    return Company(",
    )


def run_in(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program on a copy of the repository."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=checkout,
        env=environment,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the repository with one more stream."""
    copy = tmp_path / "checkout"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED, "*.duckdb"))
    add_manifest_line(copy / "source_billcom")
    add_schema(copy / "source_billcom")
    add_data_of_the_emulator(copy / "bill_emulator")
    return copy


@pytest.mark.slow
def test_a_new_stream_needs_no_other_change(checkout: Path) -> None:
    before = run_in(checkout, "-m", "pytest", "-q", "integration_tests/test_acceptance_files.py")
    assert before.returncode == 1
    assert "run `make generate`" in before.stdout

    generated = run_in(checkout, "-m", "integration_tests.generate")
    assert generated.returncode == 0, generated.stderr
    assert f"| {NAME} |" in (checkout / "docs" / "source-billcom.md").read_text(encoding="utf-8")

    after = run_in(checkout, "-m", "pytest", "-q", *TESTS)
    assert after.returncode == 0, after.stdout
