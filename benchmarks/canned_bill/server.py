"""The server: answers the calls that reading needs, from canned rows.

The emulator takes longer to answer than a lean client takes to read. Measured against it, all
clients would look alike. This server does only what reading needs: login, logout, and all lists, of
which only /v3/bills has rows. It understands `max`, `page`, `sort` by time in either direction, and
`filters` on updatedTime or createdTime, which are equal in each row. It refuses everything else
with 400, so that no client is measured while it does something else.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import re
import socket
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl

import httptools
import orjson

from benchmarks.canned_bill.rows import CannedRows
from bill_emulator.contract import LISTS

if TYPE_CHECKING:
    from collections.abc import Callable

READY = "canned BILL ready at "
SESSION = "canned-session-0001"
_BASE = "/connect"
_LISTS = frozenset(contract.path for contract in LISTS.values())
_CONDITION = re.compile(
    r'(?:updatedTime|createdTime):(?P<op>gte|gt|lte|lt):"?(?P<time>[^",]+)"?(?:,|$)'
)
_SORT = re.compile(r"(?:(?:updatedTime|createdTime)(?::(?P<direction>asc|desc))?)?$")
_MOST_ROWS = 100
_LEAST_TIME = 0.001  # seconds: BILL's filters have milliseconds


class UnknownCall(Exception):
    """A call that this server does not understand. Its text goes into the response."""


@dataclass
class Served:
    """What was served since the last reset. Times are in seconds of a monotonic clock."""

    calls: int = 0
    logins: int = 0
    rows: int = 0
    first: float = 0.0
    last: float = 0.0
    began: float = field(default_factory=time.process_time)

    def note(self) -> None:
        """Count a call that arrives."""
        self.calls += 1
        self.first = self.first or time.monotonic()

    def as_json(self) -> dict[str, float]:
        """Return the counts, and the seconds from the first call's arrival to the last one's end.

        `cpu_seconds` is the CPU time of this process, in seconds.
        """
        return {
            "calls": self.calls,
            "logins": self.logins,
            "rows": self.rows,
            "seconds": max(0.0, self.last - self.first),
            "cpu_seconds": time.process_time() - self.began,
        }


@dataclass
class CannedBill:
    """Answers calls. It knows paths, queries and statuses, and nothing else of HTTP."""

    rows: CannedRows
    served: Served = field(default_factory=Served)

    def answer(self, method: str, target: str, session: str) -> tuple[int, bytes]:
        """Return the status and the body of the response."""
        path, _, query = target.partition("?")
        if path.startswith("/control/"):
            return self._control(method, path)
        self.served.note()
        try:
            return self._answer(method, path.removeprefix(_BASE), dict(parse_qsl(query)), session)
        except UnknownCall as unknown:
            return 400, orjson.dumps([{"code": "BDC_0000", "message": str(unknown)}])
        finally:
            self.served.last = time.monotonic()

    def _control(self, method: str, path: str) -> tuple[int, bytes]:
        if (method, path) == ("POST", "/control/reset-counts"):
            self.served = Served()
        return 200, orjson.dumps(self.served.as_json())

    def _answer(
        self, method: str, path: str, params: dict[str, str], session: str
    ) -> tuple[int, bytes]:
        if (method, path) == ("POST", "/v3/login"):
            self.served.logins += 1
            return 200, orjson.dumps({"sessionId": SESSION, "organizationId": "00802CANNED"})
        if session != SESSION:
            return 401, orjson.dumps([{"code": "BDC_1109", "message": "Session is invalid."}])
        if (method, path) == ("POST", "/v3/logout"):
            return 200, b"{}"
        if method != "GET" or path not in _LISTS:
            raise UnknownCall(f"there is no {method} {path}")
        if path != LISTS["bills"].path:
            return 200, b'{"results":[]}'
        return 200, self._page(params)

    def _page(self, params: dict[str, str]) -> bytes:
        size = int(params.get("max", "20"))
        if not 1 <= size <= _MOST_ROWS:
            raise UnknownCall(f"max is 1 to {_MOST_ROWS}")
        # a token contains the whole query, as the emulator's do; filters beside it are ignored
        token = params.get("page")
        first, last, descending = _read(token) if token else self._asked(params)
        if descending:
            start, end = max(first, last - size), last
            left = (first, start)
        else:
            start, end = first, min(first + size, last)
            left = (end, last)
        self.served.rows += end - start
        results = self.rows.page(start, end, descending=descending)
        if left[0] == left[1]:
            return b'{"results":[%b]}' % results
        following = f"{left[0]}-{left[1]}-{int(descending)}".encode()
        return b'{"results":[%b],"nextPage":"%b"}' % (results, following)

    def _asked(self, params: dict[str, str]) -> tuple[int, int, bool]:
        unknown = params.keys() - {"max", "sort", "filters"}
        sort = _SORT.match(params.get("sort", ""))
        if unknown or sort is None:
            raise UnknownCall(f"only time can be sorted by, and there is no {', '.join(unknown)}")
        least, most = _bounds(params.get("filters", ""))
        bounds = self.rows.between(least, most)
        return bounds.first, bounds.last, sort["direction"] == "desc"


def _read(token: str) -> tuple[int, int, bool]:
    try:
        first, last, descending = map(int, token.split("-"))
    except ValueError:
        raise UnknownCall(f"{token!r} is not a page token") from None
    return first, last, bool(descending)


def _bounds(filters: str) -> tuple[float | None, float | None]:
    """Read the filters on time: the bounds in Unix seconds, inclusive, None for no bound."""
    least: list[float] = []
    most: list[float] = []
    position = 0
    while position < len(filters):
        condition = _CONDITION.match(filters, position)
        if condition is None:
            raise UnknownCall(f"only times can be filtered by, not {filters[position:]!r}")
        seconds = datetime.fromisoformat(condition["time"]).timestamp()
        match condition["op"]:
            case "gte":
                least.append(seconds)
            case "gt":
                least.append(seconds + _LEAST_TIME)
            case "lte":
                most.append(seconds)
            case _:
                most.append(seconds - _LEAST_TIME)
        position = condition.end()
    return max(least, default=None), min(most, default=None)


class _Connection(asyncio.Protocol):
    """One connection that is kept alive."""

    def __init__(self, answer: Callable[[str, str, str], tuple[int, bytes]]) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """Start a new call."""
        self._target = self._session = ""

    def on_url(self, url: bytes) -> None:
        """Store the path and the query. A long one comes in pieces."""
        self._target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store the session. Clients differ in how they capitalize header names."""
        if name.lower() == b"sessionid":
            self._session = value.decode("latin-1")

    def on_message_complete(self) -> None:
        """Send the response."""
        method = self._parser.get_method().decode()
        status, body = self._answer(method, self._target, self._session)
        head = b"HTTP/1.1 %d -\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % (status, len(body)) + body)


async def _serve(bill: CannedBill, port: int) -> None:
    # asyncio sets TCP_NODELAY only on sockets created with an explicit protocol
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(bill.answer), sock=listener)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}{_BASE}"  # ignore-https-check
    sys.stdout.write(f"{READY}{url}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Serve until the process is terminated."""
    parser = argparse.ArgumentParser("benchmarks.canned_bill")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--bursty", action="store_true")
    chosen = parser.parse_args()
    rows = CannedRows(chosen.rows, days=chosen.days, bursty=chosen.bursty)
    gc.freeze()
    asyncio.run(_serve(CannedBill(rows), chosen.port))
