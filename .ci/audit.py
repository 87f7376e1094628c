"""Hold the locked packages of the connector against what is known of vulnerabilities: `make audit`.

pip-audit asks PyPI. Where that cannot be reached it finds nothing and is content, since it merely
passes over each package it does not know: so what it has really audited is counted here. If that is
nothing, the age of the lock file stands in, and this says so.
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
OLDEST_DAYS = 90
_DAY = 86_400
_PATIENCE_SECONDS = 300


def main(requirements: Path) -> int:
    """Audit a file of pinned requirements; 0 if all is well, 1 with what is not."""
    code, text = verdict(ask(requirements), lock_age_days())
    sys.stdout.write(text + "\n")
    return code


def ask(requirements: Path) -> list[dict[str, Any]]:
    """Ask pip-audit; give packages, each with `vulns` or a `skip_reason`; none if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "audit.json"
        command = [
            *(str(ROOT / ".tools/bin/pip-audit"), "--requirement", str(requirements)),
            *("--disable-pip", "--no-deps", "--progress-spinner", "off"),
            *("--format", "json", "--output", str(report)),
        ]
        try:
            ended = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=_PATIENCE_SECONDS
            )
            packages: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["dependencies"]
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            sys.stderr.write(f"pip-audit gave no report: {error}\n")
            return []
        if ended.returncode not in {0, 1}:
            sys.stderr.write(ended.stderr)
        return packages


def verdict(packages: list[dict[str, Any]], age_days: float) -> tuple[int, str]:
    """Decide about what pip-audit found and the lock file's age; give exit code and words."""
    audited = [package for package in packages if "skip_reason" not in package]
    skipped = sorted(package["name"] for package in packages if "skip_reason" in package)
    if not audited:
        age = f"poetry.lock is {age_days:.0f} days old, {OLDEST_DAYS} are allowed"
        said = f"Vulnerability data cannot be reached from here; instead: {age}."
        return (0, said) if age_days <= OLDEST_DAYS else (1, f"{said} Run make lock.")
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, mended in "
        f"{', '.join(found.get('fix_versions') or ['no version yet'])}"
        for package in audited
        for found in package.get("vulns", [])
    ]
    code = 1 if lines else 0
    lines.append(f"{len(audited)} packages audited, {len(lines)} known vulnerabilities.")
    if skipped:
        lines.append(f"Not audited, since PyPI does not know them: {', '.join(skipped)}.")
    return code, "\n".join(lines)


def lock_age_days() -> float:
    """Give the days since poetry.lock was committed, or written where git cannot tell."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct", "--", "poetry.lock"]
    try:
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        moment = float(ended.stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        moment = (ROOT / "poetry.lock").stat().st_mtime
    return (time.time() - moment) / _DAY


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
