"""`make airbyte-gates` fails for every result that is not the expected one."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from integration_tests.airbyte_gates import EXPECTED_FAILURE, assess_qa, assess_tests

ROOT = Path(__file__).parents[2]
OFFLINE_QA = ROOT / ".ci" / "airbyte" / "offline_qa.py"
WITHOUT_THE_CHECK = {"unit_tests", "integration_tests", "docs", "build"}
MEANT = "ignore-https-check"


def report(*failed: str) -> dict[str, Any]:
    """Return a report of `qa` in which the named checks failed and one passed."""
    return {
        "failed_checks": [{"check": name, "message": "why"} for name in failed],
        "skipped_checks": [{"check": "Java", "message": "not a Java connector"}],
        "passed_checks": [{"check": "Icon", "message": "square"}],
    }


def junit(*results: str) -> list[ET.Element]:
    """Return test cases of a JUnit report, given the inner XML of each."""
    return [
        ET.fromstring(f'<testcase name="t{number}">{inner}</testcase>')  # noqa: S314 - our own
        for number, inner in enumerate(results)
    ]


def test_qa_passes_if_only_the_expected_check_fails() -> None:
    gate = assess_qa(report(EXPECTED_FAILURE))
    assert gate.problems == ()
    assert (gate.passed, gate.skipped) == (1, ("Java: not a Java connector",))


def test_qa_fails_if_another_check_fails() -> None:
    assert assess_qa(report(EXPECTED_FAILURE, "Tag")).problems == ("Tag: why",)


def test_qa_fails_if_the_expected_failure_is_missing() -> None:
    (problem,) = assess_qa(report()).problems
    assert EXPECTED_FAILURE in problem


def test_tests_that_pass_or_are_skipped_with_a_reason_pass() -> None:
    gate = assess_tests("test", junit("", '<skipped message="no command"/>'))
    assert (gate.passed, gate.skipped, gate.problems) == (1, ("t1: no command",), ())


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ('<failure message="wrong">trace</failure>', "t1: wrong\ntrace"),
        ('<error message="broken">trace</error>', "t1: broken\ntrace"),
        ("<skipped/>", "t1 was skipped without a reason"),
    ],
)
def test_a_test_that_fails_or_is_skipped_without_a_reason_is_a_problem(
    inner: str, problem: str
) -> None:
    assert assess_tests("test", junit("", inner)).problems == (problem,)


def test_tests_of_which_none_passed_are_a_problem() -> None:
    assert assess_tests("test", junit('<skipped message="all"/>')).problems == ("no test passed",)


def test_contributing_names_the_expected_failure() -> None:
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    assert EXPECTED_FAILURE.replace("metadata.yaml", "`metadata.yaml`") in text


def test_the_fixed_answers_are_those_that_the_script_states() -> None:
    answers = runpy.run_path(str(OFFLINE_QA))["answers"]
    known = answers("docker.io/airbyte/base:4.1.0@sha256:0f", "[x](https://example.com/a#b) text")
    hub = "https://registry.hub.docker.com/v2/repositories/airbyte"
    assert known[f"{hub}/base/tags/4.1.0"] == (200, {"digest": "sha256:0f"})
    assert known[f"{hub}/source-billcom/tags?page_size=100"] == (404, None)
    assert known["https://example.com/a"] == (200, None)


def test_a_look_up_without_a_fixed_answer_ends_the_program() -> None:
    script = (
        "import runpy, threading, requests\n"
        f"runpy.run_path({str(OFFLINE_QA)!r})['answer_with']({{'https://a/': (200, None)}})\n"
        "assert requests.get('https://a/#b').ok\n"
        "thread = threading.Thread(target=requests.get, args=['https://b/'])\n"
        "thread.start(); thread.join()\n"
    )
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], check=False, text=True, capture_output=True
    )
    assert ended.returncode == 3
    assert ended.stderr == "A look-up without a fixed answer: GET https://b/\n"


def _lines_with_http() -> list[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, text=True, capture_output=True).stdout  # noqa: S603
    files = [
        ROOT / name for name in names.splitlines() if name.split("/")[0] not in WITHOUT_THE_CHECK
    ]
    return [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file.suffix not in {".svg", ".lock"} and file.is_file()
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search("http://(?!json-schema.org|localhost)", line) and MEANT not in line
    ]


def test_a_line_that_means_http_says_so() -> None:
    """Airbyte's check rejects other lines; this test fails sooner than `make airbyte-gates`."""
    assert _lines_with_http() == [], f"use https, or add the comment # {MEANT}"
