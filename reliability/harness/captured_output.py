"""All that a sync in this process says at DEBUG, as the command would print it, and its secrets."""

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


class Said:
    """What was logged, and the messages other than records, one to a line."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self.handler = logging.StreamHandler(self._text)
        self.handler.setFormatter(AirbyteLogFormatter())

    def message(self, message: Mapping[str, Any]) -> None:
        """Add a message as it stands on stdout."""
        self.handler.acquire()
        try:
            self._text.write(orjson.dumps(message).decode() + "\n")
        finally:
            self.handler.release()

    @property
    def output(self) -> bytes:
        """All of it."""
        return self._text.getvalue().encode()


@contextmanager
def overhearing() -> Iterator[Said]:
    """Take down all that is logged, by the libraries too, instead of printing it."""
    said = Said()
    root, airbyte = logging.getLogger(), logging.getLogger("airbyte")
    handlers, levels = root.handlers, (root.level, airbyte.level)
    root.handlers = [said.handler]
    root.setLevel(logging.DEBUG)
    airbyte.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        root.handlers = handlers
        root.setLevel(levels[0])
        airbyte.setLevel(levels[1])


class Secrets:
    """What no sync may say: the config's credentials, and the sessions handed out from now on."""

    def __init__(self, bill: Emulator, config: Mapping[str, Any]) -> None:
        self._bill = bill
        self._credentials = {
            "password": str(config["password"]),
            "developer key": str(config["dev_key"]),
        }
        self._before = set(bill.sessions_handed_out())

    def found_in(self, said: bytes, numbers: Collection[str] = ()) -> list[str]:
        """Name the secrets in what was said, and what there is of `numbers`, of banks and taxes."""
        new = [s for s in self._bill.sessions_handed_out() if s not in self._before]
        sessions = {f"session {number}": value for number, value in enumerate(new, 1)}
        return leaks(said, {**self._credentials, **sessions}, numbers)


def private_numbers(value: Any, name: str = "") -> Iterator[str]:
    """Give the bank and tax numbers within a row, or within rows."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from private_numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from private_numbers(inner, name)
    elif isinstance(value, str) and name in _PRIVATE:
        yield value
