"""Runs one command of the Airbyte protocol (spec, check, discover, read) with its exit code."""

import gc
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Status,
    Type,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.api.client_pool import ClientPool
from source_billcom.cli.configured_catalog import CONFIGURED, print_configured_catalog
from source_billcom.cli.input_files import (
    InputFiles,
    read_catalog,
    read_config,
    read_state,
    refuse_unsupported_modes,
)
from source_billcom.cli.record_writer import launch
from source_billcom.cli.signals import SignalWatcher
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import ConnectorError
from source_billcom.masking import SecretMask, register_secrets
from source_billcom.source import SourceBillcom

Program = Callable[[ClientPool, SecretMask], int]
"""Returns the exit code. It adds the secrets that its errors may quote to the mask."""

_STDOUT = 1
_USAGE_ERROR = 2
# A page of rows is thousands of objects without a reference cycle. At Python's own thresholds the
# search for cycles takes a sixth of a sync's processor time (measured with 60,000 bills).
_GC_THRESHOLDS = (100_000, 50, 1_000)


def main() -> None:
    """Run the command line, then end the process without the interpreter's clean-up.

    The output is flushed and the session logged out by then. The clean-up would be a tenth of the
    time of a short command.
    """
    collect_garbage_rarely()
    run()
    os._exit(0)


def collect_garbage_rarely() -> None:
    """Search for reference cycles less often than Python does by itself."""
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def run(args: list[str] | None = None, clients: ClientPool | None = None) -> None:
    """Run one command with a pool of clients; return if it succeeded, else end the process.

    Exit codes: 1 for a failure, 2 for a wrong command line, and after SIGTERM or SIGINT the end by
    that signal (or 128 plus its number). If the reader of stdout has gone, as some readers of
    `spec` and `check` do, nothing more is printed, and only `read` counts as failed.
    """
    arguments = sys.argv[1:] if args is None else args

    def command(clients: ClientPool, mask: SecretMask) -> int:
        return _run_command(arguments, clients, mask)

    run_program(command, clients, broken_pipe_code=1 if "read" in arguments else 0)


def run_program(
    program: Program, clients: ClientPool | None = None, *, broken_pipe_code: int = 1
) -> None:
    """Run a program that prints Airbyte messages; return if it succeeded, else end the process.

    What the program raises becomes one message, and the exit code 1. However it ends, also by
    SIGTERM or SIGINT, the sessions of its clients are logged out at BILL.
    """
    logging.raiseExceptions = False  # a log line that can no longer be written is not an error
    clients = clients or ClientPool(Clock())
    signals = SignalWatcher(_flush, clients.log_out_all)
    signals.start()
    try:
        code = _run_and_report(program, clients)
        _flush()
    except BrokenPipeError:
        code = broken_pipe_code
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
    signals.command_ended()
    clients.log_out_all()
    if code:
        # A normal exit would join threads that may wait forever to hand over a page.
        os._exit(code)


def _flush() -> None:
    PRINT_BUFFER.flush()
    sys.stdout.flush()


def _run_and_report(program: Program, clients: ClientPool) -> int:
    mask = SecretMask()
    try:
        return program(clients, mask)
    except ConnectorError as failure:
        _print(failure.as_airbyte_message())
    except AirbyteTracedException as failure:
        # the CDK's own message, which may quote the configuration
        internal = mask(failure.internal_message or "")
        _print(
            ConnectorError(
                internal, mask(failure.message or ""), failure.failure_type
            ).as_airbyte_message()
        )
    except BrokenPipeError:
        raise
    except Exception as unexpected:  # noqa: BLE001 - the last place that can report it
        _print_unexpected(
            AirbyteTracedException.from_exception(
                unexpected,
                message="The connector hit an unexpected error. Please report it, including the "
                "internal message and stack trace.",
            ),
            mask,
        )
    return 1


