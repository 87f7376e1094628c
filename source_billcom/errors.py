"""The errors of this connector.

Hierarchy::

    AirbyteTracedException (CDK)
      ConnectorError            what a user is told: one short message and a failure type

        configuration: the user has to change something, in the configuration or in BILL
          built by config_error()

        fatal: the connector or BILL does something unexpected; a retry does not help
          RequestRejected       BILL does not accept this form of a request, such as its sort

        retriable: the next sync may succeed
          built by ConnectorError.transient()
          AmbiguousRejection    a 4xx that is not BILL's own: it may be about this form of the
                                request, or about this moment

    Exception                   internal: the connector itself catches these
      TransportError            no complete HTTP response arrived
        UnreadableCertificates  the file of trusted certificates cannot be read
      OutOfOrder                (lists/order_check) the rows are not in the requested order
      _CannotExclude            (lists/equal_times) BILL does not exclude known rows
      _Stopped                  (sync/scheduler) nobody consumes the sync any more
"""

from typing import Any

from airbyte_cdk.models import AirbyteMessage, FailureType, StreamDescriptor
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

REPORT = "report this message to the connector's maintainers"


class ConnectorError(AirbyteTracedException):
    """An error that is shown to the user.

    `message` is one line: it says what happened and what to do. `internal_message`
    (HTTP status, BILL's code and text) is for support. Whatever either quotes must be masked before
    (see masking.py). There is no stack trace: it would bury the message and help nobody who runs
    the connector.
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
        """Build an error that the next sync may not have."""
        return cls(internal_message, message, FailureType.transient_error)

    def as_airbyte_message(
        self, stream_descriptor: StreamDescriptor | None = None
    ) -> AirbyteMessage:
        """Build the TRACE message, without a stack trace."""
        message = super().as_airbyte_message(stream_descriptor=stream_descriptor)
        if message.trace and message.trace.error:
            error = message.trace.error
            error.stack_trace = None
            # the message is the connector's own: a password such as "read" must not garble it
            error.internal_message = filter_secrets(error.internal_message or "") or None
        return message

    def __str__(self) -> str:
        return self.message or self.internal_message or ""

    __repr__ = __str__


def _printable(text: str | None) -> str | None:
    """Replace what cannot be printed, as in the name of a file, by question marks."""
    if text is None or text.isprintable():
        return text
    return "".join(char if char.isprintable() else "?" for char in text)


# --- configuration


def config_error(message: str, internal_message: str | None = None) -> ConnectorError:
    """Build an error that only the user can fix, in the configuration or in BILL."""
    return ConnectorError(internal_message, message, FailureType.config_error)


# --- fatal


class RequestRejected(ConnectorError):
    """BILL knows who is calling and does not accept the request."""


# --- retriable


class AmbiguousRejection(ConnectorError):
    """A 4xx whose body is not BILL's, such as a gateway's page.

    It may reject this form of the request, or any request at this moment.
    """


# --- internal


class TransportError(Exception):
    """No complete HTTP response arrived.

    `what` says why, as part of a sentence. `unreachable`: there was no connection. `partial`: a
    response began. `final`: another try cannot help.
    """

    def __init__(
        self, what: str, *, unreachable: bool = False, partial: bool = False, final: bool = False
    ) -> None:
        super().__init__(what)
        self.what = what
        self.unreachable = unreachable
        self.partial = partial
        self.final = final


class UnreadableCertificates(TransportError):
    """The file of trusted certificates that the environment names cannot be read."""

    def __init__(self) -> None:
        super().__init__("the certificate file cannot be read", final=True)
