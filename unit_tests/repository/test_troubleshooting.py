"""Airbyte's page has a row for every sentence that the connector may leave its user with.

test_docs.py holds the other way: every row is of a sentence that there is.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from unit_tests.repository.test_docs import PAGE, ROOT, messages_of, pattern_of

# where a call takes its sentence: the position of the argument, or its name
SAYS: Mapping[str, int | str] = {
    "config_error": 0,
    "transient": 0,
    "RequestRejected": 1,
    "ConnectorError": 1,
    "warning": 0,
    "AirbyteConnectionStatus": "message",
    "from_exception": "message",
}
# arguments that are no sentence of their own: file and expression
REPEATED = {
    ("check.py", "sentence"): "what reading one of the streams said",
    ("errors.py", "message"): "inside config_error and transient, whose callers are looked at",
    ("run.py", "failure.message"): "a sentence of the connector's or of the CDK's, passed on",
    ("run.py", "str(failure)"): "the same",
    ("source.py", "str(failure)"): "a sentence of the connector's, passed on",
}

Scope = ast.Module | ast.FunctionDef


class Unclear(Exception):
    """An argument that is not written down as a text."""


def texts(expression: ast.expr, scopes: list[Scope]) -> list[str]:
    """Give the texts that an expression may have, with `...` where a value goes in."""
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
            given = [value for scope in scopes for value in _given(scope, name)]
            if given:
                return [text for value in given for text in texts(value, scopes)]
    raise Unclear(ast.unparse(expression))


def _part(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "..."


def _given(scope: Scope, name: str) -> Iterator[ast.expr]:
    """Yield what a name is given in a function, or at the top of a module."""
    body = ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            yield node.value


def calls(node: ast.AST, scopes: list[Scope]) -> Iterator[tuple[ast.expr, list[Scope]]]:
    """Yield each argument that is a sentence, with the scopes it stands in, the innermost first."""
    if isinstance(node, ast.FunctionDef):
        scopes = [node, *scopes]
    if isinstance(node, ast.Call):
        argument = _sentence_in(node)
        if argument is not None:
            yield argument, scopes
    for child in ast.iter_child_nodes(node):
        yield from calls(child, scopes)


def _sentence_in(call: ast.Call) -> ast.expr | None:
    called = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    where = SAYS.get(called)
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if isinstance(where, int) and len(call.args) > where:
        return call.args[where]
    return named.get(where if isinstance(where, str) else "message") if where is not None else None


def said() -> Iterator[tuple[str, str]]:
    """Yield every sentence of the connector with its place, such as `client.py:236`."""
    for path in sorted((ROOT / "source_billcom").rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for argument, scopes in calls(module, [module]):
            if (path.name, ast.unparse(argument)) in REPEATED:
                continue
            place = f"{path.name}:{argument.lineno}"
            try:
                found = texts(argument, scopes)
            except Unclear as unclear:
                raise AssertionError(
                    f"{place}: what {unclear} says cannot be read from the code: write it in the "
                    "call, or name it in REPEATED with the reason"
                ) from None
            yield from ((place, text) for text in found)


def without_a_row() -> list[str]:
    """Tell the sentences that no row of the page's table is about."""
    forms = [pattern_of(message) for message in messages_of(PAGE)]
    return [
        f"{place}: no row of Troubleshooting in docs/source-billcom.md begins as {sentence!r}"
        for place, sentence in said()
        if not any(each.match(sentence) for each in forms)
    ]


def test_each_sentence_that_a_user_may_be_told_has_a_row() -> None:
    missing = without_a_row()
    assert not missing, "\n".join(missing)


def test_the_sentences_are_found_in_every_form_they_are_written_in() -> None:
    places = {sentence: place for place, sentence in said()}
    for beginning, file in {
        "This BILL user is not active": "error_handling.py",  # of a table
        "BILL's hourly limit of calls for this developer key": "error_handling.py",  # by name
        "BILL refused the request while ...": "error_handling.py",  # not the first argument
        "BILL sends fields in ...": "schema_normalization.py",  # a warning
        "No stream can be read": "check.py",  # a status
        "The sync was stopped": "session.py",
    }.items():
        assert any(s.startswith(beginning) and at.startswith(file) for s, at in places.items())
    assert len(places) > 60


def test_no_exception_outlives_its_call() -> None:
    arguments = {
        (path.name, ast.unparse(argument))
        for path in Path(ROOT / "source_billcom").rglob("*.py")
        for argument, _ in calls(ast.parse(path.read_text(encoding="utf-8")), [])
    }
    assert REPEATED.keys() <= arguments
