"""The connector's streams, read from its manifest: the one table that tests and tools use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MANIFEST_PATH = Path(__file__).parents[1] / "source_billcom" / "manifest.yaml"


@dataclass(frozen=True)
class StreamDeclaration:
    """One stream as the manifest declares it.

    Attributes:
        path: below the base URL.
        sort: the order requested of a list that is not incremental; None for none.

    """

    name: str
    path: str
    is_incremental: bool
    sort: str | None


def load_manifest() -> dict[str, Any]:
    """Read the manifest as it is written, its references not resolved."""
    manifest: dict[str, Any] = yaml.safe_load(MANIFEST_PATH.read_text(encoding="utf-8"))
    return manifest


def _declaration(stream: Mapping[str, Any], definitions: Mapping[str, Any]) -> StreamDeclaration:
    parameters = stream["$parameters"]
    definition = definitions[stream["$ref"].removeprefix("#/definitions/")]
    is_incremental = "incremental_sync" in definition
    return StreamDeclaration(
        parameters["name"], parameters["list_path"], is_incremental, parameters.get("sort")
    )


_MANIFEST = load_manifest()

STREAMS: Mapping[str, StreamDeclaration] = {
    stream["$parameters"]["name"]: _declaration(stream, _MANIFEST["definitions"])
    for stream in _MANIFEST["streams"]
}
"""Every stream, in the manifest's order."""

INCREMENTAL = tuple(name for name, stream in STREAMS.items() if stream.is_incremental)
"""The names of the streams that BILL can filter by updatedTime."""

FULL_REFRESH = tuple(name for name, stream in STREAMS.items() if not stream.is_incremental)
"""The names of the streams that every sync reads whole."""


def load_schema(stream: str) -> dict[str, Any]:
    """Read a stream's JSON schema."""
    path = MANIFEST_PATH.with_name("schemas") / f"{stream}.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema
