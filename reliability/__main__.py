"""`make reliability`: run the parts, print how they go, write docs/reliability.md.

The environment chooses: `PARTS` are names of parts with blanks or commas between (all by default),
`QUICK=1` takes small numbers and writes nothing, `SEED` is where chance begins (1).
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliability.report import Part, with_figures

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = (
    "changes",
    "machine",
    "matrix",
    "storm",
    "kills",
    "hours",
    "long_lists",
    "bad_inputs",
    "secrets",
)
"""Modules of this package with `run(say) -> figures`."""
_SIZED = frozenset(PARTS) - {"bad_inputs", "secrets"}
"""Those whose `run` takes seed and quick too."""
_PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"


def main() -> int:
    """Run what the environment asks for; return the exit code."""
    chosen = os.environ.get("PARTS", "").replace(",", " ").split() or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        _say(f"There is no part {', '.join(unknown)}; parts are {', '.join(PARTS)}.")
        return 2
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    seed = int(os.environ.get("SEED") or "1")
    parts = []
    for name in chosen:
        parts.append(_run(name, seed, quick=quick))
        if not quick:  # at once, as a run that is cut off has its figures all the same
            _PAGE.write_text(with_figures(_PAGE.read_text("utf-8"), parts[-1:]), "utf-8")
    for part in parts:
        _say(f"{part.name}: {'BAD' if part.bad else 'good'} after {part.seconds:.0f} s")
        for line in part.bad:
            _say(f"  {line}")
    return 1 if any(part.bad for part in parts) else 0


def _run(name: str, seed: int, *, quick: bool) -> Part:
    began = time.monotonic()
    try:
        act: Callable[..., dict[str, Any]] = importlib.import_module(f"reliability.{name}").run
        if name in _SIZED:
            act = functools.partial(act, seed=seed, quick=quick)
        figures = act(_say)
    except Exception as error:  # noqa: BLE001 - the other parts still have something to say
        traceback.print_exc()
        figures = {"bad": [f"the part itself failed: {error!r}"]}
    return Part(name, figures, seed, time.monotonic() - began)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
