"""Run a command and measure its wall time, CPU time and peak memory; interleave runs."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

CHECKOUT = Path(__file__).parents[1]
_LONGEST_SECONDS = 600
_SHOWN = 500
_BACKWARDS = (1, 2)

Found = TypeVar("Found")


def environment() -> dict[str, str]:
    """Return the environment of the measured commands: no proxy, and Python's defaults.

    Some CI machines forbid Python to store compiled modules. Then each run would also measure the
    compiler. So compiled modules are stored in a folder of the benchmark.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    cache = str(CHECKOUT / ".tmp" / "compiled")
    return {
        **kept,
        "NO_PROXY": "*",
        "PYTHONPYCACHEPREFIX": cache,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }


class CommandFailed(Exception):
    """A command failed. The text has its exit code and the end of its output."""


@dataclass(frozen=True)
class Run:
    """One run: wall time and CPU time in seconds, and peak memory in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def run(command: Sequence[str], out: Path | None = None) -> Run:
    """Run a command to its end. Its stdout goes to the file `out`, or to /dev/null.

    The kernel counts (`wait4`): CPU time is user and system time of all threads, and of
    child processes that were waited for.

    Raises:
        CommandFailed: the exit code was not 0.
    """
    with (out or Path(os.devnull)).open("wb") as stdout, tempfile.TemporaryFile() as stderr:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=CHECKOUT,
            env=environment(),
        )
        watchdog = threading.Timer(_LONGEST_SECONDS, process.kill)
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        watchdog.cancel()
        stderr.seek(0)
        stderr_text = stderr.read().decode(errors="replace").strip()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        reason = (_error(out) if out else "") or stderr_text[-_SHOWN:] or "no output"
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}: {reason}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _error(out: Path) -> str:
    """Return the first error among a connector's messages."""
    lines = out.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line[:_SHOWN] for line in lines if '"ERROR"' in line), "")


def interleaved(
    rounds: int,
    what: Mapping[str, Callable[[], Found]],
    within: float = math.inf,
    every_other: Collection[str] = (),
) -> dict[str, list[Found]]:
    """Do each of `what` once per round, so that a slow minute of the machine affects all alike.

    Those named in `every_other` take long, so they are skipped in the second round, the fourth and
    so on. Of each four rounds, the second and the third go backwards, so that nothing always runs
    after the same neighbor. A round starts only if it will probably end `within` these seconds,
    judged by the rounds before it. The first round always runs.
    """
    began = time.monotonic()
    found: dict[str, list[Found]] = {name: [] for name in what}
    for number in range(rounds):
        for name in list(what)[:: -1 if number % 4 in _BACKWARDS else 1]:
            if number % 2 and name in every_other:
                continue
            say(f"  round {number + 1} of {rounds}: {name}")
            found[name].append(what[name]())
        used = time.monotonic() - began
        if used + used / (number + 1) > within:
            break
    return found


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def say(line: str) -> None:
    """Print progress to stderr, because stdout is for the table."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
