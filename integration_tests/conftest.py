"""What the connector's tests share: one local BILL per test process, as new for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario

from integration_tests.connector import Connector
from integration_tests.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 1
SCALE = 0.05
EVERYTHING = "2000-01-01"
"""An anchor date before any data, for tests that are not about the anchor."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs nothing, and what needs an image unless one is named."""
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
    """Tell a test of Airbyte's suite whose scenario does not ask for its command.

    The suite meets every test with every scenario, and skips most. Tests are named after commands.
    """
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    scenario = parameters.get("scenario")
    if not isinstance(scenario, ConnectorTestScenario):
        return False
    return not any(command in item.name.split("[")[0] for command in scenario.commands)


@pytest.fixture(scope="session")
def running_bill() -> Iterator[Emulator]:
    with Emulator(seed=SEED, scale=SCALE) as emulator:
        yield emulator


@pytest.fixture
def bill(running_bill: Emulator) -> Emulator:
    """Give a BILL as at its start: data, options, clock, sessions, counts."""
    running_bill.as_new(SEED, SCALE)
    return running_bill


@pytest.fixture
def connector(bill: Emulator) -> Connector:
    """Give a connector that is signed up with this BILL and wants everything."""
    return Connector({**bill.config(), "anchor_date": EVERYTHING})
