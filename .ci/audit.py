"""Check the connector's locked packages for known vulnerabilities: `make audit`.

pip-audit asks PyPI. If PyPI cannot be reached, pip-audit skips every package and still succeeds.
This script therefore counts the packages that were really audited. If there are none, it checks the
age of the lock file instead, and says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MAX_LOCK_AGE_DAYS = 90
_SECONDS_PER_DAY = 86_400
_TIMEOUT_SECONDS = 300


def main(requirements: Path) -> int:
    """Audit a file of pinned requirements; return 0 if it passes, otherwise 1."""
    code, report = assess(run_pip_audit(requirements), lock_age_days())
    sys.stdout.write(report + "\n")
    return code


def run_pip_audit(requirements: Path) -> list[dict[str, Any]]:
    """Run pip-audit.

    Returns the packages, each with either `vulns` or a `skip_reason`. The list is empty if
    pip-audit wrote no report.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "audit.json"
        command = [
            *(str(ROOT / ".tools/bin/pip-audit"), "--requirement", str(requirements)),
            *("--disable-pip", "--no-deps", "--progress-spinner", "off"),
            *("--format", "json", "--output", str(report)),
        ]
        try:
            ended = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS
            )
            packages: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["dependencies"]
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            sys.stderr.write(f"pip-audit wrote no report: {error}\n")
            return []
        if ended.returncode not in {0, 1}:
            sys.stderr.write(ended.stderr)
        return packages


def assess(packages: list[dict[str, Any]], age_days: float) -> tuple[int, str]:
    """Decide whether the audit passes, and return the exit code and a report."""
    audited = [package for package in packages if "skip_reason" not in package]
    skipped = sorted(package["name"] for package in packages if "skip_reason" in package)
    if not audited:
        age = f"poetry.lock is {age_days:.0f} days old (at most {MAX_LOCK_AGE_DAYS})"
        report = f"PyPI cannot be reached, so no package was audited. {age}."
        return (0, report) if age_days <= MAX_LOCK_AGE_DAYS else (1, f"{report} Run make lock.")
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in "
        f"{', '.join(found.get('fix_versions') or ['no version yet'])}"
        for package in audited
        for found in package.get("vulns", [])
    ]
    code = 1 if lines else 0
    lines.append(f"{len(audited)} packages audited, {len(lines)} known vulnerabilities.")
    if skipped:
        lines.append(f"Not audited, because PyPI does not list them: {', '.join(skipped)}.")
    return code, "\n".join(lines)


def lock_age_days() -> float:
    """Return the days since poetry.lock was committed, or last written if git does not know."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct", "--", "poetry.lock"]
    try:
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        moment = float(ended.stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        moment = (ROOT / "poetry.lock").stat().st_mtime
    return (time.time() - moment) / _SECONDS_PER_DAY


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
