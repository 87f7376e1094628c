"""What a user may be told: one short message, no traceback, no secret."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testing.result import Result

_SESSION_ID = re.compile(r"\b[0-9A-F]{32}\b")


def assert_one_line(text: str) -> None:
    """Check that a text is one line of 31 to 399 characters that ends with a full stop."""
    assert text.endswith("."), text
    assert "\n" not in text, text
    assert 30 < len(text) < 400, text


def assert_no_traceback(result: Result) -> None:
    """Check that stdout has no traceback, and that stderr is empty."""
    assert "Traceback" not in result.stdout
    assert result.stderr == ""


def assert_keeps_secrets(result: Result, *secrets: str) -> None:
    """Check that the output has no secret, plain or as JSON, and no session's id."""
    output = result.stdout + result.stderr
    for secret in secrets:
        assert secret not in output
        assert json.dumps(secret)[1:-1] not in output
    assert not _SESSION_ID.search(output)
