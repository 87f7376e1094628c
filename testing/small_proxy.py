"""A forward proxy as companies have them: passes http on, tunnels https, notes what came by."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN_HEADERS = frozenset({"proxy-authorization", "proxy-connection", "connection", "host"})
_CHUNK = 65_536
_TIMEOUT_SECONDS = 30


@dataclass
class SmallProxy:
    """A running proxy: its address, requests as `METHOD target`, and users as they were sent."""

    url: str
    requests: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)


@contextlib.contextmanager
def small_proxy() -> Iterator[SmallProxy]:
    """Run a proxy on this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def note(self) -> None:
            noted.requests.append(f"{self.command} {self.path}")
            noted.authorizations.append(self.headers.get("Proxy-Authorization"))

        def forward(self) -> None:
            self.note()
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OWN_HEADERS}
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            inner = HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)
            inner.request(self.command, target, body, headers)
            answer = inner.getresponse()
            content = answer.read()
            inner.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.getheader("Content-Type") or "")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            self.note()
            host, port = self.path.split(":")
            with socket.create_connection((host, int(port)), _TIMEOUT_SECONDS) as inner:
                self.send_response(200)
                self.end_headers()
                _pump(self.connection, inner)
            self.close_connection = True

        do_GET = do_POST = forward  # noqa: N815 - names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        noted = SmallProxy(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield noted
        finally:
            server.shutdown()
            thread.join()


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until one side has no more."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select(_TIMEOUT_SECONDS):
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(_CHUNK)
                if not data:
                    return
                key.data.sendall(data)
