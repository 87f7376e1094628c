"""What the connector's tests share: one emulator per test process, reset for each test."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario

from bill_emulator.process import Emulator
from testing.connector import FORKED, Connector
from testing.docker import host_for_containers
from testing.image import IMAGE_VARIABLE, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 1
SCALE = 0.05
EVERYTHING = "2000-01-01"
"""An anchor date before all data, for tests that are not about the anchor date."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - containers reach the host at another address than 127.0.0.1


def pytest_configure(config: pytest.Config) -> None:
    """Pass the name of the image under test to subprocesses."""
    image = config.getoption("--connector-image")
    if image:
        os.environ[IMAGE_VARIABLE] = image


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that would run nothing, and tests of the image unless one is named."""
    has_image = bool(config.getoption("--connector-image"))
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        needs_image = item.get_closest_marker("image_tests") is not None
        is_wanted = (has_image or not needs_image) and not _runs_nothing(item)
        (kept if is_wanted else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _runs_nothing(item: pytest.Item) -> bool:
    """Tell whether this is a test of Airbyte's suite whose scenario does not use its command.

    The suite combines every test with every scenario and skips most of these. Its tests are named
    after commands.
    """
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    scenario = parameters.get("scenario")
    if not isinstance(scenario, ConnectorTestScenario):
        return False
    return not runs_command_of(item.name.split("[")[0], scenario)


def runs_command_of(test_name: str, scenario: ConnectorTestScenario) -> bool:
    """Tell whether a scenario uses the command that a test is named after."""
    return any(command in test_name for command in scenario.commands)


@pytest.fixture(scope="session")
def running_bill() -> Iterator[Emulator]:
    with Emulator(seed=SEED, scale=SCALE) as emulator:
        yield emulator


@pytest.fixture
def bill(running_bill: Emulator) -> Emulator:
    """Give the emulator as it was at its start: data, options, clock, sessions, counts."""
    running_bill.as_new(SEED, SCALE)
    return running_bill


@pytest.fixture
def connector(bill: Emulator) -> Connector:
    """Give a connector with credentials of `bill` that reads everything."""
    return Connector({**bill.config(), "anchor_date": EVERYTHING}, FORKED)


@contextlib.contextmanager
def emulator_for_containers() -> Iterator[Emulator]:
    """Run an emulator that this machine's containers can reach as well."""
    with Emulator(seed=SEED, scale=SCALE, host=EVERYWHERE) as emulator:
        emulator.root_url = emulator.root_url.replace(EVERYWHERE, "127.0.0.1")
        emulator.base_url = emulator.base_url.replace(EVERYWHERE, "127.0.0.1")
        yield emulator


def contained_connector(bill: Emulator) -> Connector:
    """Return the image as a connector with credentials of `bill` that reads everything."""
    base_url = bill.base_url.replace("127.0.0.1", host_for_containers())
    return Connector({**bill.config(), "base_url": base_url, "anchor_date": EVERYTHING}, PROGRAM)


@pytest.fixture(scope="session")
def running_bill_for_containers() -> Iterator[Emulator]:
    with emulator_for_containers() as emulator:
        yield emulator


@pytest.fixture
def outer_bill(running_bill_for_containers: Emulator) -> Emulator:
    """Give an emulator, as it was at its start, that containers can reach as well."""
    running_bill_for_containers.as_new(SEED, SCALE)
    return running_bill_for_containers


@pytest.fixture
def contained(outer_bill: Emulator) -> Connector:
    """Give the image as a connector with credentials of `outer_bill` that reads everything."""
    return contained_connector(outer_bill)
