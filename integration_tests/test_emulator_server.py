"""How the emulator serves: on the wire, and what its flags take."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest
import requests

from integration_tests.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CALLS = 15


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(seed=3, scale=0.02, latency_ms=0) as running:
        yield running


def _median_seconds(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def test_a_kept_alive_call_waits_for_no_acknowledgement(emulator: Emulator) -> None:
    url = f"{emulator.base_url}/v3/health"
    with requests.Session() as kept:
        kept.get(url, timeout=10)
        on_kept = _median_seconds(lambda: kept.get(url, timeout=10))
    on_fresh = _median_seconds(lambda: requests.get(url, timeout=10))
    assert on_kept < 3 * on_fresh + 0.01
