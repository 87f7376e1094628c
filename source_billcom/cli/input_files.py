"""The files of a command line: configuration, catalog and state, read once and told apart."""

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
    """What the files of one command line hold; catalog and state are of `read` alone."""

    config: Mapping[str, Any]
    catalog: ConfiguredAirbyteCatalog | None = None
    state: list[AirbyteStateMessage] | None = None


def read_config(path: str) -> dict[str, Any]:
    """Read the configuration, without what is no field of it.

    A field of null counts as absent, as an empty one does. Names that begin with two underscores
    are the CDK's own: a manifest to use in place of the connector's, or code to run.

    Raises:
        ConnectorError: the file cannot be used, in one sentence.
    """
    config = _read_json(path, "configuration")
    if not isinstance(config, dict):
        raise config_error("The configuration file must hold one JSON object.")
    return {
        name: value
        for name, value in config.items()
        if value is not None and not name.startswith("__")
    }


def read_catalog(path: str) -> ConfiguredAirbyteCatalog:
    """Read the configured catalog.

    Raises:
        ConnectorError: the file is none, or asks for nothing, or for a stream twice.
    """
    content = _read_json(path, "catalog")
    try:
        catalog: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(content)
        names = [_text(configured.stream.name) for configured in catalog.streams]
    except Exception as error:
        raise config_error(
            "The catalog file is not a configured Airbyte catalog: make it from the output of "
            "discover.",
            str(error),
        ) from error
    if not names:
        raise config_error("The catalog file asks for no stream: select at least one.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        # the destination would get each of its rows twice
        raise config_error(f"The catalog file asks for {twice} more than once: select it once.")
    return catalog


def refuse_unsupported_modes(
    catalog: ConfiguredAirbyteCatalog, streams: Iterable[Mapping[str, Any]]
) -> None:
    """Hold the catalog's sync modes against the manifest's `streams`.

    A list without an incremental mode is read whole, which would append all of it to the
    destination at each sync. Where its rows replace those of the last, or those of their id, that
    does no harm; and PyAirbyte asks for every stream incrementally, to be overwritten.

    Raises:
        ConnectorError: a list is to be appended incrementally that cannot be.
    """
    whole = {each["name"] for each in streams if "incremental_sync" not in each}
    for configured in catalog.streams:
        name = configured.stream.name
        is_appended = (
            configured.sync_mode is SyncMode.incremental
            and configured.destination_sync_mode is DestinationSyncMode.append
        )
        if is_appended and name in whole:
            raise config_error(
                f"The catalog file asks for {name} incrementally, which BILL does not offer: "
                "choose full refresh for it."
            )


def read_state(path: str | None) -> list[AirbyteStateMessage]:
    """Read what an earlier read printed; nothing, null and empty ones are no state.

    Raises:
        ConnectorError: the file holds something else. What were silently passed over would read
            everything again.
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
            "The state file is not a list of Airbyte state messages: pass what an earlier read "
            "printed, or none.",
            str(error),
        ) from error


def _state_message(item: Any) -> AirbyteStateMessage:
    message: AirbyteStateMessage = AirbyteStateMessageSerializer.load(item)
    if message.type is not AirbyteStateType.STREAM or message.stream is None:
        raise ValueError(f"a message of type {message.type}")
    _text(message.stream.stream_descriptor.name)
    if not isinstance(item["stream"].get("stream_state"), dict | None):
        raise TypeError("a stream_state that is no object")
    return message


def _text(name: object) -> str:
    """Give a stream's name, which the CDK does not hold to be text."""
    if not isinstance(name, str):
        raise TypeError(f"a {type(name).__name__} as stream name")
    return name


def _read_json(path: str, what: str) -> Any:
    """Read a JSON file in UTF-8, or in UTF-16 or UTF-32 as some editors save it."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise config_error(f"The {what} file {path} cannot be read: {error.strerror}.") from error
    try:
        return json.loads(content)
    except UnicodeDecodeError as error:
        # its own words would quote a byte, which may be one of a password's
        raise config_error(
            f"The {what} file {path} is not text in UTF-8: save it in that encoding."
        ) from error
    except ValueError as error:
        raise _not_json(path, what, str(error)) from error
    except RecursionError as error:
        raise _not_json(path, what, "too many brackets within each other") from error


def _not_json(path: str, what: str, why: str) -> ConnectorError:
    return config_error(f"The {what} file {path} is not valid JSON: {why}.")
