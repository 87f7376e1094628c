"""Which route a path under /connect is."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS, ListContract
from bill_emulator.other_endpoints import OTHER_ENDPOINTS, match_other_endpoint
from bill_emulator.writes import COLLECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGIN = "/v3/login"
LOGOUT = "/v3/logout"
SESSION = "/v3/login/session"
ORGANIZATIONS = "/v3/login/organizations"

_BY_PATH: Mapping[str, ListContract] = MappingProxyType(
    {contract.path: contract for contract in LISTS.values()}
)


@dataclass(frozen=True)
class Route:
    """What a path names. `pattern` is the path with `{id}` for ids; `contract` is of a list.

    `kind` is `login`, `logout`, `session`, `organizations`, `other`, `list`, `collection` (a
    write of the list as a whole), `row`, `action` or `unknown`.
    """

    kind: str
    pattern: str
    contract: ListContract | None = None
    row_id: str = ""
    action: str = ""


_FIXED: Mapping[str, Route] = MappingProxyType(
    {
        LOGIN: Route("login", LOGIN),
        LOGOUT: Route("logout", LOGOUT),
        SESSION: Route("session", SESSION),
        ORGANIZATIONS: Route("organizations", ORGANIZATIONS),
    }
)

UNKNOWN = Route("unknown", "unknown")


def find_route(path: str) -> Route:
    """Find the route of a path; a trailing slash is part of the path and finds none."""
    if path in _FIXED:
        return _FIXED[path]
    if path in _BY_PATH:
        return Route("list", path, _BY_PATH[path])
    other = match_other_endpoint(path)
    if other is not None:
        name, row_id = other
        return Route("other", OTHER_ENDPOINTS[name].pattern, row_id=row_id, action=name)
    parent, _, last = path.rpartition("/")
    collection = _collection_route(path)
    if collection is not None:
        return collection
    if parent in _BY_PATH and last:
        return Route("row", f"{parent}/{{id}}", _BY_PATH[parent], row_id=last)
    grandparent, _, row_id = parent.rpartition("/")
    if grandparent in _BY_PATH and row_id and last:
        contract = _BY_PATH[grandparent]
        return Route("action", f"{grandparent}/{{id}}/{last}", contract, row_id, last)
    return UNKNOWN


def _collection_route(path: str) -> Route | None:
    """Find a write of a list as a whole, such as `/v3/bills/bulk`."""
    for list_name, ways in COLLECTION.items():
        contract = LISTS[list_name]
        suffix = path.removeprefix(f"{contract.path}/")
        if suffix != path and any(suffix == known for _, known in ways):
            return Route("collection", path, contract, action=suffix)
    return None
