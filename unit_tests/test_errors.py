"""The errors of the connector: what the platform is sent, and the hierarchy in the docstring."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from airbyte_cdk.models import AirbyteErrorTraceMessage, FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from source_billcom import errors
from source_billcom.errors import ConnectorError, config_error

PACKAGE = Path(errors.__file__).parent


def trace_of(error: ConnectorError) -> AirbyteErrorTraceMessage:
    """Return what the platform is sent."""
    message = error.as_airbyte_message()
    assert message.trace is not None
    assert message.trace.error is not None
    return message.trace.error


class TestAirbyteMessage:
    def test_it_has_the_message_and_its_cause_but_no_stack_trace(self) -> None:
        with pytest.raises(ConnectorError) as caught:
            raise config_error("One sentence.", "HTTP 400, BDC_1101: words")

        trace = trace_of(caught.value)

        assert trace.message == "One sentence."
        assert trace.internal_message == "HTTP 400, BDC_1101: words"
        assert trace.failure_type is FailureType.config_error
        assert trace.stack_trace is None

    def test_a_password_that_is_a_word_of_the_message_does_not_garble_it(self) -> None:
        update_secrets(["Password"])

        trace = trace_of(config_error("Password (password) is blank."))

        assert trace.message == "Password (password) is blank."

    def test_the_internal_message_is_masked_once_more(self) -> None:
        update_secrets(["hush-hush-key"])

        assert trace_of(config_error("Wrong.", "got hush-hush-key")).internal_message == "got ****"


class TestText:
    def test_it_is_the_message(self) -> None:
        error = ConnectorError.transient("Later.")

        assert str(error) == repr(error) == "Later."

    def test_what_cannot_be_printed_becomes_a_question_mark(self) -> None:
        error = config_error("The file a\nb\x00 cannot be read.", "c\ud800")

        assert str(error) == "The file a?b? cannot be read."
        assert error.internal_message == "c?"

    def test_the_failure_type_tells_who_can_do_something(self) -> None:
        assert config_error("Wrong.").failure_type is FailureType.config_error
        assert ConnectorError.transient("Later.").failure_type is FailureType.transient_error
        assert ConnectorError(message="Bug.").failure_type is FailureType.system_error


def error_classes() -> Iterator[str]:
    """Yield the name of each exception class of the package."""
    known = {"Exception", "AirbyteTracedException"}
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]
    classes = [n for module in modules for n in ast.walk(module) if isinstance(n, ast.ClassDef)]
    while new := [c for c in classes if c.name not in known and known & bases_of(c)]:
        yield from (each.name for each in new)
        known.update(each.name for each in new)


def bases_of(definition: ast.ClassDef) -> set[str]:
    """Return the names of the base classes."""
    return {base.id for base in definition.bases if isinstance(base, ast.Name)}


def test_the_hierarchy_in_the_docstring_has_every_error_class() -> None:
    drawn = set(re.findall(r"^ +(?:\w+\.)*(\w+) ", errors.__doc__ or "", flags=re.MULTILINE))
    found = set(error_classes())

    assert {"ConnectorError", "RequestRejected", "TransportError"} <= found
    assert found <= drawn
