"""Run Airbyte's own checks of connectors: `make airbyte-gates`.

1. `airbyte-ops local connector qa`: metadata, documentation, packaging, security and version.
   Airbyte checks the documentation page only of its most-used connectors; here all checks run. One
   check fails on purpose (`EXPECTED_FAILURE`), and the gate fails if any other does, or if that one
   passes.
2. `airbyte-cdk connector test`: Airbyte's standard tests on acceptance-test-config.yml.
3. `airbyte-cdk image test`: those of the image, if one is named.

Airbyte's tools expect a connector inside Airbyte's repository, so the checks run on a copy of the
checkout in a tree like it. In the copy, the configurations name the emulator by an address that
both this machine and its containers reach. (In a container, 127.0.0.1 is the container itself.)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import yaml

from integration_tests.acceptance import acceptance_emulator, config, config_names
from integration_tests.conftest import EVERYWHERE
from testing.connector import CHECKOUT
from testing.docker import host_for_containers

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPECTED_FAILURE = (
    "Python connectors must not use a Dockerfile and must declare their base image in "
    "metadata.yaml file"
)
"""The check that fails on purpose: CONTRIBUTING.md says why this project has a Dockerfile."""
_NAME = "source-billcom"
_ALL_DOCUMENTATION_CHECKS = {"sl": 300, "ql": 300}
"""Airbyte's support and quality level from which it checks the documentation page."""
_OTHER_PAGES = "docs/"
"""Not copied: Airbyte's repository has one page for each connector, in another folder."""
_EVERY_SCENARIO = "config,config_sync_token"
_UNRELATED = "for scenario"
"""In the reason of a skip: the CDK combines each scenario with each test and skips most."""
_LONGEST_TRACE = 3000


@dataclass(frozen=True)
class Gate:
    """What one of Airbyte's tools said.

    Attributes:
        passed: how many checks or tests passed.
        skipped: those that were skipped, each with the reason.
        problems: why the gate fails; empty if it passes.

    """

    name: str
    passed: int
    skipped: tuple[str, ...]
    problems: tuple[str, ...]


def stage(root: Path) -> Path:
    """Copy the checkout into a tree like Airbyte's repository; return the connector's folder."""
    connector = root / "airbyte-integrations" / "connectors" / _NAME
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=CHECKOUT, check=True, text=True, capture_output=True).stdout
    for name in names.split("\0"):
        source = CHECKOUT / name
        if source.is_file() and not name.startswith(_OTHER_PAGES):
            target = connector / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    page = root / "docs" / "integrations" / "sources" / "billcom.md"
    page.parent.mkdir(parents=True)
    shutil.copyfile(CHECKOUT / "docs" / "source-billcom.md", page)
    metadata_path = connector / "metadata.yaml"
    metadata = yaml.safe_load(metadata_path.read_text(encoding="utf-8"))
    metadata["data"]["ab_internal"] = _ALL_DOCUMENTATION_CHECKS
    metadata_path.write_text(yaml.safe_dump(metadata, sort_keys=False), encoding="utf-8")
    return connector


def qa(root: Path, airbyte_ops: list[str]) -> Gate:
    """Run `airbyte-ops local connector qa` in the tree."""
    report = root / "qa.json"
    command = [*airbyte_ops, "local", "connector", "qa", "--name", _NAME]
    ended = subprocess.run(
        [*command, "--report-path", str(report)],
        cwd=root,
        check=False,
        text=True,
        capture_output=True,
        env={**os.environ, "AIRBYTE_DISABLE_TELEMETRY": "1"},
    )
    if not report.exists():
        return Gate("qa", 0, (), (f"it wrote no report:\n{ended.stdout}{ended.stderr}",))
    return assess_qa(json.loads(report.read_text(encoding="utf-8"))["connectors"][_NAME])


def assess_qa(report: dict[str, Any]) -> Gate:
    """Compare the report of `qa` with what is expected."""
    failed = {found["check"]: found["message"] for found in report["failed_checks"]}
    problems = [f"{name}: {text}" for name, text in failed.items() if name != EXPECTED_FAILURE]
    if EXPECTED_FAILURE not in failed:
        problems.append(f"This check no longer fails, so expect it to pass: {EXPECTED_FAILURE}")
    skipped = tuple(f"{found['check']}: {found['message']}" for found in report["skipped_checks"])
    return Gate("qa", len(report["passed_checks"]), skipped, tuple(problems))


