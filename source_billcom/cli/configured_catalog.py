"""`discover --configured`: a catalog of all streams that `read` takes as it is.

A platform asks its user which streams to sync, and how, and writes the answer into a configured
catalog. Whoever runs `read` by hand would have to write it by hand.
"""

import sys

import orjson
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)

CONFIGURED = "--configured"


def configured_catalog(discovered: AirbyteCatalog) -> ConfiguredAirbyteCatalog:
    """Select every stream: incremental with deduplication where it can be, else a full refresh."""
    return ConfiguredAirbyteCatalog(streams=[_configured(stream) for stream in discovered.streams])


def print_configured_catalog(discovered: AirbyteCatalog) -> None:
    """Print the configured catalog as JSON, not as an Airbyte message."""
    content = ConfiguredAirbyteCatalogSerializer.dump(configured_catalog(discovered))
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    sys.stdout.write(orjson.dumps(content, option=option).decode())


def _configured(stream: AirbyteStream) -> ConfiguredAirbyteStream:
    is_incremental = SyncMode.incremental in stream.supported_sync_modes
    return ConfiguredAirbyteStream(
        stream=stream,
        sync_mode=SyncMode.incremental if is_incremental else SyncMode.full_refresh,
        destination_sync_mode=(
            DestinationSyncMode.append_dedup if is_incremental else DestinationSyncMode.overwrite
        ),
        cursor_field=stream.default_cursor_field if is_incremental else None,
        primary_key=stream.source_defined_primary_key,
    )
