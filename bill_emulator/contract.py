"""BILL's 20 lists: name, path, id prefix and fields, as `contract.json` has them.

The file holds field names and JSON types read off the example responses of BILL's Postman
collection of November 2025, plus the fields BILL's changelog names since [DOC PM, CL].
Types are `string`, `number`, `boolean`, `date` and `date-time`; a mapping is an object and a
list of one element is an array of it.
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
    """One of BILL's lists: where it is served and which fields its rows may carry."""

    name: str
    path: str
    id_prefix: str
    fields: Mapping[str, Any]

    def field_type(self, dotted: str) -> str | None:
        """Return the scalar type behind a dotted name such as `role.type`; None when there is none.

        Arrays are looked through: `billLineItems.amount` is the amount of any line.
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
