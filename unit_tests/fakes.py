"""Stand-ins shared by the unit tests: a clock that moves itself and a scripted BILL."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    get_declarative_component_schema,
)
from hypothesis import settings as hypothesis_settings

from source_billcom.api.transport import Response, Transport, TransportError
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig

NOW = datetime(2026, 3, 10, 12, 20, 30, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:9/connect"
CONFIG: Mapping[str, Any] = {
    "username": "warehouse-sync",
    "password": "correct-horse-battery",
    "organization_id": "00802ABCDEFGHIJKLMno",
    "dev_key": "01ABCDEFDEVELOPERKEY",
    "base_url": BASE_URL,
}
CONNECTOR_CONFIG = ConnectorConfig.from_config(CONFIG, NOW)
LOGIN = "/v3/login"

# no deadline: the slow machine this runs on says nothing about the code
quick = hypothesis_settings(deadline=None, max_examples=60)


class FakeClock(Clock):
    """Starts at `NOW`; `sleep` records the seconds and moves the time on at once."""

    def __init__(self, now: datetime = NOW) -> None:
        self._lock = threading.Lock()
        self._started = self._now = now
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return 1_000.0 + (self._now - self._started).total_seconds()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self._now += timedelta(seconds=seconds)

    def advance(self, **duration: float) -> None:
        """Move the time on without anyone having slept; takes what `timedelta` takes."""
        with self._lock:
            self._now += timedelta(**duration)


@dataclass(frozen=True)
class Call:
    """One call as the transport got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    json: Mapping[str, Any]
    timeout: tuple[float, float]

    @property
    def session(self) -> str | None:
        """The session id the call was made with."""
        return self.headers.get("sessionId")


Reply = Response | TransportError | Callable[[Call], Response]


def answer(status: int, body: object) -> Response:
    """Build an answer; `body` is JSON unless it is bytes already."""
    return Response(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def page(rows: Iterable[Mapping[str, Any]] = (), next_page: object = None) -> Response:
    """Build a page of a list; `next_page` is left out where it is None, as BILL does."""
    body: dict[str, Any] = {"results": list(rows)}
    if next_page is not None:
        body["nextPage"] = next_page
    return answer(200, body)


def bill_error(code: str | None, status: int = 400, message: str = "BILL's own words") -> Response:
    """Build an error as BILL sends it: an array of one object."""
    problem = {"timestamp": "2026-03-10T12:00:00.000+00:00", "message": message}
    return answer(status, [problem | ({"code": code} if code else {})])


def row(identity: str, updated: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """Build a row of a list, its updatedTime in the form BILL uses."""
    times = {"updatedTime": updated.isoformat(timespec="milliseconds")} if updated else {}
    return {"id": identity, **times, **fields}


ARCHIVED = " archived"


@dataclass
class FakeBill(Transport):
    """A BILL without network: logins give session-1, session-2..., lists are empty unless scripted.

    `on(path, ...)` scripts a path: its replies are served in turn and the last one stays. Sessions
    in `dead` are answered 401 with BDC_1109. Archived rows that are asked for by themselves are a
    matter apart: there are none unless `on(path + ARCHIVED, ...)` scripts them, and `calls_to`
    counts such calls by that name. Safe to share between threads.
    """

    calls: list[Call] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    most_at_once: int = 0
    _under_way: int = 0
    _logins: int = 0
    _scripts: dict[str, deque[Reply]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, *replies: Reply) -> "FakeBill":
        """Script the replies to `path`."""
        self._scripts[path] = deque(replies)
        return self

    def calls_to(self, path: str) -> list[Call]:
        """Return the calls made to `path`, in order."""
        with self._lock:
            return [call for call in self.calls if _script_of(call) == path]

    @property
    def logins(self) -> int:
        """How often someone asked to sign in."""
        return len(self.calls_to(LOGIN))

    def send(
        self,
        method: str,
        path: str,
        *,
        timeout: tuple[float, float],
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Response:
        call = Call(method, path, headers or {}, params or {}, json or {}, timeout)
        with self._lock:
            self.calls.append(call)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            reply = self._reply(call)
        try:
            if isinstance(reply, TransportError):
                raise reply
            return reply if isinstance(reply, Response) else reply(call)
        finally:
            with self._lock:
                self._under_way -= 1

    def close(self) -> None:
        """There is nothing to close."""

    def _reply(self, call: Call) -> Reply:
        if call.session in self.dead and call.path != LOGIN:
            return bill_error("BDC_1109", 401)
        script = self._scripts.get(_script_of(call))
        if script:
            return script.popleft() if len(script) > 1 else script[0]
        if call.path == LOGIN:
            self._logins += 1
            return answer(200, {"sessionId": f"session-{self._logins}", "organizationId": "008"})
        return page()


def _script_of(call: Call) -> str:
    is_archived = "archived:eq:true" in call.params.get("filters", "")
    return call.path + ARCHIVED if is_archived else call.path


def parse_the_cdks_schema_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare each source of a test the CDK's parsing of its own 5,000 lines of YAML."""
    monkeypatch.setattr(
        "airbyte_cdk.sources.declarative.concurrent_declarative_source"
        ".get_declarative_component_schema",
        _component_schema,
    )


@cache
def _component_schema() -> dict[str, Any]:
    return get_declarative_component_schema()


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    """Run `work(0)`, `work(1)`... in threads let go at the same moment.

    Returns what each returned or raised, in their order.
    """
    barrier = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a thread is stuck"
    return results
