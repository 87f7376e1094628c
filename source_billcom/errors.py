"""The failures of this connector, each one sentence for the user.

Hierarchy::

    AirbyteTracedException
      ConnectorError            one sentence, a failure type, no traceback for the user
        Refused            BILL did not accept the form of a request, such as its sort
        Unclear            a refusal in words that are not BILL's: of this form, or of this moment
"""

from typing import Any

from airbyte_cdk.models import AirbyteMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

REPORT = "report it to the connector's maintainers with this message"


class ConnectorError(AirbyteTracedException):
    """A failure the user can read: `message` is one line, a sentence that says what to do.

    It may quote a file's name or BILL: what cannot be printed is a question mark in it.
    `internal_message` (HTTP status, BILL's code and words) is for support. No stack trace goes out:
    to the people who run this it says nothing, and it hides the sentence.
    """

    def __init__(
        self,
        internal_message: str | None = None,
        message: str | None = None,
        failure_type: FailureType = FailureType.system_error,
        **context: Any,
    ) -> None:
        super().__init__(_printable(internal_message), _printable(message), failure_type, **context)

    @classmethod
    def transient(cls, message: str, internal_message: str | None = None) -> "ConnectorError":
        """Build an error that a later sync may not meet."""
        return cls(internal_message, message, FailureType.transient_error)

    def as_airbyte_message(
        self, stream_descriptor: StreamDescriptor | None = None
    ) -> AirbyteMessage:
        """Build the TRACE message without a stack trace and without secrets."""
        message = super().as_airbyte_message(stream_descriptor=stream_descriptor)
        if message.trace and message.trace.error:
            error = message.trace.error
            error.stack_trace = None
            error.message = filter_secrets(error.message)
            error.internal_message = filter_secrets(error.internal_message or "") or None
        return message

    def __str__(self) -> str:
        return self.message or self.internal_message or ""

    __repr__ = __str__


def _printable(text: str | None) -> str | None:
    if text is None or text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "?" for sign in text)


class RequestRejected(ConnectorError):
    """BILL understood who asks and refused what was asked."""


class AmbiguousRejection(ConnectorError):
    """A 4xx whose body is not BILL's: a gateway's page for a limit, or for what was asked."""


def config_error(message: str, internal_message: str | None = None) -> ConnectorError:
    """Build an error that only the user can mend, in the configuration or in BILL."""
    return ConnectorError(internal_message, message, FailureType.config_error)
