"""`make reliability`: run the parts, print progress, write the figures into docs/.

Environment variables: `PARTS` names the parts to run, separated by spaces or commas (default: all).
`QUICK=1` runs smaller numbers and writes nothing. `SEED` is the seed of all random choices
(default: 1).
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from reliability.report import Part, write_figures

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = (
    "changes",
    "state_machine",
    "matrix",
    "fault_storms",
    "kills",
    "sync_tool",
    "long_syncs",
    "long_lists",
    "bad_inputs",
    "secrets",
)
"""The modules in `reliability.parts`. Each has `run(say) -> figures`."""
_FIXED_SIZE = frozenset({"bad_inputs", "secrets"})
"""The parts without random choices. The others' `run` also takes `seed` and `quick`."""


def main() -> int:
    """Run the chosen parts and return the exit code: 1 if any figure is bad, 2 for a wrong name."""
    chosen = os.environ.get("PARTS", "").replace(",", " ").split() or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        _say(f"There is no part {', '.join(unknown)}. The parts are {', '.join(PARTS)}.")
        return 2
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    seed = int(os.environ.get("SEED") or "1")
    parts = []
    for name in chosen:
        part = _run(name, seed, quick=quick)
        parts.append(part)
        if not quick:  # written after each part, so that an interrupted run keeps its figures
            write_figures(part)
    for part in parts:
        _say(f"{part.name}: {'BAD' if part.bad else 'good'} after {part.seconds:.0f} s")
        for line in part.bad:
            _say(f"  {line}")
    return 1 if any(part.bad for part in parts) else 0


def _run(name: str, seed: int, *, quick: bool) -> Part:
    began = time.monotonic()
    try:
        module = importlib.import_module(f"reliability.parts.{name}")
        run: Callable[..., dict[str, Any]] = module.run
        if name not in _FIXED_SIZE:
            run = functools.partial(run, seed=seed, quick=quick)
        figures = run(_say)
    except Exception as error:  # noqa: BLE001 - the remaining parts must still run
        traceback.print_exc()
        figures = {"bad": [f"the part itself failed: {error!r}"]}
    return Part(name, figures, seed, time.monotonic() - began)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
