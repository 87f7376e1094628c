"""The output of a sync in this process at DEBUG, as the command would print it, and its secrets."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
from airbyte_cdk.logger import AirbyteLogFormatter

from reliability.harness.secret_search import leaks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bill_emulator.process import Emulator

_PRIVATE = frozenset({"routingNumber", "taxId"})


class CapturedOutput:
    """The log lines and the messages other than records, one per line."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self.handler = logging.StreamHandler(self._text)
        self.handler.setFormatter(AirbyteLogFormatter())

    def add_message(self, message: Mapping[str, Any]) -> None:
        """Add a message in the form that it has on stdout."""
        self.handler.acquire()
        try:
            self._text.write(orjson.dumps(message).decode() + "\n")
        finally:
            self.handler.release()

    @property
    def content(self) -> bytes:
        """Everything that was captured."""
        return self._text.getvalue().encode()


@contextmanager
def capture_output() -> Iterator[CapturedOutput]:
    """Capture everything that is logged, by libraries too, instead of printing it."""
    captured = CapturedOutput()
    root, airbyte = logging.getLogger(), logging.getLogger("airbyte")
    handlers, levels = root.handlers, (root.level, airbyte.level)
    root.handlers = [captured.handler]
    root.setLevel(logging.DEBUG)
    airbyte.setLevel(logging.DEBUG)
    try:
        yield captured
    finally:
        root.handlers = handlers
        root.setLevel(levels[0])
        airbyte.setLevel(levels[1])


class Secrets:
    """What no output may contain: credentials, and the sessions that are created from now on."""

    def __init__(self, bill: Emulator, config: Mapping[str, Any]) -> None:
        self._bill = bill
        self._credentials = {
            "password": str(config["password"]),
            "developer key": str(config["dev_key"]),
        }
        self._before = set(bill.sessions_handed_out())

    def found_in(self, output: bytes, numbers: Collection[str] = ()) -> list[str]:
        """Name the secrets in an output, and any of the bank and tax `numbers` outside records."""
        new = [s for s in self._bill.sessions_handed_out() if s not in self._before]
        sessions = {f"session {number}": value for number, value in enumerate(new, 1)}
        return leaks(output, {**self._credentials, **sessions}, numbers)


def private_numbers(value: Any, name: str = "") -> Iterator[str]:
    """Yield the bank and tax numbers in a row or in rows."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from private_numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from private_numbers(inner, name)
    elif isinstance(value, str) and name in _PRIVATE:
        yield value
