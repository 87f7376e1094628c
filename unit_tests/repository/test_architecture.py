"""Imports inside the connector go down only, and the way down is short."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "source_billcom"
# from the top down: a module may import from its own layer and from those below
LAYERS = (
    ("cli",),
    ("source",),
    ("check",),
    ("streams",),
    ("sync",),
    ("lists",),
    ("api",),
    ("config", "errors", "clock", "times", "masking"),
)
MOST_LEVELS = 12
# `source_billcom` itself, which offers the source on first use
FACADE = PACKAGE


@cache
def imports_of_the_connector() -> Mapping[str, frozenset[str]]:
    """Return the connector's modules, each with those of them that it imports anywhere."""
    files = {_module_of(path): path for path in sorted((ROOT / PACKAGE).rglob("*.py"))}
    return {
        module: frozenset(_imported(path, files.keys()) - {module})
        for module, path in files.items()
    }


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, known: object) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)  # type: ignore[operator]
    return {name for name in found if name in known}  # type: ignore[operator]


def layer_of(module: str) -> int:
    """Return the number of a module's layer, 0 for the top."""
    part = module.split(".")[1]
    return next(number for number, names in enumerate(LAYERS) if part in names)


def modules() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every module but the package itself, with what it imports."""
    yield from (item for item in imports_of_the_connector().items() if item[0] != FACADE)


def test_every_module_belongs_to_a_layer() -> None:
    for module, _ in modules():
        assert layer_of(module) >= 0


def test_no_module_imports_from_a_layer_above_its_own() -> None:
    upward = [
        f"{module} imports {imported}"
        for module, found in modules()
        for imported in sorted(found - {FACADE})
        if layer_of(imported) < layer_of(module)
    ]

    assert not upward, upward


def test_no_module_but_the_package_itself_imports_the_package() -> None:
    assert not [module for module, found in modules() if FACADE in found]


def test_imports_form_no_circle_and_have_few_levels() -> None:
    graph = dict(modules())
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError on a circle
    level: dict[str, int] = {}
    for module in order:
        level[module] = 1 + max((level[each] for each in graph[module]), default=0)

    deepest = max(level.values())

    assert deepest <= MOST_LEVELS, [module for module in order if level[module] == deepest]


def test_the_layers_are_all_there() -> None:
    """A layer that no module belongs to would be a typing error here."""
    found = {layer_of(module) for module, _ in modules()}

    assert found == set(range(len(LAYERS)))
    assert all(lower - upper == 1 for upper, lower in pairwise(sorted(found)))


@pytest.mark.parametrize("package", ["bill_emulator", "testing", "unit_tests", "integration_tests"])
def test_the_connector_imports_nothing_of_the_repository_around_it(package: str) -> None:
    for path in (ROOT / PACKAGE).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert f"import {package}" not in text, path
        assert f"from {package}" not in text, path
