"""BILL's 20 lists: name, path, id prefix and fields, read from `contract.json`.

The field names and JSON types come from the example responses in BILL's Postman collection of
November 2025, plus the fields that BILL's changelog has added since [DOC PM, CL]. A type is
`string`, `number`, `boolean`, `date` or `date-time`. A mapping stands for an object, and a list
with one element for an array of that element.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class ListContract:
    """One of BILL's lists: its path and the fields of its rows."""

    name: str
    path: str
    id_prefix: str
    fields: Mapping[str, Any]

    def field_type(self, dotted: str) -> str | None:
        """Return the scalar type of a dotted name such as `role.type`, or None.

        Arrays are transparent: `billLineItems.amount` is the amount of any line.
        """
        node: Any = self.fields
        for part in dotted.split("."):
            if isinstance(node, list):
                node = node[0]
            if not isinstance(node, Mapping) or part not in node:
                return None
            node = node[part]
        return node if isinstance(node, str) else None


def _load() -> dict[str, Any]:
    text = Path(__file__).with_name("contract.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _list_contract(name: str, described: Mapping[str, Any]) -> ListContract:
    return ListContract(
        name=name,
        path=described["path"],
        id_prefix=described["id_prefix"],
        fields=described["fields"],
    )


_CONTRACT = _load()

LISTS: Mapping[str, ListContract] = MappingProxyType(
    {name: _list_contract(name, described) for name, described in _CONTRACT["streams"].items()}
)
"""The 20 lists by name, in the contract's order."""
