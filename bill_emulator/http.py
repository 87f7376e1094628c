"""Requests and responses of the API, including broken connections."""

from __future__ import annotations

import socket
import struct
from collections import Counter
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from bill_emulator.errors import JSON_TYPE, ErrorAnswer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import MutableMapping
    from datetime import datetime

    from starlette.types import Receive, Scope, Send

    from bill_emulator.clock import Clock

TRANSPORT_KEY = "bill_emulator.transport"
"""The key under which the server puts the connection's transport into the scope of a call."""


@dataclass(frozen=True)
class Call:
    """A request to the API."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    repeated: tuple[str, ...] = ()
    """Names of query parameters that were sent more than once. `params` has the last value."""
    base_url: str = ""
    """The URL by which the caller reached the API, such as `http://localhost:8900/connect`."""


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    body: bytes
    content_type: str | None = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False


@dataclass
class Connection:
    """The connection to the caller."""

    scope: Scope
    receive: Receive
    send: Send
    clock: Clock

    async def answer(self, answer: Answer) -> None:
        """Send a response. If it is to be cut, send half the body under the full Content-Length."""
        headers = [
            (b"date", http_date(self.clock.now())),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        if answer.content_type is not None:
            headers.append((b"content-type", answer.content_type.encode()))
        headers += [(name.encode(), value.encode()) for name, value in answer.headers]
        await self.send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        if answer.cut:
            half = answer.body[: len(answer.body) // 2]
            await self.send({"type": "http.response.body", "body": half, "more_body": True})
            await self._hang_up(reset=False)
            return
        await self.send({"type": "http.response.body", "body": answer.body})

    async def reset(self) -> None:
        """Reset the connection (TCP RST) without a response."""
        await self._hang_up(reset=True)

    async def _hang_up(self, *, reset: bool) -> None:
        transport: asyncio.Transport | None = self.scope.get(TRANSPORT_KEY)
        if transport is None:
            raise RuntimeError("No transport in the scope: run the app with bill_emulator.server")
        connection = transport.get_extra_info("socket")
        if reset and connection is not None:
            # With linger 0, closing sends a reset, as a crashed gateway does.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        else:
            transport.close()
        # Wait until the server notices; otherwise it sends a 500 itself.
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def read_call(scope: Scope, receive: Receive) -> Call:
    """Read a request with its body."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    query = scope["query_string"].decode("latin-1")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    parameters = parse_qsl(query, keep_blank_values=True)
    names = Counter(name for name, _ in parameters)
    return Call(
        method=scope["method"],
        path=path,
        params=dict(parameters),
        repeated=tuple(name for name, count in names.items() if count > 1),
        headers=headers,
        body=await _body(receive) if scope["method"] != "GET" else b"",
        base_url=_base_url(scope, headers),
    )


def _base_url(scope: Scope, headers: dict[str, str]) -> str:
    """Return the URL of the API by the Host header, which is right behind port mapping too."""
    scheme, host = scope.get("scheme", "http"), headers.get("host", "localhost")
    return f"{scheme}://{host}{scope.get('root_path', '')}"


async def _body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message: MutableMapping[str, Any] = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def http_date(time: datetime) -> bytes:
    """Format a time in UTC as a Date header."""
    return format_datetime(time, usegmt=True).encode()


def json_answer(content: Any, status: int = 200) -> Answer:
    """Return a response with a JSON value."""
    return Answer(status, orjson.dumps(content))


def error_as_answer(error: ErrorAnswer) -> Answer:
    """Return the response of an error."""
    return Answer(error.status, error.body, error.content_type)
