"""The image: its labels, user, entrypoint, and the packages of the lock file and no others."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from testing.docker import docker
from testing.image import image_name, run_in_image
from testing.lock_file import canonical, locked, project

pytestmark = pytest.mark.image_tests

ROOT = Path(__file__).parents[1]
PROJECT = project()
HOME = "/opt/source-billcom"

# printed by the interpreter of the image
FOUND = """
import importlib.metadata, json, pathlib, sys
from packaging.markers import default_environment
site = next(pathlib.Path(p) for p in sys.path if p.endswith("site-packages"))
packages, recorded = [], set()
for found in importlib.metadata.distributions():
    packages.append([found.metadata["Name"], found.version])
    recorded |= {str(found.locate_file(f).resolve()) for f in found.files}
    folder = found.locate_file("")
    assert str(folder) == str(site), folder
present = {str(p.resolve()) for p in site.rglob("*") if p.is_file()}
print(json.dumps({
    "packages": packages,
    "unowned": sorted(f for f in present - recorded if not f.endswith(".pyc")),
    "missing": sorted(f for f in recorded - present if f.startswith(str(site))),
    "bytecode": sorted(f for f in present if f.endswith(".pyc")),
    "environment": default_environment(),
    "site": str(site),
}))
"""


@functools.cache
def image() -> dict[str, Any]:
    """Return the image's configuration."""
    config: dict[str, Any] = json.loads(docker("image", "inspect", image_name()))[0]["Config"]
    return config


@functools.cache
def found() -> dict[str, Any]:
    """Return what the image's interpreter finds."""
    report: dict[str, Any] = json.loads(run_in_image("python", "-c", FOUND))
    return report


def test_its_labels_have_name_version_and_licence_of_the_project() -> None:
    labels = image()["Labels"]
    assert labels["io.airbyte.name"] == "airbyte/source-billcom"
    assert labels["io.airbyte.version"] == PROJECT["version"]
    assert labels["org.opencontainers.image.version"] == PROJECT["version"]
    assert labels["org.opencontainers.image.title"] == PROJECT["name"]
    assert labels["org.opencontainers.image.licenses"] == PROJECT["license"]
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text("utf-8"))["data"]
    assert labels["org.opencontainers.image.documentation"] == metadata["documentationUrl"]
    assert PROJECT["description"].startswith(labels["org.opencontainers.image.description"])


def test_it_runs_as_the_user_airbyte_by_number() -> None:
    assert image()["User"] == "1000"
    assert run_in_image("id").startswith("uid=1000(airbyte) ")


def test_the_entrypoint_is_the_connector_for_docker_and_for_the_platform() -> None:
    (entrypoint,) = image()["Entrypoint"]
    assert f"AIRBYTE_ENTRYPOINT={entrypoint}" in image()["Env"]
    assert not image().get("Cmd")
    # this is how the platform starts it
    output = run_in_image("sh", "-c", 'eval "$AIRBYTE_ENTRYPOINT spec"')
    assert {json.loads(line)["type"] for line in output.splitlines()} == {"SPEC"}


def test_its_packages_are_exactly_the_lock_files_main_group() -> None:
    names = [canonical(name) for name, _ in found()["packages"]]
    assert len(names) == len(set(names)), "a package is there twice"
    packages = {canonical(name): version for name, version in found()["packages"]}
    assert packages.pop("source-billcom") == PROJECT["version"]
    assert packages == locked(found()["environment"])


def test_it_holds_every_file_of_these_packages_and_no_other() -> None:
    assert found()["unowned"] == []
    assert found()["missing"] == []


def test_it_has_the_bytecode_of_every_module_it_imports() -> None:
    script = (
        "import sys, source_billcom.cli.run; "
        "print(*(m.__cached__ for m in sys.modules.values() if getattr(m, '__cached__', None)))"
    )
    imported = run_in_image("python", "-c", script).split()
    needed = {path for path in imported if path.startswith(found()["site"])}
    assert len(needed) > 500
    assert needed <= set(found()["bytecode"])


def test_it_holds_the_code_of_this_checkout() -> None:
    script = (
        "import json, pathlib, source_billcom as s; "
        "root = pathlib.Path(s.__file__).parent; "
        "print(json.dumps({str(p.relative_to(root)): p.read_text() for p in root.rglob('*') "
        "if p.is_file() and p.suffix != '.pyc'}))"
    )
    inside = json.loads(run_in_image("python", "-c", script))
    package = ROOT / "source_billcom"
    files = (p for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc")
    here = {str(p.relative_to(package)): p.read_text("utf-8") for p in files}
    assert inside == here, "the image is older than the code: make image"


def test_its_layers_add_the_environment_and_nothing_else() -> None:
    history = docker(
        "history",
        "--no-trunc",
        "--human=false",
        "--format",
        "{{.Size}}\t{{.CreatedBy}}",
        image_name(),
    )
    layers = [line.split("\t", 1) for line in history.splitlines()]
    last_copy = max(i for i, (_, by) in enumerate(layers) if "COPY" in by and HOME in by)
    ours = [(int(size), by) for size, by in layers[: last_copy + 1]]
    filled = [(size, by) for size, by in ours if size > 4096]
    assert all("COPY" in by and HOME in by for _, by in filled)
    connector, dependencies = (size for size, _ in filled)
    assert connector < 2e6
    assert dependencies < 330e6


@pytest.mark.parametrize(
    "module",
    [
        "bill_emulator",
        "sync_tool",
        "duckdb",
        "starlette",
        "uvicorn",
        "pytest",
        "mypy",
        "ruff",
        "poetry",
        "pip",
    ],
)
def test_neither_the_emulator_nor_development_tools_can_be_imported(module: str) -> None:
    script = f"import importlib.util; print(importlib.util.find_spec('{module}'))"
    assert run_in_image("python", "-c", script).strip() == "None"


def test_it_has_no_compiler_no_cache_and_no_build_folder() -> None:
    script = (
        "for name in cc gcc g++ clang rustc cargo; do command -v $name; done; "
        "ls -d /build /tools /wheels /connector 2>&-; "
        f"find {HOME} -name '*.whl' -o -name '*.tar.gz' -path '*cache*' -o -name poetry.lock; true"
    )
    assert run_in_image("sh", "-c", script) == ""


def test_its_files_belong_to_root_and_nobody_else_can_change_them() -> None:
    others = ("-not", "-user", "root", "-o", "-perm", "/022", "-not", "-type", "l")
    assert run_in_image("find", HOME, *others) == ""
