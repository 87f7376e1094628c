"""Servers that are not BILL: one fixed response to every request, and a list of the requests."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class FixedServer:
    """A running server: its address, and the requests it got as `METHOD target`."""

    url: str
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def fixed_server(
    status: int = 200,
    body: bytes = b"<html>Welcome</html>",
    content_type: str = "text/html",
    certificate: Path | None = None,
) -> Iterator[FixedServer]:
    """Run a server on a free port of this machine that gives every request the same response.

    With `certificate`, a PEM file with a key and its certificate, the server speaks TLS and is
    called `localhost`.
    """

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            running.requests.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_CONNECT = respond  # noqa: N815 - names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Write nothing to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = FixedServer(f"http://127.0.0.1:{server.server_port}")  # ignore-https-check
        if certificate is not None:
            running.url = f"https://localhost:{server.server_port}"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # each connection's own thread does the handshake, because a client may break it off
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
