"""`make audit` passes only what was really audited, or a lock file that is young."""

import runpy
from pathlib import Path
from typing import Any

AUDIT = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "audit.py"))
verdict = AUDIT["verdict"]
SKIPPED = {"name": "requests", "skip_reason": "Dependency not found on PyPI"}
GOOD = {"name": "orjson", "version": "3.13.0", "vulns": []}
BAD: dict[str, Any] = {
    "name": "requests",
    "version": "2.34.2",
    "vulns": [{"id": "GHSA-made-up", "fix_versions": ["2.35.0"]}],
}


def test_packages_without_known_vulnerabilities_pass() -> None:
    code, said = verdict([GOOD], 1000)
    assert code == 0
    assert "1 packages audited, 0 known" in said


def test_a_known_vulnerability_fails_and_names_the_version_that_mends_it() -> None:
    code, said = verdict([GOOD, BAD], 1)
    assert code == 1
    assert "requests 2.34.2: GHSA-made-up, mended in 2.35.0" in said


def test_a_report_in_which_every_package_was_passed_over_is_no_audit() -> None:
    young, said = verdict([SKIPPED], 89)
    assert young == 0
    assert "cannot be reached" in said
    assert "89 days old" in said
    old, said = verdict([SKIPPED], 91)
    assert old == 1
    assert "make lock" in said


def test_no_report_at_all_falls_back_too() -> None:
    assert verdict([], 1)[0] == 0
    assert verdict([], 1000)[0] == 1


def test_a_package_that_was_passed_over_is_named() -> None:
    assert "Not audited, since PyPI does not know them: requests." in verdict([GOOD, SKIPPED], 1)[1]


def test_the_lock_file_has_an_age() -> None:
    assert 0 <= AUDIT["lock_age_days"]() < 36_500
