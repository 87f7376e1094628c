"""The peak memory of the real command, by the length of a list."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from reliability.harness.in_process import BEFORE_ANY_DATA
from testing.catalog import configured_catalog
from testing.connector import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (10_000, 100_000, 1_000_000)
_HOURLY_LIMIT = 1_000_000
"""So that the limit of 20,000 calls per hour is never reached, not even with retries."""
_MOST_GROWTH = 1.25
"""The peak with the longest list may be this many times the peak with the shortest."""
_LONGEST_SECONDS = 1_500
_LOOK_EVERY = 200
"""The number of output lines between two readings of the memory."""


def run(say: Callable[[str], None], *, seed: int = 1, quick: bool = False) -> dict[str, Any]:
    """Read longer and longer lists of bills, each in its own process, and record peak memory."""
    megabytes: dict[str, float] = {}
    seconds: dict[str, float] = {}
    bad: list[str] = []
    with Emulator(seed=seed, scale=0.05, latency_ms=0) as bill:
        bill.options(hourly_limit=_HOURLY_LIMIT)
        for size in SIZES[:2] if quick else SIZES:
            rows = bill.bulk("bills", size, seed=seed, replace=bool(megabytes))
            began = time.monotonic()
            found, kilobytes, code = _read(bill)
            megabytes[f"{size:,} bills"] = round(kilobytes / 1024, 1)
            seconds[f"{size:,} bills"] = round(time.monotonic() - began, 1)
            if code or found != rows:
                bad.append(f"{found} of {rows} bills were read, exit code {code}")
            say(f"long_lists: {size:,} bills, {kilobytes / 1024:.0f} MB")
    growth = max(megabytes.values()) / next(iter(megabytes.values()))
    if growth > _MOST_GROWTH:
        bad.append(f"memory grew {growth:.2f} times")
    return {"peak_megabytes": megabytes, "seconds": seconds, "growth": growth, "bad": bad}


def _read(bill: Emulator) -> tuple[int, int, int]:
    """Read all bills. Return the number of records, the peak in kilobytes, and the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        config = {**bill.config(), "anchor_date": BEFORE_ANY_DATA}
        files = {"config": config, "catalog": configured_catalog(["bills"])}
        arguments = [*COMMAND, "read"]
        for name, content in files.items():
            path = Path(folder) / f"{name}.json"
            path.write_text(json.dumps(content), "utf-8")
            arguments += [f"--{name}", str(path)]
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "NO_PROXY": "*"},
        )
        if process.stdout is None:
            raise RuntimeError("no pipe")
        deadline = time.monotonic() + _LONGEST_SECONDS
        records = kilobytes = 0
        with process.stdout as lines:
            for number, line in enumerate(lines):
                records += b'"type":"RECORD"' in line[:40]
                if number % _LOOK_EVERY == 0:
                    kilobytes = max(kilobytes, _peak_kilobytes(process.pid))
                    if time.monotonic() > deadline:
                        process.kill()
        code = process.wait()
    return records, kilobytes, code


def _peak_kilobytes(process_id: int) -> int:
    """Return the most memory that a process has held so far, or 0 if it has ended.

    The figure of `wait4` would include the process that it was forked from, which is larger.
    """
    try:
        status = Path(f"/proc/{process_id}/status").read_text("ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0
