"""The connector whose calls wait for BILL as long as it takes.

`python -m testing.no_timeouts read --config ...` runs the command line of `source-billcom` with
calls that never time out. While BILL stalls, this program ends only if the connector does not wait
for BILL's response, so a test of that needs no stopwatch.
"""

from __future__ import annotations

from typing import Any

from source_billcom.api.transport import Response, Transport
from source_billcom.cli.run import run

_A_DAY_SECONDS = 86_400
_send = Transport.send


def _send_without_timeout(
    self: Transport, method: str, path: str, *, timeout: tuple[float, float], **call: Any
) -> Response:
    return _send(self, method, path, timeout=(timeout[0], _A_DAY_SECONDS), **call)


def main() -> None:
    """Take the read timeout from every call and run the command line."""
    Transport.send = _send_without_timeout  # type: ignore[method-assign]
    run()


if __name__ == "__main__":
    main()
