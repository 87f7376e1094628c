"""`make sbom` lists every package that the connector installs, in the locked version."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testing.lock_file import canonical, locked

ROOT = Path(__file__).parents[2]
CYCLONEDX = ROOT / ".tools" / "bin" / "cyclonedx-py"


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
    assert named == set(locked().items())
    assert len(named) > 50
    assert str(Path.home()) not in target.read_text("utf-8")
    depending = {dependency["ref"] for dependency in bill["dependencies"]}
    assert depending >= {component["bom-ref"] for component in bill["components"]}
