"""`make audit` passes only if packages were really audited, or if the lock file is recent."""

import runpy
from pathlib import Path
from typing import Any

AUDIT = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "audit.py"))
assess = AUDIT["assess"]
SKIPPED = {"name": "requests", "skip_reason": "Dependency not found on PyPI"}
SAFE = {"name": "orjson", "version": "3.13.0", "vulns": []}
VULNERABLE: dict[str, Any] = {
    "name": "requests",
    "version": "2.34.2",
    "vulns": [{"id": "GHSA-made-up", "fix_versions": ["2.35.0"]}],
}


def test_packages_without_known_vulnerabilities_pass() -> None:
    code, report = assess([SAFE], 1000)
    assert code == 0
    assert "1 packages audited, 0 known" in report


def test_a_known_vulnerability_fails_and_names_the_version_that_fixes_it() -> None:
    code, report = assess([SAFE, VULNERABLE], 1)
    assert code == 1
    assert "requests 2.34.2: GHSA-made-up, fixed in 2.35.0" in report


def test_if_every_package_was_skipped_the_age_of_the_lock_file_decides() -> None:
    recent, report = assess([SKIPPED], 89)
    assert recent == 0
    assert "no package was audited" in report
    assert "89 days old (at most 90)" in report
    old, report = assess([SKIPPED], 91)
    assert old == 1
    assert "make lock" in report


def test_without_a_report_the_age_of_the_lock_file_decides() -> None:
    assert assess([], 1)[0] == 0
    assert assess([], 1000)[0] == 1


def test_a_skipped_package_is_named() -> None:
    _, report = assess([SAFE, SKIPPED], 1)
    assert "Not audited, because PyPI does not list them: requests." in report


def test_the_lock_file_has_an_age() -> None:
    assert 0 <= AUDIT["lock_age_days"]() < 36_500
