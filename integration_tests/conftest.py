"""What the connector's tests share: one local BILL per test process, as new for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration_tests.connector import Connector
from integration_tests.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 1
SCALE = 0.05
EVERYTHING = "2000-01-01"
"""An anchor date before any data, for tests that are not about the anchor."""


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
