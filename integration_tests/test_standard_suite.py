"""Airbyte's own suite for sources, as the CDK ships it, on acceptance-test-config.yml.

Its tests in this process are part of `pytest`. Its tests of the image run if an image is named:

    python -m pytest integration_tests/test_standard_suite.py --connector-image source-billcom:dev \
        --read-from-streams=all --read-scenarios=all

The CDK combines every scenario with every test, and skips the tests of commands that the scenario
does not use. It also skips the comparison with a published spec, because none is published yet.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from airbyte_cdk.test.standard_tests import ConnectorTestScenario, SourceTestSuiteBase

from integration_tests.acceptance import acceptance_emulator, config, config_names
from integration_tests.conftest import runs_command_of
from source_billcom.source import SourceBillcom
from testing.docker import host_for_containers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_emulator.process import Emulator

pytestmark = pytest.mark.filterwarnings(
    "error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning"
)

_CONFIGS = Path(__file__).parents[1] / ".tmp" / "acceptance" / str(os.getpid())
"""The configurations with the address of this process's emulator, while the tests run."""


@pytest.fixture(scope="module")
def acceptance_bill(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    flags = {"host": "0.0.0.0"} if request.config.getoption("--connector-image") else {}  # noqa: S104
    with acceptance_emulator(**flags) as bill:
        yield bill
    shutil.rmtree(_CONFIGS, ignore_errors=True)


@pytest.fixture(autouse=True)
def configs(
    request: pytest.FixtureRequest, acceptance_bill: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Write the configurations with the emulator's address as this test's connector sees it."""
    monkeypatch.setenv("NO_PROXY", "*")
    is_in_container = request.node.get_closest_marker("image_tests") is not None
    host = host_for_containers() if is_in_container else "127.0.0.1"
    root_url = f"http://{host}:{urlsplit(acceptance_bill.root_url).port}"
    _CONFIGS.mkdir(parents=True, exist_ok=True)
    for name in config_names():
        (_CONFIGS / f"{name}.json").write_text(json.dumps(config(name, root_url)))


@pytest.fixture
def read_scenarios(
    read_scenarios: Literal["all", "default"] | list[str],
) -> Literal["all", "default"] | list[str]:
    """Correct `--read-scenarios=all`, which the CDK 7.39 takes for the name of a scenario."""
    return "all" if read_scenarios == ["all"] else read_scenarios


class TestSourceBillcom(SourceTestSuiteBase):
    connector = SourceBillcom
    connector_name = "source-billcom"  # otherwise the CDK uses the name of the folder

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Use the configurations that this process has written."""
        return [
            scenario.model_copy(update={"config_path": _CONFIGS / scenario.config_path.name})
            for scenario in super().get_scenarios()
            if scenario.config_path
        ]


def test_every_test_of_the_suite_runs_with_at_least_one_scenario() -> None:
    scenarios = TestSourceBillcom.get_scenarios()
    tests = {
        name: "scenario" in inspect.signature(function).parameters
        for name, function in inspect.getmembers(TestSourceBillcom, inspect.isfunction)
        if name.startswith("test_")
    }
    assert len(tests) >= 12
    assert [
        name
        for name, has_scenarios in tests.items()
        if has_scenarios and not any(runs_command_of(name, scenario) for scenario in scenarios)
    ] == []
