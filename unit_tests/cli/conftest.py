"""Fixtures of the tests of the command line."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from source_billcom.api.client_pool import ClientPool
from source_billcom.clock import Clock
from unit_tests.cli.command import Command
from unit_tests.fakes import FakeBill, parse_the_cdks_schema_once


@pytest.fixture
def bill() -> FakeBill:
    """Return the BILL that the command connects to."""
    return FakeBill()


@pytest.fixture
def command(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    bill: FakeBill,
) -> Iterator[Command]:
    """Return the command line, which raises SystemExit where it would end this process."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    parse_the_cdks_schema_once(monkeypatch)
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(os, "_exit", leave)
    yield Command(tmp_path, capfd, ClientPool(Clock(), lambda _: bill))
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)
