"""Page tokens: opaque strings that hold the query of a list and a position in it.

That tokens hold filters, sort and max is [INFER]: after the first call, some production clients
send only `page`, others send everything again, and neither reports a failure. The form of BILL's
tokens is [UNKNOWN]. An option chooses forms that break careless clients; such a token is a key of
a table in memory.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import orjson

from bill_emulator.lists.paging import Position, as_json, from_json

_CHECKSUM_SIZE = 4
_MOST_HANDLES = 200_000

_FORMS: dict[str, tuple[str, ...]] = {
    # A client that evaluates such a token gets a number or another text.
    "numeric": ("{n}_01", "{n}e5", "0{n}", "{n}.0", "{n}"),
    "literal": ("[{n}, None]", "({n},)", "{{'page': {n}}}", "{n} == {n}", "{{{{ {n} }}}}"),
    "url": ("{n}+/=&a b", "{n}%2B%20=?#", "{n}&max=1&page=x", "{n};é+"),
}


@dataclass(frozen=True)
class Token:
    """The content of a page token. `number` is the number of the page, from 1."""

    list_name: str
    filters: str
    sort: str
    size: int
    number: int
    position: Position
    issued: float


class Tokens:
    """Converts tokens to strings and back."""

    def __init__(self) -> None:
        self._handles: OrderedDict[str, Token] = OrderedDict()
        self._count = 0

    def write(self, token: Token, form: str) -> str:
        """Return a token as a string, in a form of `Options.page_token_form`."""
        if form == "opaque":
            return _packed(token)
        self._count += 1
        patterns = _FORMS[form]
        handle = patterns[self._count % len(patterns)].format(n=self._count)
        self._handles[handle] = token
        if len(self._handles) > _MOST_HANDLES:
            self._handles.popitem(last=False)
        return handle

    def read(self, text: str) -> Token:
        """Return the token of a string.

        Raises:
            ValueError: it is not a token of this server.

        """
        handle = self._handles.get(text)
        return handle if handle is not None else _unpacked(text)


def _packed(token: Token) -> str:
    content = orjson.dumps(
        {
            "l": token.list_name,
            "f": token.filters,
            "s": token.sort,
            "m": token.size,
            "n": token.number,
            "p": as_json(token.position),
            "t": token.issued,
        }
    )
    checksum = zlib.crc32(content).to_bytes(_CHECKSUM_SIZE, "big")
    return base64.urlsafe_b64encode(checksum + content).decode().rstrip("=")


def _unpacked(text: str) -> Token:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not a page token") from None
    checksum, content = data[:_CHECKSUM_SIZE], data[_CHECKSUM_SIZE:]
    if not content or zlib.crc32(content).to_bytes(_CHECKSUM_SIZE, "big") != checksum:
        raise ValueError("not a page token")
    read: dict[str, Any] = orjson.loads(content)
    return Token(
        list_name=read["l"],
        filters=read["f"],
        sort=read["s"],
        size=read["m"],
        number=read["n"],
        position=from_json(read["p"]),
        issued=read["t"],
    )
