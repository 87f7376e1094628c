"""The catalog as `discover` gives it, and configured catalogs made from it."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, Type

from source_billcom.source import SourceBillcom

if TYPE_CHECKING:
    from collections.abc import Collection

    from testing.rows import Json

_ANY_CONFIG = dict.fromkeys(("username", "password", "organization_id", "dev_key"), "made-up-value")


@functools.cache
def catalog() -> tuple[Json, ...]:
    """Return the streams as `discover` lists them, for any configuration.

    They are discovered in this process, because starting the command takes seconds. A test of the
    command `discover` checks that it prints the same.
    """
    found = SourceBillcom(config=_ANY_CONFIG).discover(logging.getLogger("airbyte"), _ANY_CONFIG)
    message = AirbyteMessageSerializer.dump(AirbyteMessage(type=Type.CATALOG, catalog=found))
    return tuple(message["catalog"]["streams"])


@functools.cache
def schema_of(stream: str) -> Json:
    """Return the JSON schema of a stream."""
    (schema,) = (s["json_schema"] for s in catalog() if s["name"] == stream)
    return dict(schema)


def configured_catalog(
    streams: Collection[str] | None = None, *, full_refresh: bool | Collection[str] = False
) -> Json:
    """Return a configured catalog of `streams` (all by default) in the order of `discover`.

    Streams are read incrementally where they can be, except those that `full_refresh` names; True
    means all of them.
    """
    chosen = [s for s in catalog() if streams is None or s["name"] in streams]
    if isinstance(full_refresh, bool):
        full_refresh = {s["name"] for s in chosen} if full_refresh else ()
    return {"streams": [_configured(s, whole=s["name"] in full_refresh) for s in chosen]}


def _configured(stream: Json, *, whole: bool) -> Json:
    incremental = "incremental" in stream["supported_sync_modes"] and not whole
    return {
        "stream": stream,
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field", []),
        "primary_key": stream.get("source_defined_primary_key", []),
    }
