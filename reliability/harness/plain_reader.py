"""The plain reader: follows page tokens and trusts them, as a stock low-code manifest does.

It stands beside the connector in the same rounds. It is sound otherwise: sorted by updatedTime
ascending, filtered from its state less the same look-back, its state the newest time it has seen.
What it loses, it loses to page tokens alone; and that it loses rows shows that the rounds can tell.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import requests

from bill_emulator.contract import LISTS
from reliability.harness.in_process import incremental_streams
from reliability.harness.sync_result import Event, Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bill_emulator.process import Emulator
    from reliability.harness.sync_result import Json

LOOKBACK = timedelta(minutes=10)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_CURSOR = "updatedTime"
_TIMEOUT_SECONDS = 30


def sync(bill: Emulator, state: list[Json], streams: Collection[str] | None = None) -> Run:
    """Read the lists one after the other and return what a connector would have said."""
    known = {message["stream"]["stream_descriptor"]["name"]: message for message in state}
    events: list[Event] = []
    with _Client(bill) as client:
        for name in LISTS if streams is None else streams:
            events += _read(client, name, known.get(name))
    return Run(tuple(events))


def _read(client: _Client, name: str, state: Json | None) -> Iterator[Event]:
    newest = state["stream"]["stream_state"][_CURSOR] if state else None
    incremental = name in incremental_streams()
    for row in client.rows(LISTS[name].path, _params(newest) if incremental else {}):
        newest = max(newest or "", _utc(row[_CURSOR])) if incremental else None
        yield Event("record", name, row)
    stream = {"stream_descriptor": {"name": name}, "stream_state": {_CURSOR: newest}}
    if newest:
        yield Event("state", name, {"type": "STREAM", "stream": stream})
    yield Event("status", name, "COMPLETE")


def _params(newest: str | None) -> dict[str, str]:
    since = (
        datetime.fromisoformat(newest) - LOOKBACK if newest else datetime(2000, 1, 1, tzinfo=UTC)
    )
    text = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"sort": f"{_CURSOR}:asc", "filters": f'{_CURSOR}:gte:"{text}"'}


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="milliseconds")


class _Client:
    """One session with BILL."""

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
        answer = self._http.post(url, json=body, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        self._http.headers.update(
            {"devKey": config["dev_key"], "sessionId": answer.json()["sessionId"]}
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._http.post(f"{self._config['base_url']}/v3/logout", timeout=_TIMEOUT_SECONDS)
        self._http.close()

    def rows(self, path: str, params: dict[str, str]) -> Iterator[Json]:
        """Yield a list's rows, page after page, to where nextPage ends."""
        token: Any = None
        while True:
            page = self._page(path, {"max": "100", **params, **({"page": token} if token else {})})
            yield from page["results"]
            token = page.get("nextPage")
            if not token:
                return

    def _page(self, path: str, params: dict[str, str]) -> Json:
        """Get a page; where BILL refuses filters with a token, the token is sent alone."""
        url = self._config["base_url"] + path
        answer = self._http.get(url, params=params, timeout=_TIMEOUT_SECONDS)
        if answer.status_code == requests.codes.bad_request and "page" in params:
            alone = {"max": params["max"], "page": params["page"]}
            answer = self._http.get(url, params=alone, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        page: Json = answer.json()
        return page
