"""The packages whose code the image leaves out: nothing that the connector imports leads to them.

Imports are followed as they are written, through every package, inside functions too, so that no
late import of a rare path is missed. Those built from text at run time are met, if at all, by the
tests of the image, which run every command without these packages.
"""

import ast
import importlib.machinery
import re
import site
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT, *map(Path, site.getsitepackages())]
ENTRANCE = "source_billcom.cli.__main__"
# a module that is imported and could lead to one of the packages, with the reason why it does not
EXCEPTIONS = {
    # for the one component below, which the manifest has no use for
    "airbyte_cdk.sources.declarative.extractors.response_to_file_extractor": {"pandas"},
    # to print a schema to those who look for faults in pydantic, which does not require rich
    "pydantic._internal._core_utils": {"rich"},
}
COMPONENT_WITH_PANDAS = "AsyncRetriever"


def left_out() -> set[str]:
    """Give the packages that the Dockerfile removes."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (names,) = re.findall(r"^ +&& rm -rf ([a-z. ]+) \\$", dockerfile, flags=re.MULTILINE)
    return {name for name in str(names).split() if "." not in name}


@cache
def file_of(module: str) -> Path | None:
    """Find the source of a module; None for the standard library's, compiled ones, and no modules.

    `from package import name` may mean either, so many are asked for that do not exist.
    """
    for folder in FOLDERS:
        base = folder.joinpath(*module.split("."))
        for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if path.is_file():
                return path
    return None


def imports_of(module: str, path: Path) -> Iterator[str]:
    """Yield what a module may import, at once or later, but for type checkers."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    statements: list[ast.AST] = [ast.parse(path.read_bytes())]
    while statements:
        node = statements.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                origin = ".".join([*above, origin] if origin else above)
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and _is_for_type_checkers(node.test):
            statements += node.orelse
        else:
            # imports are statements, and no expression holds one
            statements += (
                n
                for n in ast.iter_child_nodes(node)
                if isinstance(n, ast.stmt | ast.excepthandler | ast.match_case)
            )


def _is_for_type_checkers(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"


def reached() -> dict[str, set[str]]:
    """Give each module that imports lead to, with the packages left out that it may import."""
    names = left_out()
    found: dict[str, set[str]] = {}
    ahead = [ENTRANCE]
    while ahead:
        module = ahead.pop()
        path = file_of(module)
        if module in found or path is None:
            continue
        found[module] = set()
        # a package is imported before what is in it
        ahead += [module.rpartition(".")[0]] if "." in module else []
        for name in imports_of(module, path):
            top = name.split(".")[0]
            if top in names:
                found[module].add(top)
            else:
                ahead.append(name)
    return found


def test_they_are_packages_that_the_lock_file_has_for_the_connector() -> None:
    assert left_out() > {"numpy", "pandas"}
    for name in left_out():
        assert importlib.machinery.PathFinder.find_spec(name, [str(f) for f in FOLDERS]), name


def test_nothing_that_the_connector_imports_leads_to_them() -> None:
    modules = reached()
    assert len(modules) > 800
    assert {"airbyte_cdk.entrypoint", "requests.sessions", "pydantic.main"} <= modules.keys()
    assert {module: names for module, names in modules.items() if names} == EXCEPTIONS


def test_the_manifest_has_no_component_that_needs_pandas() -> None:
    manifest = (ROOT / "source_billcom" / "manifest.yaml").read_text(encoding="utf-8")
    assert COMPONENT_WITH_PANDAS not in manifest
