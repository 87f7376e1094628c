"""`make sbom` lists every package that the connector installs, in the locked version."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker

ROOT = Path(__file__).parents[2]
CYCLONEDX = ROOT / ".tools" / "bin" / "cyclonedx-py"


def canonical(name: str) -> str:
    """Return the normalized name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> set[tuple[str, str]]:
    """Return name and version of what poetry.lock pins for the connector on this platform."""
    packages = tomllib.loads((ROOT / "poetry.lock").read_text("utf-8"))["package"]
    return {(canonical(p["name"]), p["version"]) for p in packages if _is_needed(p)}


def _is_needed(package: dict[str, Any]) -> bool:
    if "main" not in package["groups"]:
        return False
    markers = package.get("markers")
    marker = markers.get("main") if isinstance(markers, dict) else markers
    return marker is None or Marker(marker).evaluate()


@pytest.mark.slow
@pytest.mark.skipif(not CYCLONEDX.exists(), reason="make setup has not installed .tools")
def test_it_lists_every_runtime_dependency_with_its_version(tmp_path: Path) -> None:
    target = tmp_path / "sbom.cdx.json"
    make = ["make", "--silent", "sbom", f"SBOM={target}", f"PYTHON={sys.executable}"]
    subprocess.run(make, cwd=ROOT, check=True, env={**os.environ, "MAKEFLAGS": ""})  # noqa: S603
    bill = json.loads(target.read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "source-billcom"
    named = {(canonical(c["name"]), c["version"]) for c in bill["components"]}
    assert named == locked()
    assert len(named) > 50
    assert str(Path.home()) not in target.read_text("utf-8")
    depending = {dependency["ref"] for dependency in bill["dependencies"]}
    assert depending >= {component["bom-ref"] for component in bill["components"]}
