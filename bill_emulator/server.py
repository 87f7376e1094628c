"""Serves an emulated BILL over HTTP, with Starlette and uvicorn."""

from __future__ import annotations

import gc
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bill_emulator.app import Api
from bill_emulator.config_file import client_config, write_config
from bill_emulator.control.routes import MakeCompany, control_routes
from bill_emulator.http import TRANSPORT_KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bill_emulator.emulated_bill import Bill

_KEEP_ALIVE_SECONDS = 75
_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not addresses to connect to


class _Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, plus access to the connection, so that a fault can break it."""

    def on_message_begin(self) -> None:
        """Put the connection's transport into the scope of the call."""
        super().on_message_begin()
        self.scope[TRANSPORT_KEY] = self.transport  # type: ignore[literal-required]


class _Server(uvicorn.Server):
    """A server that prints a text on stdout when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], str]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then print the text."""
        await super().startup(sockets)
        sys.stdout.write(self._ready() + "\n")
        sys.stdout.flush()


def make_app(bill: Bill, make_company: MakeCompany) -> Starlette:
    """Return the application: the API under /connect, its control under /control."""
    return Starlette(routes=[Mount("/connect", app=Api(bill)), *control_routes(bill, make_company)])


def spare_collector() -> None:
    """Keep the garbage collector from visiting the company's rows again and again.

    The rows are many, live long and have no reference cycles. Visiting them would take most of the
    time of a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def serve(
    bill: Bill,
    make_company: MakeCompany,
    *,
    host: str,
    port: int,
    log_level: str,
    config_path: Path | None = None,
) -> None:
    """Serve until the process gets SIGINT or SIGTERM. Port 0 picks a free port.

    A configuration for source-billcom is written to `config_path`, unless that file exists.

    Raises:
        OSError: the port is not available.

    """
    spare_collector()
    listener = open_listener(host, port)
    config = uvicorn.Config(
        make_app(bill, make_company),
        http=_Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_level=log_level,
        access_log=log_level in {"debug", "trace"},
        server_header=False,
        date_header=False,  # our Date header follows the emulator's clock
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    port = listener.getsockname()[1]

    def ready() -> str:
        line = _ready_line(bill, _root_url(host, port))
        if config_path is None:
            return line
        url = _root_url(_LOOPBACK_OF.get(host, host), port)
        return f"{line}\n{write_config(config_path, client_config(bill, f'{url}/connect'))}"

    _Server(config, ready).run(sockets=[listener])


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port. Port 0 picks a free port.

    Raises:
        OSError: the port is not available.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets with an explicit protocol. Without it, a call on a
    # kept-alive connection waits about 40 ms for the acknowledgement of the response headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


def _root_url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"  # ignore-https-check


def _ready_line(bill: Bill, root_url: str) -> str:
    known = bill.credentials
    return (
        f"BILL emulator ready at {root_url}/connect"
        f" (organization {known.organization_id}, user {known.username},"
        f" password {known.password}, developer key {known.developer_key},"
        f" sync token {known.sync_token_name}, its value {known.sync_token_value})"
    )
