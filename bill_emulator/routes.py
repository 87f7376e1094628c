"""Which route a path under /connect is."""

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
"""An id: letters and digits, at least one of them a digit. All ids seen have 20 characters, but
rows put by the control API may have shorter ones. Any other word below a list is a path that BILL
does not have, for which a stranger expects BDC_1121; what BILL answers is [UNKNOWN]."""

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

_METHODS = frozenset({"create", "patch", "put"})
"""Writes that are a method on a path; the others are the last part of one."""


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
    if parent in _BY_PATH and _ID.fullmatch(last):
        return Route("row", f"{parent}/{{id}}", _BY_PATH[parent], row_id=last)
    return _action_route(parent, last)


def _action_route(parent: str, action: str) -> Route:
    """Find an action on a row, such as `/v3/payments/{id}/void`."""
    path, _, row_id = parent.rpartition("/")
    contract = _BY_PATH.get(path)
    if contract is None or not _ID.fullmatch(row_id):
        return UNKNOWN
    if action not in WRITABLE.get(contract.name, frozenset()) - _METHODS:
        return UNKNOWN
    return Route("action", f"{path}/{{id}}/{action}", contract, row_id, action)


def _collection_route(path: str) -> Route | None:
    """Find a write of a list as a whole, such as `/v3/bills/bulk`."""
    for list_name, ways in COLLECTION.items():
        contract = LISTS[list_name]
        suffix = path.removeprefix(f"{contract.path}/")
        if suffix != path and any(suffix == known for _, known in ways):
            return Route("collection", path, contract, action=suffix)
    return None
