"""Airbyte's own suite for sources, as the CDK ships it, on acceptance-test-config.yml.

In process it is part of `pytest`. What it does with the image runs when one is named:

    python -m pytest integration_tests/test_standard_suite.py --connector-image source-billcom:dev \
        --read-from-streams=all --read-scenarios=all

Every scenario meets every test of the CDK, which skips those that the sections of the scenario do
not ask for. Besides these, the comparison with a published spec is skipped: none was published yet,
or no registry can be reached.
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
"""The configurations pointed at this process's emulator, while the tests run."""


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
    """Let the configurations reach the emulator from where this test's connector runs."""
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
    connector_name = "source-billcom"  # the CDK takes the name of the folder, which may be any

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        """Take each configuration from where this process has pointed it at its emulator."""
        return [
            scenario.model_copy(update={"config_path": _CONFIGS / scenario.config_path.name})
            for scenario in super().get_scenarios()
            if scenario.config_path
        ]


def test_every_test_of_the_suite_has_a_scenario_that_it_is_kept_for() -> None:
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
