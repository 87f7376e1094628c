"""The command `source-billcom`: spec, check, discover and read of the Airbyte protocol."""

import gc
import logging
import os
import sys
from collections.abc import Mapping
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
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.api.client_pool import CLIENT_POOL
from source_billcom.cli.input_files import (
    InputFiles,
    read_catalog,
    read_config,
    read_state,
    refuse_unsupported_modes,
)
from source_billcom.cli.record_writer import launch
from source_billcom.cli.signals import Ending
from source_billcom.clock import Clock
from source_billcom.config import ConnectorConfig
from source_billcom.errors import REPORT, ConnectorError
from source_billcom.source import SourceBillcom

_STDOUT = 1
# a page of rows is thousands of objects that no cycle keeps: looking for cycles at Python's own
# pace costs a sixth of a sync's processor time (measured on 60,000 bills), and finds none
_GC_THRESHOLDS = (100_000, 50, 1_000)
_SECRETS = ("password", "dev_key")  # known before the spec is; a test holds them to it


def main() -> None:
    """Run the command line and leave at once.

    All is said and the session is ended by then; taking the interpreter apart would be a tenth of
    a short command's time.
    """
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    run()
    os._exit(0)


def run(args: list[str] | None = None) -> None:
    """Run one command and exit: 0, 1 where it failed, by SIGTERM (or with 143) where that arrived.

    The session is ended at BILL in each case. Where stdout is no longer read, as by clients that
    have seen all they want of `spec` or `check`, nothing more is said.
    """
    arguments = sys.argv[1:] if args is None else args
    logging.raiseExceptions = False  # a log line that nobody reads any more is no event
    ending = Ending(_flush, CLIENT_POOL.log_out_all)
    ending.watch()
    try:
        code = _run(arguments)
        _flush()
    except BrokenPipeError:
        code = 1 if "read" in arguments else 0
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
    ending.by_command()
    CLIENT_POOL.log_out_all()
    if code:
        # threads may still wait to hand on records that nobody takes; a normal exit joins them
        os._exit(code)


def _flush() -> None:
    PRINT_BUFFER.flush()
    sys.stdout.flush()


def _run(arguments: list[str]) -> int:
    parsed = AirbyteEntrypoint.parse_args(arguments)
    if parsed.command is None:
        sys.stderr.write("source-billcom needs a command: spec, check, discover or read.\n")
        return 2
    try:
        source = _source(parsed.command, vars(parsed))
        launch(source, arguments)
    except ConnectorError as failure:
        if parsed.command == "check":
            _print(_failed(failure))
            return 0
        _print(failure.as_airbyte_message())
        return 1
    except AirbyteTracedException as failure:
        _print(
            ConnectorError(
                failure.internal_message, failure.message, failure.failure_type
            ).as_airbyte_message()
        )
        return 1
    except BrokenPipeError:
        raise
    except Exception as unexpected:  # noqa: BLE001 - the last place that can still report it
        _print(
            AirbyteTracedException.from_exception(
                unexpected,
                message=f"The connector failed in a way nobody foresaw: {REPORT}, its internal "
                "message and stack trace.",
            ).as_sanitized_airbyte_message()
        )
        return 1
    return 0


class _FileSource(SourceBillcom):
    """The source of one command line, which has read its files already, and but once.

    The CDK would read them again, in the encoding of this machine's locale; and a pipe, by which a
    vault may hand over the configuration, is empty by then.
    """

    def __init__(self, files: InputFiles) -> None:
        super().__init__(files.catalog, files.config, files.state)
        self._files = files

    @property
    def name(self) -> str:
        """What the CDK calls the source in its log lines."""
        return SourceBillcom.__name__

    def read_config(self, config_path: str) -> dict[str, Any]:  # type: ignore[override] # noqa: ARG002
        """Give the configuration."""
        return dict(self._files.config)

    def read_catalog(self, catalog_path: str) -> ConfiguredAirbyteCatalog:  # type: ignore[override] # noqa: ARG002
        """Give the configured catalog."""
        return self._files.catalog or ConfiguredAirbyteCatalog(streams=[])

    def read_state(self, state_path: str) -> list[AirbyteStateMessage]:  # type: ignore[override] # noqa: ARG002
        """Give the state."""
        return self._files.state or []


def _source(command: str, paths: Mapping[str, Any]) -> SourceBillcom:
    """Build the source from the files named on the command line.

    Raises:
        ConnectorError: a file cannot be used, in one sentence.
    """
    if command == "spec":
        return SourceBillcom()
    config = read_config(paths["config"])
    update_secrets([config[key] for key in _SECRETS if isinstance(config.get(key), str)])
    # as it is sent: what was cut off its ends would keep the CDK's mask from fitting
    config["dev_key"] = ConnectorConfig.from_config(config, Clock().now()).dev_key
    if command != "read":
        return _FileSource(InputFiles(config))
    catalog = read_catalog(paths["catalog"])
    source = _FileSource(InputFiles(config, catalog, read_state(paths.get("state"))))
    refuse_unsupported_modes(catalog, source.resolved_manifest["streams"])
    return source


def _failed(failure: ConnectorError) -> AirbyteMessage:
    status = AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))
    return AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status)


def _print(message: AirbyteMessage) -> None:
    with PRINT_BUFFER.lock:
        sys.stdout.write(orjson.dumps(AirbyteMessageSerializer.dump(message)).decode() + "\n")
        sys.stdout.flush()
