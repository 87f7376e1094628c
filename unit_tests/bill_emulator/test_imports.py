"""The modules of the emulator import each other in one direction."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import bill_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(bill_emulator.__file__).parent


def part_of(module: str) -> str:
    """Return the first part of a module's name below the package: a module or sub-package."""
    return module.removeprefix("bill_emulator").strip(".").partition(".")[0]


def imported(path: Path) -> Iterator[str]:
    """Yield the parts of the emulator that a file imports, also for types only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module == "bill_emulator":
            yield from (alias.name for alias in node.names)
        elif node.module.startswith("bill_emulator."):
            yield part_of(node.module)


def graph() -> dict[str, set[str]]:
    """Return what each module and sub-package imports, without itself."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).with_suffix("").parts[0]
        found.setdefault(part, set()).update(imported(path))
    return {part: others - {part} for part, others in found.items()}


def test_modules_and_sub_packages_import_each_other_without_circles() -> None:
    order = list(TopologicalSorter(graph()).static_order())
    assert order.index("options") < order.index("lists") < order.index("emulated_bill")
    assert order.index("writes") < order.index("mutator") < order.index("control")
    assert order[-1] == "__main__"
