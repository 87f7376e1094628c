"""The process that reads BILL: `python -m sync_tool.reader --config FILE [--since DATE]`.

It prints Airbyte messages and two of its own, one on each line, in this order:

- READY: the configuration is valid. It now waits for a line on stdin: `{"streams": {name: sync
  mode}, "states": {name: state}}`.
- FORBIDDEN: it has signed in and tried each of the streams. Those that this user may not read
  are left out, each with the reason.
- what the connector prints for a read of the others.

All of it is one session of BILL. The process ends if stdin is closed, because then the process that
started it is gone.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

import orjson
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import (
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)

from source_billcom.api.client_pool import ClientPool
from source_billcom.api.retry import READ_RETRY_POLICY
from source_billcom.cli.input_files import read_config
from source_billcom.cli.record_writer import write_records
from source_billcom.cli.run import check_config, collect_garbage_rarely, run_program
from source_billcom.config import ConnectorConfig
from source_billcom.errors import config_error
from source_billcom.masking import SecretMask
from source_billcom.source import SourceBillcom
from source_billcom.sync.messages import RecordPage, state_message

logger = logging.getLogger("airbyte")


def main() -> None:
    """Read, and end the process."""
    collect_garbage_rarely()
    run_program(_read)
    os._exit(0)


def _read(clients: ClientPool, mask: SecretMask) -> int:
    arguments = _parse_arguments()
    config = read_config(arguments.config)
    if arguments.since:
        config["anchor_date"] = arguments.since
    checked = check_config(config, mask)
    with PRINT_BUFFER:
        _print({"type": "READY", "ready": _facts(checked)})
        line = sys.stdin.buffer.readline()
        if not line:
            return 1
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
        request = json.loads(line)
        source = SourceBillcom(config=config, clients=clients)
        # its first use signs in, and the session stays until it ends
        with clients.lease(checked, READ_RETRY_POLICY):
            _read_streams(source, config, request["streams"], request["states"])
    return 0


def _read_streams(
    source: SourceBillcom,
    config: Mapping[str, Any],
    sync_modes: Mapping[str, str],
    states: Mapping[str, Mapping[str, Any]],
) -> None:
    forbidden = source.forbidden_streams(config, sync_modes)
    _print({"type": "FORBIDDEN", "forbidden": {n: str(why) for n, why in forbidden.items()}})
    readable = {name: mode for name, mode in sync_modes.items() if name not in forbidden}
    if not readable:
        raise config_error("This user may not read any of these streams.")
    saved = [_state(name, state) for name, state in states.items() if name in readable]
    for message in source.read_in_pages(logger, config, _catalog(readable), saved):
        if isinstance(message, RecordPage):
            write_records(message)
        else:
            _print(AirbyteMessageSerializer.dump(message))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("sync_tool.reader")
    parser.add_argument("--config", required=True)
    parser.add_argument("--since")
    return parser.parse_args()


def _facts(config: ConnectorConfig) -> dict[str, Any]:
    return {
        "organization_id": config.organization_id,
        "anchor": config.anchor.isoformat(),
        "lookback_seconds": config.lookback.total_seconds(),
    }


def _catalog(sync_modes: Mapping[str, str]) -> ConfiguredAirbyteCatalog:
    streams = [
        {
            "stream": {"name": name, "json_schema": {}, "supported_sync_modes": [mode]},
            "sync_mode": mode,
            "destination_sync_mode": "overwrite" if mode == "full_refresh" else "append_dedup",
        }
        for name, mode in sync_modes.items()
    ]
    catalog: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(
        {"streams": streams}
    )
    return catalog


def _state(stream: str, state: Mapping[str, Any]) -> AirbyteStateMessage:
    message = state_message(stream, state).state
    if message is None:
        raise ValueError(stream)
    return message


def _print(message: Mapping[str, Any]) -> None:
    with PRINT_BUFFER.lock:
        sys.stdout.write(orjson.dumps(message).decode() + "\n")
        # the CDK's buffer could keep the line until the next one
        PRINT_BUFFER.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
