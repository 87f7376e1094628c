"""The packages that poetry.lock pins for the connector without its extras."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.markers import Marker, default_environment

ROOT = Path(__file__).parents[1]


def project() -> dict[str, Any]:
    """Return `[tool.poetry]` of pyproject.toml."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    poetry: dict[str, Any] = content["tool"]["poetry"]
    return poetry


def canonical(name: str) -> str:
    """Return the normalized name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(environment: dict[str, str] | None = None) -> dict[str, str]:
    """Return the connector's packages and their versions in an environment, by default this one.

    Poetry 1.8 does not write to which group a package belongs, so this follows the dependencies
    from pyproject.toml through the lock file.
    """
    environment = environment or {**default_environment()}  # type: ignore[dict-item]
    content = tomllib.loads((ROOT / "poetry.lock").read_text(encoding="utf-8"))
    packages = {canonical(package["name"]): package for package in content["package"]}
    found: dict[str, str] = {}
    waiting = [
        (canonical(name), extra)
        for name, wanted in project()["dependencies"].items()
        if name != "python"
        for extra in _chosen(wanted, frozenset(), environment)
    ]
    visited = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in visited:
            continue
        visited.add((name, extras))
        found[name] = packages[name]["version"]
        waiting += [
            (canonical(child), more)
            for child, wanted in packages[name].get("dependencies", {}).items()
            for more in _chosen(wanted, extras, environment)
        ]
    return found


def _chosen(
    wanted: Any, extras: frozenset[str], environment: dict[str, str]
) -> list[frozenset[str]]:
    """Return the extras that one dependency asks for, once for each of its forms that applies."""
    forms = wanted if isinstance(wanted, list) else [wanted]
    tables = [form if isinstance(form, dict) else {} for form in forms]
    return [
        frozenset(table.get("extras", ()))
        for table in tables
        if _applies(table, extras, environment)
    ]


def _applies(table: dict[str, Any], extras: frozenset[str], environment: dict[str, str]) -> bool:
    marker = table.get("markers")
    if marker is None:
        return not table.get("optional", False)
    return any(Marker(marker).evaluate({**environment, "extra": extra}) for extra in extras | {""})