def point_at_emulator(connector: Path, root_url: str) -> None:
    """Write the emulator's address into the copy's configurations."""
    for name in config_names():
        content = json.dumps(config(name, root_url))
        (connector / "integration_tests" / f"{name}.json").write_text(content, encoding="utf-8")


def cdk(connector: Path, *arguments: str) -> Gate:
    """Run one of the test commands of `airbyte-cdk` on the copy."""
    name = " ".join(arguments[:2])
    program = str(Path(sys.executable).with_name("airbyte-cdk"))
    options = f"-p no:cacheprovider --read-from-streams=all --read-scenarios={_EVERY_SCENARIO}"
    ended = subprocess.run(
        [program, *arguments[:2], f"{connector}/", *arguments[2:]],
        cwd=connector,
        check=False,
        text=True,
        capture_output=True,
        env={**os.environ, "PYTEST_ADDOPTS": options, "NO_PROXY": "*"},
    )
    results = connector / "build" / "test-results" / "standard-tests-junit.xml"
    if not results.exists():
        return Gate(name, 0, (), (f"it wrote no report:\n{ended.stdout}{ended.stderr}",))
    tests = ET.parse(results).getroot().iter("testcase")  # noqa: S314 - pytest wrote it
    gate = assess_tests(name, list(tests))
    results.unlink()
    if ended.returncode and not gate.problems:
        return Gate(name, gate.passed, gate.skipped, (f"exit code {ended.returncode}",))
    return gate


def assess_tests(name: str, tests: list[ET.Element]) -> Gate:
    """Sort the results of a JUnit report: a skipped test needs a reason, and one must pass."""
    passed = 0
    skipped, problems = [], []
    for test in tests:
        bad = test.find("failure") if test.find("error") is None else test.find("error")
        skip = test.find("skipped")
        if bad is not None:
            trace = (bad.text or "")[-_LONGEST_TRACE:]
            problems.append(f"{test.get('name')}: {bad.get('message')}\n{trace}")
        elif skip is None:
            passed += 1
        elif skip.get("message"):
            skipped.append(f"{test.get('name')}: {skip.get('message')}")
        else:
            problems.append(f"{test.get('name')} was skipped without a reason")
    if not passed:
        problems.append("no test passed")
    return Gate(name, passed, tuple(skipped), tuple(problems))


def gates(root: Path, airbyte_ops: list[str], image: str | None) -> Iterator[Gate]:
    """Run all gates on a copy of the checkout in an empty folder; yield the result of each."""
    connector = stage(root)
    yield qa(root, airbyte_ops)
    with acceptance_emulator(host=EVERYWHERE) as bill:
        host = host_for_containers() if image else "127.0.0.1"
        port = urlsplit(bill.root_url).port
        point_at_emulator(connector, f"http://{host}:{port}")  # ignore-https-check
        without_image = ("--pytest-arg=-m", "--pytest-arg=not image_tests")
        yield cdk(connector, "connector", "test", *without_image)
        if image:
            yield cdk(connector, "image", "test", "--image", image)


def main() -> int:
    """Run all gates; return 0 if every one passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--airbyte-ops", required=True, help="the program, with its first arguments"
    )
    parser.add_argument("--image", help="the connector's image, to test it too")
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="airbyte-gates-") as folder:
        root = Path(folder) / "airbyte"
        root.mkdir()
        for gate in gates(root, arguments.airbyte_ops.split(), arguments.image):
            failed = failed or bool(gate.problems)
            sys.stdout.write(
                f"airbyte {gate.name}: {'failed' if gate.problems else 'as expected'}, "
                f"{gate.passed} passed, {len(gate.skipped)} skipped\n"
                + "".join(f"  skipped {each}\n" for each in gate.skipped if _UNRELATED not in each)
                + "".join(f"  problem: {each}\n" for each in gate.problems)
            )
            sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
