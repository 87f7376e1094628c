"""A forward proxy as companies run them: forwards http, tunnels https, notes each request."""

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
_CHUNK_BYTES = 65_536
_TIMEOUT_SECONDS = 300
"""Ends a tunnel that both sides forgot. No test waits for it, however slow the machine is."""


@dataclass
class ForwardProxy:
    """A running proxy: its address, the requests as `METHOD target`, and their credentials."""

    url: str
    requests: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)


@contextlib.contextmanager
def forward_proxy() -> Iterator[ForwardProxy]:
    """Run a proxy on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def note(self) -> None:
            running.requests.append(f"{self.command} {self.path}")
            running.authorizations.append(self.headers.get("Proxy-Authorization"))

        def forward(self) -> None:
            self.note()
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OWN_HEADERS}
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            upstream = HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)
            upstream.request(self.command, target, body, headers)
            response = upstream.getresponse()
            content = response.read()
            upstream.close()
            self.send_response(response.status)
            self.send_header("Content-Type", response.getheader("Content-Type") or "")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            self.note()
            host, port = self.path.split(":")
            with socket.create_connection((host, int(port)), _TIMEOUT_SECONDS) as upstream:
                self.send_response(200)
                self.end_headers()
                _copy_both_ways(self.connection, upstream)
            self.close_connection = True

        do_GET = do_POST = forward  # noqa: N815 - names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Write nothing to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = ForwardProxy(f"http://127.0.0.1:{server.server_port}")  # ignore-https-check
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def _copy_both_ways(one: socket.socket, other: socket.socket) -> None:
    """Copy bytes in both directions until one side closes."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            ready = selector.select(_TIMEOUT_SECONDS)
            if not ready:
                return
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(_CHUNK_BYTES)
                if not data:
                    return
                key.data.sendall(data)
