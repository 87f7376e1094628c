"""Finds the route of a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_emulator.contract import LISTS, ListContract
from bill_emulator.other_endpoints import OTHER_ENDPOINTS, match_other_endpoint
from bill_emulator.writes import COLLECTION, WRITABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGIN = "/v3/login"
LOGOUT = "/v3/logout"
SESSION = "/v3/login/session"
ORGANIZATIONS = "/v3/login/organizations"

_ID = re.compile(r"(?=.*[0-9])[0-9A-Za-z]+")
"""An id: letters and digits, with at least one digit. BILL's ids have 20 characters, but rows that
tests store may have shorter ones. Any other word below a list is an unknown path, BDC_1121
[INFER]."""

_BY_PATH: Mapping[str, ListContract] = MappingProxyType(
    {contract.path: contract for contract in LISTS.values()}
)


@dataclass(frozen=True)
class Route:
    """The route of a path. `pattern` is the path with `{id}` in place of an id.

    `kind` is `login`, `logout`, `session`, `organizations`, `other`, `list`, `collection` (a
    write to the list as a whole), `row`, `action` or `unknown`.
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

_METHODS = frozenset({"create", "patch", "put"})
"""Writes that are a method of a path. All other writes are the last part of a path."""


def find_route(path: str) -> Route:
    """Return the route of a path. A path with a trailing slash is unknown."""
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
    if parent in _BY_PATH and _ID.fullmatch(last):
        return Route("row", f"{parent}/{{id}}", _BY_PATH[parent], row_id=last)
    return _action_route(parent, last)


def _action_route(parent: str, action: str) -> Route:
    """Return the route of an action on a row, such as `/v3/payments/{id}/void`."""
    path, _, row_id = parent.rpartition("/")
    contract = _BY_PATH.get(path)
    if contract is None or not _ID.fullmatch(row_id):
        return UNKNOWN
    if action not in WRITABLE.get(contract.name, frozenset()) - _METHODS:
        return UNKNOWN
    return Route("action", f"{path}/{{id}}/{action}", contract, row_id, action)


def _collection_route(path: str) -> Route | None:
    """Return the route of a write to a list as a whole, such as `/v3/bills/bulk`, or None."""
    for list_name, ways in COLLECTION.items():
        contract = LISTS[list_name]
        suffix = path.removeprefix(f"{contract.path}/")
        if suffix != path and any(suffix == known for _, known in ways):
            return Route("collection", path, contract, action=suffix)
    return None
