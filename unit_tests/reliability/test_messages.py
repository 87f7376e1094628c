"""The messages that the bad inputs expect exist in the connector's code."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from reliability.cases import messages
from reliability.cases.input_case import Rejected

CODE = Path(__file__).parents[2] / "source_billcom"
EXPECTED = {name: value for name, value in vars(messages).items() if isinstance(value, Rejected)}


def _strings(path: Path) -> Iterator[str]:
    """Yield every string in a file except docstrings, in lower case, without inserted values."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.lower()
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            yield "".join(str(part) for part in parts).lower()


@cache
def strings_in_the_code() -> tuple[str, ...]:
    return tuple(text for path in CODE.rglob("*.py") for text in _strings(path))


@pytest.mark.parametrize("name", EXPECTED)
def test_each_expected_message_exists_in_the_code(name: str) -> None:
    words = [word.lower() for word in EXPECTED[name].words]

    assert any(all(word in text for word in words) for text in strings_in_the_code())


def test_words_that_no_message_has_are_noticed() -> None:
    assert not any("does not know this user name" in text for text in strings_in_the_code())
