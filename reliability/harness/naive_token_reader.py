"""A plain reader that follows page tokens and trusts them, as a stock low-code manifest does.

It reads in the same rounds as the connector. Otherwise it is correct: it sorts by updatedTime in
ascending order, filters from its state minus the same lookback window, and its state is the newest
time that it has seen. So every row that it loses is lost because of page tokens. Its losses show
that the rounds can detect lost rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import requests

from bill_emulator.contract import LISTS
from reliability.harness.sync_result import Event, SyncResult
from testing.streams import INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Json

LOOKBACK = timedelta(minutes=10)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_CURSOR = "updatedTime"
_TIMEOUT_SECONDS = 30


def sync(bill: Emulator, state: list[Json], streams: Collection[str] | None = None) -> SyncResult:
    """Read the lists one after the other. Return what a connector would have emitted."""
    known = {message["stream"]["stream_descriptor"]["name"]: message for message in state}
    events: list[Event] = []
    with _Client(bill) as client:
        for name in LISTS if streams is None else streams:
            events += _read(client, name, known.get(name))
    return SyncResult(tuple(events))


def _read(client: _Client, name: str, state: Json | None) -> Iterator[Event]:
    newest = state["stream"]["stream_state"][_CURSOR] if state else None
    incremental = name in INCREMENTAL
    for row in client.rows(LISTS[name].path, _params(newest) if incremental else {}):
        newest = max(newest or "", _utc(row[_CURSOR])) if incremental else None
        yield Event("record", name, row)
    stream = {"stream_descriptor": {"name": name}, "stream_state": {_CURSOR: newest}}
    if newest:
        yield Event("state", name, {"type": "STREAM", "stream": stream})
    yield Event("status", name, "COMPLETE")


def _params(newest: str | None) -> dict[str, str]:
    since = datetime.fromisoformat(newest) - LOOKBACK if newest else _BEGINNING
    text = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"sort": f"{_CURSOR}:asc", "filters": f'{_CURSOR}:gte:"{text}"'}


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="milliseconds")


class _Client:
    """One session at BILL."""

    def __init__(self, bill: Emulator) -> None:
        self._config = bill.config()
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        config = self._config
        body = {
            "username": config["username"],
            "password": config["password"],
            "organizationId": config["organization_id"],
            "devKey": config["dev_key"],
        }
        url = f"{config['base_url']}/v3/login"
        response = self._http.post(url, json=body, timeout=_TIMEOUT_SECONDS)
        response.raise_for_status()
        self._http.headers.update(
            {"devKey": config["dev_key"], "sessionId": response.json()["sessionId"]}
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._http.post(f"{self._config['base_url']}/v3/logout", timeout=_TIMEOUT_SECONDS)
        self._http.close()

    def rows(self, path: str, params: dict[str, str]) -> Iterator[Json]:
        """Yield a list's rows, page after page, until there is no nextPage."""
        token: Any = None
        while True:
            page = self._page(path, {"max": "100", **params, **({"page": token} if token else {})})
            yield from page["results"]
            token = page.get("nextPage")
            if not token:
                return

    def _page(self, path: str, params: dict[str, str]) -> Json:
        """Read a page. If BILL refuses filters beside a token, send the token without them."""
        url = self._config["base_url"] + path
        response = self._http.get(url, params=params, timeout=_TIMEOUT_SECONDS)
        if response.status_code == requests.codes.bad_request and "page" in params:
            token_only = {"max": params["max"], "page": params["page"]}
            response = self._http.get(url, params=token_only, timeout=_TIMEOUT_SECONDS)
        response.raise_for_status()
        page: Json = response.json()
        return page
