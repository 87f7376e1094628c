"""Search a program's output for secrets, in every encoding in which they might appear."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_SHORTEST_BASE64 = 8
"""The base64 of a shorter secret is so short that it would be found by chance."""


def leaks(output: bytes, secrets: Mapping[str, str], numbers: Collection[str] = ()) -> list[str]:
    """Search a connector's `output` (stdout and stderr) for secrets in all their encodings.

    `secrets` are values by name. `numbers` are bank and tax numbers, which may be in records and
    nowhere else. Return each finding as `name of the secret, encoding`, without its value.
    """
    folded = output.lower()
    found = [
        f"{name}, {form}"
        for name, secret in secrets.items()
        for form, needle, is_exact in encodings(secret)
        if needle in (output if is_exact else folded)
    ]
    outside_records = without_records(output)
    found += [
        f"a number that ends in {number[-2:]}, outside records"
        for number in sorted(set(numbers))
        if number.encode() in outside_records
    ]
    return found


def encodings(secret: str) -> Iterator[tuple[str, bytes, bool]]:
    """Yield each encoding of a secret: its name, its bytes, and whether case matters.

    If case does not matter, the bytes are in lower case.
    """
    escaped = json.dumps(secret)[1:-1]
    texts = {
        "plain": secret,
        "URL-encoded": quote(secret, safe=""),
        "URL-encoded except /": quote(secret),
        "form-encoded": quote_plus(secret),
        "URL-encoded twice": quote(quote(secret, safe=""), safe=""),
        "in JSON": escaped,
        "in JSON, not escaped to ASCII": json.dumps(secret, ensure_ascii=False)[1:-1],
        "in JSON within JSON": json.dumps(escaped)[1:-1],
        "as a Python literal": repr(secret)[1:-1],
        "as a Python literal, in JSON": json.dumps(repr(secret)[1:-1])[1:-1],
        "in HTML": html.escape(secret),
        "in hexadecimal": secret.encode().hex(),
    }
    for name, text in texts.items():
        yield name, text.encode().lower(), False
    raw = secret.encode()
    if len(raw) < _SHORTEST_BASE64:
        return
    for offset in range(3):
        encoded = _base64_within(raw, offset)
        yield f"in base64 at offset {offset}", encoded, True
        yield f"in URL-safe base64 at offset {offset}", encoded.translate(_URL_SAFE), True


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _base64_within(raw: bytes, offset: int) -> bytes:
    """Return the base64 characters that depend only on `raw`, at an offset of `offset` bytes.

    Each character stands for six bits. Those that also depend on neighboring bytes are omitted.
    """
    encoded = base64.b64encode(bytes(offset) + raw)
    first = -(-8 * offset // 6)
    after_last = 8 * (offset + len(raw)) // 6
    return encoded[first:after_last]


def without_records(output: bytes) -> bytes:
    """Return the lines of the output that are not RECORD messages."""
    lines = output.splitlines()
    return b"\n".join(line for line in lines if not line.startswith(b'{"type":"RECORD"'))
