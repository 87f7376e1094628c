"""Fakes that unit tests share: a clock that does not wait, and a BILL without a network."""

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

from source_billcom.api.client import BillClient, SharedClientState
from source_billcom.api.rate_limits import CALLS_AT_ONCE, HourlyWindow, RateLimits, Slots
from source_billcom.api.retry import READ_RETRY_POLICY, RetryPolicy
from source_billcom.api.session import SessionAuthenticator
from source_billcom.api.transport import Response, Transport
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import TransportError

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

# no deadline: how fast this machine is says nothing about the code
quick = hypothesis_settings(deadline=None, max_examples=60)


class FakeClock(Clock):
    """Starts at `NOW`. `sleep` records the seconds and moves the time on, without waiting."""

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
        """Move the time on as if it had passed; takes the arguments of `timedelta`."""
        with self._lock:
            self._now += timedelta(**duration)


@dataclass(frozen=True)
class Call:
    """One call, as the transport received it."""

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
    """Build a response; `body` is written as JSON unless it is bytes."""
    return Response(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def page(rows: Iterable[Mapping[str, Any]] = (), next_page: object = None) -> Response:
    """Build a page of a list; without `nextPage` where that is None, as at BILL."""
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
    """A BILL without a network; safe to share between threads.

    Logins return session-1, session-2... Lists are empty unless scripted: `on(path, ...)` sets the
    replies to a path, which are sent in turn; the last one is repeated. Sessions in `expired` are
    refused with BDC_1109. Calls for archived rows alone have a script of their own, which is set
    and counted as `path + ARCHIVED`; without one, there are no archived rows. Once `silence` is
    set, it is what every call gets.
    """

    calls: list[Call] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    silence: Reply | None = None
    most_in_flight: int = 0
    _in_flight: int = 0
    _logins: int = 0
    _scripts: dict[str, deque[Reply]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, *replies: Reply) -> "FakeBill":
        """Set the replies to `path`."""
        self._scripts[path] = deque(replies)
        return self

    def calls_to(self, path: str) -> list[Call]:
        """Return the calls made to `path`, in order."""
        with self._lock:
            return [call for call in self.calls if _script_of(call) == path]

    @property
    def logins(self) -> int:
        """How many logins there were."""
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
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            reply = self._reply(call)
        try:
            if isinstance(reply, TransportError):
                raise reply
            return reply if isinstance(reply, Response) else reply(call)
        finally:
            with self._lock:
                self._in_flight -= 1

    def close(self) -> None:
        """There is nothing to close."""

    def _reply(self, call: Call) -> Reply:
        if self.silence is not None:
            return self.silence
        if call.session in self.expired and call.path != LOGIN:
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


def shared_state_to(
    bill: Transport,
    clock: Clock | None = None,
    *,
    config: ConnectorConfig = CONNECTOR_CONFIG,
    hour: HourlyWindow | None = None,
    slots: Slots | None = None,
) -> SharedClientState:
    """Make the state shared by clients of a fake BILL. The default limits are BILL's."""
    clock = clock or FakeClock()
    limits = RateLimits(hour or HourlyWindow(clock), slots or Slots(CALLS_AT_ONCE))
    return SharedClientState(config, limits, clock, bill, SessionAuthenticator())


def client_of(
    bill: Transport,
    clock: Clock | None = None,
    retry_policy: RetryPolicy = READ_RETRY_POLICY,
    config: ConnectorConfig = CONNECTOR_CONFIG,
) -> BillClient:
    """Return a client of a fake BILL that has not signed in yet."""
    return BillClient(shared_state_to(bill, clock, config=config), retry_policy)


def parse_the_cdks_schema_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the CDK from parsing its own 5,000 lines of YAML for each source of a test."""
    monkeypatch.setattr(
        "airbyte_cdk.sources.declarative.concurrent_declarative_source"
        ".get_declarative_component_schema",
        _component_schema,
    )


@cache
def _component_schema() -> dict[str, Any]:
    return get_declarative_component_schema()


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    """Run `work(0)`, `work(1)`... in threads that start at the same moment.

    Returns what each returned or raised, in the order of their numbers.
    """
    barrier = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001 - the test checks it
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a thread is stuck"
    return results
