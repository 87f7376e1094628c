"""Servers that are not BILL: one fixed answer, and a note of what they were asked."""

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
class SmallServer:
    """A running server: its address, and the requests it got as `METHOD target`."""

    url: str
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def small_server(
    status: int = 200,
    body: bytes = b"<html>Welcome</html>",
    content_type: str = "text/html",
    certificate: Path | None = None,
) -> Iterator[SmallServer]:
    """Run a server on this machine that answers everything with the same.

    With `certificate`, a file of key and certificate, it speaks TLS, as `localhost`.
    """

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            served.requests.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_CONNECT = answer  # noqa: N815 - names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = SmallServer(f"http://127.0.0.1:{server.server_port}")
        if certificate is not None:
            served.url = f"https://localhost:{server.server_port}"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # the handshake is each connection's own thread's: a client may break it off
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """Give a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
