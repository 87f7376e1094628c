"""How the emulator serves: on the wire, and what its flags take."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from bill_emulator.__main__ import main
from bill_emulator.process import Emulator

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


def test_four_quick_calls_at_once_are_noticed_without_a_test_asking() -> None:
    with Emulator(seed=3, scale=0.02) as emulator:
        config = emulator.config()
        body = {
            "username": config["username"],
            "password": config["password"],
            "organizationId": config["organization_id"],
            "devKey": config["dev_key"],
        }
        login = requests.post(f"{emulator.base_url}/v3/login", json=body, timeout=10).json()
        headers = {"devKey": config["dev_key"], "sessionId": login["sessionId"]}
        url = f"{emulator.base_url}/v3/roles"
        with ThreadPoolExecutor(8) as pool:
            for _ in range(8):
                list(pool.map(lambda _: requests.get(url, headers=headers, timeout=10), range(8)))
        assert emulator.counts()["refused"]["BDC_1322"] > 0


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--scale", "0"),
        ("--scale", "-1"),
        ("--scale", "nan"),
        ("--scale", "inf"),
        ("--latency-ms", "-1"),
        ("--latency-ms", "nan"),
        ("--port", "70000"),
        ("--option", "page_size_cap=0"),
    ],
)
def test_a_flag_that_makes_no_sense_is_told_in_a_sentence(
    flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"{flag}={value}"])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "Traceback" not in told
    assert told.splitlines()[-1].endswith(".")
