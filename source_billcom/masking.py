"""Masks secrets in quoted text, in every encoding in which BILL may return them."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, update_secrets

MASK = "****"
_SHORTEST_REGISTERED = 8
_LONGEST_WORD = 15  # letters; no sentence of the connector has a longer word
_SHORTEST_WITHIN_BASE64 = 8  # bytes; the base64 of fewer, within a longer text, is found by chance


class SecretMask:
    """Replaces secrets in quoted text; safe to share between threads."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = frozenset(secrets)

    def add(self, secret: str) -> None:
        """Mask this secret as well from now on."""
        self._secrets |= {secret}

    def __call__(self, text: str) -> str:
        """Return the text with every form of every secret replaced, whatever its case."""
        forms = {form for secret in self._secrets for form in forms_of(secret) if form}
        # the longest first: a secret may be a part of another, or of another's form
        ordered = sorted(forms, key=len, reverse=True)
        if not ordered:
            return text
        return re.sub("|".join(map(re.escape, ordered)), MASK, text, flags=re.IGNORECASE)


def forms_of(secret: str) -> Iterator[str]:
    """Yield the forms that a program may quote a secret in; some may be equal.

    As it is, as JSON and as JSON within JSON, URL-encoded, in HTML, as Python shows it, in
    hexadecimal and in base64. Case does not tell two forms apart.
    """
    # half a surrogate pair has no UTF-8; JSON sends it as an escape
    raw = secret.encode("utf-8", "surrogatepass")
    yield secret
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        for each in (escaped, escaped.replace("/", "\\/")):
            yield each
            yield json.dumps(each)[1:-1]
    for encoded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield encoded
        yield quote(encoded, safe="")
    yield html.escape(secret)
    yield repr(secret)[1:-1]
    yield raw.hex()
    yield from _base64_forms(raw)


def _base64_forms(raw: bytes) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        padded = encode(raw).decode()
        yield padded
        yield padded.rstrip("=")
        if len(raw) >= _SHORTEST_WITHIN_BASE64:
            yield from (_within_base64(encode(bytes(place) + raw), place, raw) for place in (1, 2))
            yield _within_base64(encode(raw), 0, raw)


def _within_base64(encoded: bytes, place: int, raw: bytes) -> str:
    """Return the characters that `raw` alone decides, `place` bytes into a longer text.

    Each character is six bits. Those that the neighboring bytes have a part in are left out.
    """
    first = -(-8 * place // 6)
    after_last = 8 * (place + len(raw)) // 6
    return encoded[first:after_last].decode()


def register_secrets(secrets: Iterable[str]) -> None:
    """Have the CDK mask these secrets, and no others, in every log line that it prints.

    The CDK masks them in the connector's own sentences too. See `_is_unmistakable`.
    """
    update_secrets([secret for secret in secrets if _is_unmistakable(secret)])


def register_secret(secret: str) -> None:
    """Have the CDK mask one more secret."""
    if _is_unmistakable(secret):
        add_to_secrets(secret)


def _is_unmistakable(secret: str) -> bool:
    """Tell whether the connector's own sentences cannot have this text in them by chance.

    A password such as "read" or "password" would garble them. It needs no masking there, because
    what they quote is masked before (`SecretMask`).
    """
    if secret.isalpha():
        return len(secret) > _LONGEST_WORD
    return len(secret) >= _SHORTEST_REGISTERED
