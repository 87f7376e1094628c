"""A command as it runs: wall time, processor time, peak memory; and medians of interleaved runs."""

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
    """Give the environment of what is measured: no proxy, and Python as it is by default.

    A machine that forbids Python to keep compiled modules, as those of CI like to, would have the
    compiler measured. They are kept in a folder of the benchmark's.
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
    """A command ended with another code than 0; the text says which, and its last words."""


@dataclass(frozen=True)
class Run:
    """One run: seconds by the clock, seconds of processor, and the most memory it had, in MB."""

    seconds: float
    processor: float
    peak_mb: float


def run(command: Sequence[str], out: Path | None = None) -> Run:
    """Run a command to its end, its stdout going to /dev/null or to a file.

    The kernel counts (`wait4`): processor time is user's and system's, of all threads and of
    processes it has waited for.

    Raises:
        CommandFailed: it did not succeed.
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
        complaint = stderr.read().decode(errors="replace").strip()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = (_error(out) if out else "") or complaint[-_SHOWN:] or "it said nothing"
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _error(out: Path) -> str:
    """Give the first error among a connector's messages."""
    lines = out.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line[:_SHOWN] for line in lines if '"ERROR"' in line), "")


def interleaved(
    rounds: int,
    what: Mapping[str, Callable[[], Found]],
    within: float = math.inf,
    every_other: Collection[str] = (),
) -> dict[str, list[Found]]:
    """Do each of `what` once a round, so that a slow minute of the machine hits all alike.

    Those named in `every_other` are left out of the second round, the fourth and so on, since they
    take long. The second and the third of four rounds go backwards, so that nobody is always behind
    the same neighbour, those of every other round neither. No round is begun that would, by the
    ones before it, not end `within` these seconds; one is done in any case.
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
    """Give the median."""
    return statistics.median(values)


def say(line: str) -> None:
    """Say on stderr how far things are; stdout is for the table."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
