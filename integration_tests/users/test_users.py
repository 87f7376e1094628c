"""Each user's first hour runs from a fresh clone without a stumble."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
_LONGEST_SECONDS = 3600
"""A script that has not ended by then hangs."""


def run(script: str, **environment: str) -> str:
    """Run a script and return what it printed."""
    done = subprocess.run(
        [FOLDER / script],
        env={**os.environ, "NO_PROXY": "*", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_SECONDS,
    )
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_a_developer_follows_the_readme_without_an_account() -> None:
    printed = run("developer.sh", PORT="0")

    assert "payment_status" in printed
    assert printed.count("Complete: 20 streams") == 2
    assert '"status":"SUCCEEDED"' in printed


@pytest.mark.slow
def test_an_analyst_loads_and_queries_with_pyairbyte() -> None:
    printed = run("analyst.sh")

    assert re.search(r"name +│ +bills +│ +due", printed)


@pytest.mark.image_tests
def test_a_data_engineer_uses_the_image_as_airbyte_does() -> None:
    printed = run("data_engineer.sh")

    counts = dict(re.findall(r"Bills in the (first|second) read: (\d+)", printed))
    assert int(counts["first"]) > int(counts["second"])
