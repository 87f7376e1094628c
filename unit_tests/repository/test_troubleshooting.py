"""The Troubleshooting table has a row for every message that the connector can show its user.

test_docs.py checks the reverse: each message in the table exists in the code.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from unit_tests.repository.test_docs import PAGE, ROOT, messages_of, pattern_of

# functions that take a message: the position or the name of the argument that has it
SAYS: Mapping[str, int | str] = {
    "config_error": 0,
    "transient": 0,
    "RequestRejected": 1,
    "ConnectorError": 1,
    "warning": 0,
    "AirbyteConnectionStatus": "message",
    "from_exception": "message",
}
# arguments that only pass on a message from elsewhere: file and expression, and why
REPEATED = {
    ("check.py", "reason"): "the error of one of the streams",
    ("errors.py", "message"): "inside config_error and transient, whose callers are looked at",
    (
        "run.py",
        "mask(failure.message or '')",
    ): "a sentence of the connector's or of the CDK's, passed on",
    ("run.py", "str(failure)"): "the same",
    ("source.py", "str(failure)"): "a sentence of the connector's, passed on",
}

Scope = ast.Module | ast.FunctionDef


class UnreadableMessage(Exception):
    """An argument whose text cannot be read from the code."""


def texts(expression: ast.expr, scopes: list[Scope]) -> list[str]:
    """Return the texts an expression can have, with `...` where a value is inserted."""
    match expression:
        case ast.Constant(value=str(text)):
            return [re.sub(r"%[sd]", "...", text)]
        case ast.JoinedStr(values=parts):
            return ["".join(_part(part) for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return [*texts(one, scopes), *texts(other, scopes)]
        case ast.Dict(values=values):
            return [text for value in values for text in texts(value, scopes)]
        case ast.Subscript(value=ast.Name() as table):
            return texts(table, scopes)
        case ast.Name(id=name):
            values = [value for scope in scopes for value in _assigned(scope, name)]
            if values:
                return [text for value in values for text in texts(value, scopes)]
    raise UnreadableMessage(ast.unparse(expression))


def _part(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "..."


def _assigned(scope: Scope, name: str) -> Iterator[ast.expr]:
    """Yield the values assigned to a name in a function, or at the top of a module."""
    body = ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            yield node.value


def message_arguments(node: ast.AST, scopes: list[Scope]) -> Iterator[tuple[ast.expr, list[Scope]]]:
    """Yield each argument that is a message, with its enclosing scopes, the innermost first."""
    if isinstance(node, ast.FunctionDef):
        scopes = [node, *scopes]
    if isinstance(node, ast.Call):
        argument = _message_in(node)
        if argument is not None:
            yield argument, scopes
    for child in ast.iter_child_nodes(node):
        yield from message_arguments(child, scopes)


def _message_in(call: ast.Call) -> ast.expr | None:
    called = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    where = SAYS.get(called)
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if isinstance(where, int) and len(call.args) > where:
        return call.args[where]
    return named.get(where if isinstance(where, str) else "message") if where is not None else None


def messages() -> Iterator[tuple[str, str]]:
    """Yield the place of every message of the connector, such as `client.py:236`, and its text."""
    for path in sorted((ROOT / "source_billcom").rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for argument, scopes in message_arguments(module, [module]):
            if (path.name, ast.unparse(argument)) in REPEATED:
                continue
            place = f"{path.name}:{argument.lineno}"
            try:
                found = texts(argument, scopes)
            except UnreadableMessage as unreadable:
                raise AssertionError(
                    f"{place}: the text of {unreadable} cannot be read from the code. Write it in "
                    "the call, or add it to REPEATED with the reason"
                ) from None
            yield from ((place, text) for text in found)


def messages_without_a_row() -> list[str]:
    """Return the messages that no row of the table matches."""
    patterns = [pattern_of(message) for message in messages_of(PAGE)]
    return [
        f"{place}: no row of Troubleshooting in docs/source-billcom.md starts like {message!r}"
        for place, message in messages()
        if not any(pattern.match(message) for pattern in patterns)
    ]


def test_each_message_for_users_has_a_row() -> None:
    missing = messages_without_a_row()
    assert not missing, "\n".join(missing)


def test_messages_are_found_in_every_way_they_are_written() -> None:
    places = {message: place for place, message in messages()}
    for start, file in {
        "This BILL user is not active": "error_messages.py",  # of a table
        "BILL's hourly limit of calls for this developer key": "error_messages.py",  # by name
        "BILL refused the request while ...": "error_messages.py",  # not the first argument
        "BILL returned fields in ...": "schema_normalization.py",  # a warning
        "No stream can be read": "check.py",  # a status
        "The sync was stopped": "error_messages.py",
    }.items():
        assert any(m.startswith(start) and at.startswith(file) for m, at in places.items())
    assert len(places) > 60


def test_each_entry_of_repeated_is_still_needed() -> None:
    arguments = {
        (path.name, ast.unparse(argument))
        for path in Path(ROOT / "source_billcom").rglob("*.py")
        for argument, _ in message_arguments(ast.parse(path.read_text(encoding="utf-8")), [])
    }
    assert REPEATED.keys() <= arguments