def _run_command(arguments: list[str], clients: ClientPool, mask: SecretMask) -> int:
    # the CDK's parser does not know this option
    is_configured = CONFIGURED in arguments
    parsed = AirbyteEntrypoint.parse_args([each for each in arguments if each != CONFIGURED])
    if parsed.command is None:
        sys.stderr.write("source-billcom needs a command: spec, check, discover or read.\n")
        return _USAGE_ERROR
    if is_configured and parsed.command != "discover":
        sys.stderr.write(f"{CONFIGURED} is an option of discover only.\n")
        return _USAGE_ERROR
    try:
        source = _build_source(parsed.command, vars(parsed), clients, mask)
        if is_configured:
            print_configured_catalog(source.discover(source.logger, source.files.config))
        else:
            launch(source, arguments)
    except ConnectorError as failure:
        if is_configured:
            # stdout is usually a file, so the user sees what is on stderr
            sys.stderr.write(f"{failure}\n")
            return 1
        if parsed.command != "check":
            raise
        _print(_failed_check(failure))
    return 0


class _FileSource(SourceBillcom):
    """The source of one command, which gives the CDK the files that were read already.

    The CDK would read them again, in the encoding of this machine's locale. A pipe, with which a
    secret store may pass the configuration, would be empty by then.
    """

    def __init__(self, files: InputFiles, clients: ClientPool) -> None:
        super().__init__(files.catalog, files.config, files.state, clients=clients)
        self.files = files

    @property
    def name(self) -> str:
        """The name of the source in the CDK's log lines."""
        return SourceBillcom.__name__

    def read_config(self, config_path: str) -> dict[str, Any]:  # type: ignore[override] # noqa: ARG002
        """Return the configuration."""
        return dict(self.files.config)

    def read_catalog(self, catalog_path: str) -> ConfiguredAirbyteCatalog:  # type: ignore[override] # noqa: ARG002
        """Return the configured catalog."""
        return self.files.catalog or ConfiguredAirbyteCatalog(streams=[])

    def read_state(self, state_path: str) -> list[AirbyteStateMessage]:  # type: ignore[override] # noqa: ARG002
        """Return the state."""
        return self.files.state or []


def _build_source(
    command: str, paths: Mapping[str, Any], clients: ClientPool, mask: SecretMask
) -> _FileSource:
    """Build the source from the files that the command line names; `mask` learns their secrets.

    Raises:
        ConnectorError: a file cannot be used.
    """
    if command == "spec":
        return _FileSource(InputFiles({}), clients)
    config = read_config(paths["config"])
    check_config(config, mask)
    if command != "read":
        return _FileSource(InputFiles(config), clients)
    catalog = read_catalog(paths["catalog"])
    files = InputFiles(config, catalog, read_state(paths.get("state")))
    source = _FileSource(files, clients)
    refuse_unsupported_modes(catalog, source.resolved_manifest["streams"])
    return source


def check_config(config: dict[str, Any], mask: SecretMask) -> ConnectorConfig:
    """Check a configuration, and have its secrets masked from now on.

    Raises:
        ConnectorError: a value is wrong.
    """
    checked = ConnectorConfig.from_config(config, Clock().now())
    # The CDK masks the values of this config, so it must have the key as it is sent: stripped.
    config["dev_key"] = checked.dev_key
    for secret in (checked.password, checked.dev_key):
        mask.add(secret)
    register_secrets([checked.password, checked.dev_key])
    return checked


def _failed_check(failure: ConnectorError) -> AirbyteMessage:
    status = AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))
    return AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status)


def _print_unexpected(failure: AirbyteTracedException, mask: SecretMask) -> None:
    """Print an error of Python's, which may quote anything; only its `message` is our own."""
    message = failure.as_sanitized_airbyte_message()
    if message.trace and message.trace.error:
        error = message.trace.error
        error.internal_message = mask(error.internal_message or "")
        error.stack_trace = mask(error.stack_trace or "")
    _print(message)


def _print(message: AirbyteMessage) -> None:
    with PRINT_BUFFER.lock:
        sys.stdout.write(orjson.dumps(AirbyteMessageSerializer.dump(message)).decode() + "\n")
        sys.stdout.flush()
