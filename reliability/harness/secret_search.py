"""Look for secrets in what a program has said, in every form it might have said them in."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_SHORTEST_BASE64 = 8
"""Of less text, what base64 leaves of it at every alignment would be found by chance."""


def leaks(output: bytes, secrets: Mapping[str, str], numbers: Collection[str] = ()) -> list[str]:
    """Search `output`, stdout and stderr of a connector, for secrets in all their forms.

    `numbers`, of banks and taxes, may stand in records but nowhere else. Give what was found, as
    `name of the secret, form`, without its value.
    """
    folded = output.lower()
    found = [
        f"{name}, {form}"
        for name, secret in secrets.items()
        for form, needle, is_exact in forms(secret)
        if needle in (output if is_exact else folded)
    ]
    said = without_records(output)
    found += [
        f"a number that ends in {number[-2:]}, outside of records"
        for number in sorted(set(numbers))
        if number.encode() in said
    ]
    return found


def forms(secret: str) -> Iterator[tuple[str, bytes, bool]]:
    """Yield each form of a secret: its name, its bytes, and whether case matters.

    Where case does not matter the bytes are in lower case.
    """
    escaped = json.dumps(secret)[1:-1]
    texts = {
        "as it is": secret,
        "URL-encoded": quote(secret, safe=""),
        "URL-encoded but for /": quote(secret),
        "form-encoded": quote_plus(secret),
        "URL-encoded twice": quote(quote(secret, safe=""), safe=""),
        "in JSON": escaped,
        "in JSON, in letters of any script": json.dumps(secret, ensure_ascii=False)[1:-1],
        "in JSON within JSON": json.dumps(escaped)[1:-1],
        "as Python shows it": repr(secret)[1:-1],
        "as Python shows it, in JSON": json.dumps(repr(secret)[1:-1])[1:-1],
        "in HTML": html.escape(secret),
        "in hexadecimal": secret.encode().hex(),
    }
    for name, text in texts.items():
        yield name, text.encode().lower(), False
    raw = secret.encode()
    if len(raw) < _SHORTEST_BASE64:
        return
    for place in range(3):
        signs = _base64_within(raw, place)
        yield f"in base64, {place} bytes in", signs, True
        yield f"in base64 of URLs, {place} bytes in", signs.translate(_OF_URLS), True


_OF_URLS = bytes.maketrans(b"+/", b"-_")


def _base64_within(raw: bytes, place: int) -> bytes:
    """Give the signs of base64 that `raw` alone decides, where it begins `place` bytes in.

    Each sign is of six bits; those that the neighbouring bytes have a part in are left out.
    """
    encoded = base64.b64encode(bytes(place) + raw)
    first = -(-8 * place // 6)
    after_last = 8 * (place + len(raw)) // 6
    return encoded[first:after_last]


def without_records(output: bytes) -> bytes:
    """Give the lines of output that are not RECORD messages."""
    lines = output.splitlines()
    return b"\n".join(line for line in lines if not line.startswith(b'{"type":"RECORD"'))
