"""The input files of a command: configuration, catalog and state. Each is read once and checked."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStateType,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    DestinationSyncMode,
    SyncMode,
)

from source_billcom.errors import ConnectorError, config_error


@dataclass(frozen=True)
class InputFiles:
    """The contents of the files of one command. Only `read` has a catalog and a state."""

    config: Mapping[str, Any]
    catalog: ConfiguredAirbyteCatalog | None = None
    state: list[AirbyteStateMessage] | None = None


def read_config(path: str) -> dict[str, Any]:
    """Read the configuration file, without fields that are null or the CDK's own.

    A null counts as absent, as an empty text does. Names that begin with two underscores are the
    CDK's own: with them a configuration could replace the manifest, or run code.

    Raises:
        ConnectorError: the file cannot be used.
    """
    config = _read_json(path, "configuration")
    if not isinstance(config, dict):
        raise config_error("The configuration file must contain one JSON object.")
    return {
        name: value
        for name, value in config.items()
        if value is not None and not name.startswith("__")
    }


def read_catalog(path: str) -> ConfiguredAirbyteCatalog:
    """Read the configured catalog.

    Raises:
        ConnectorError: the file is not a catalog, or it selects no stream, or one stream twice.
    """
    content = _read_json(path, "catalog")
    try:
        catalog: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(content)
        names = [_as_name(configured.stream.name) for configured in catalog.streams]
    except Exception as error:
        raise config_error(
            "The catalog file is not a configured Airbyte catalog. Create it with discover "
            "--configured.",
            str(error),
        ) from error
    if not names:
        raise config_error("The catalog file selects no stream. Select at least one.")
    duplicate = next((name for name in names if names.count(name) > 1), None)
    if duplicate is not None:
        # the destination would get each row of the stream twice
        raise config_error(
            f"The catalog file selects {duplicate} more than once. Select it only once."
        )
    return catalog


def refuse_unsupported_modes(
    catalog: ConfiguredAirbyteCatalog, streams: Iterable[Mapping[str, Any]]
) -> None:
    """Check the sync modes of the catalog against `streams`, those of the manifest.

    A stream without an incremental mode is always read whole. In the mode incremental append each
    sync would append all of its rows again. In other modes this does no harm, because the rows
    replace those of the last sync or those with the same id. PyAirbyte relies on that: it selects
    the incremental mode for every stream, together with overwrite.

    Raises:
        ConnectorError: the catalog selects incremental append for a stream that has no incremental
            mode.
    """
    full_refresh_only = {each["name"] for each in streams if "incremental_sync" not in each}
    for configured in catalog.streams:
        name = configured.stream.name
        is_incremental_append = (
            configured.sync_mode is SyncMode.incremental
            and configured.destination_sync_mode is DestinationSyncMode.append
        )
        if is_incremental_append and name in full_refresh_only:
            raise config_error(
                f"The catalog file selects incremental sync for {name}, which has no incremental "
                "mode. Select full refresh for it."
            )


def read_state(path: str | None) -> list[AirbyteStateMessage]:
    """Read the state that an earlier read printed. A null or empty file content is no state.

    Raises:
        ConnectorError: the file has other content. If it were ignored, everything would be read
            again.
    """
    if not path:
        return []
    content = _read_json(path, "state")
    if content in (None, [], {}):
        return []
    try:
        if not isinstance(content, list):
            raise TypeError(f"a {type(content).__name__}")
        return [_state_message(item) for item in content]
    except Exception as error:
        raise config_error(
            "The state file is not a list of Airbyte state messages. Pass the state messages that "
            "an earlier read printed, or no state file.",
            str(error),
        ) from error


def _state_message(item: Any) -> AirbyteStateMessage:
    message: AirbyteStateMessage = AirbyteStateMessageSerializer.load(item)
    if message.type is not AirbyteStateType.STREAM or message.stream is None:
        raise ValueError(f"a message of type {message.type}")
    _as_name(message.stream.stream_descriptor.name)
    if not isinstance(item["stream"].get("stream_state"), dict | None):
        raise TypeError("a stream_state that is not an object")
    return message


def _as_name(name: object) -> str:
    """Return a stream's name, which the CDK accepts in any type, if it is text."""
    if not isinstance(name, str):
        raise TypeError(f"a {type(name).__name__} as stream name")
    return name


def _read_json(path: str, kind: str) -> Any:
    """Read a JSON file in UTF-8, UTF-16 or UTF-32; some editors save one of the latter two."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise config_error(f"The {kind} file {path} cannot be read: {error.strerror}.") from error
    try:
        return json.loads(content)
    except UnicodeDecodeError as error:
        # the error's own message would quote a byte, which may be part of a password
        raise config_error(
            f"The {kind} file {path} is not UTF-8 text. Save it as UTF-8."
        ) from error
    except ValueError as error:
        raise _not_json(path, kind, str(error)) from error
    except RecursionError as error:
        raise _not_json(path, kind, "it is nested too deeply") from error


def _not_json(path: str, kind: str, reason: str) -> ConnectorError:
    return config_error(f"The {kind} file {path} is not valid JSON: {reason}.")
