"""The emulator's application called in process: its routes without a server and a port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from bill_emulator.server import make_app
from unit_tests.bill_emulator.small_bill import SmallCompany, sign_in_body

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from bill_emulator.emulated_bill import Bill

Message = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> Any:
        """Return the code of the first error, or None."""
        content = self.json()
        first = content[0] if isinstance(content, list) else content
        return first.get("code")


class InProcess:
    """A client of an emulator: signs in, and calls its API and its control."""

    def __init__(self, bill: Bill) -> None:
        self.bill = bill
        self.headers = {"devKey": bill.credentials.developer_key}
        self._app = make_app(bill, lambda _seed, _scale: SmallCompany())

    def login(self, **changes: Any) -> Reply:
        reply = self.call("POST", "/connect/v3/login", sign_in_body(self.bill, **changes))
        if reply.status == 200 and isinstance(reply.json(), dict):
            self.headers["sessionId"] = reply.json()["sessionId"]
        return reply

    def get(self, path: str) -> Reply:
        return self.call("GET", f"/connect{path}")

    def control(self, path: str) -> Any:
        return self.call("GET", f"/control{path}").json()

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """Call a path. A body of bytes is sent unchanged, any other body as JSON."""
        return asyncio.run(self.called(method, path, body))

    async def called(self, method: str, path: str, body: Any = None) -> Reply:
        """Call a path from a running event loop, so that calls can overlap."""
        parts = urlsplit(path)
        sent = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "root_path": "",
            "query_string": parts.query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in self.headers.items()],
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(dict(message))

        await self._app(scope, receive, send)
        headers = [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]
        content = b"".join(message.get("body", b"") for message in messages[1:])
        return Reply(messages[0]["status"], headers, content)
