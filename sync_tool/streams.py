"""The connector's streams, read from its manifest without importing the connector's code.

That import takes seconds, and a wrong stream name must be refused at once.
"""

import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

_PACKAGE = "source_billcom"


@dataclass(frozen=True)
class Stream:
    """One stream. `is_incremental`: BILL can filter it by updatedTime."""

    name: str
    is_incremental: bool
    primary_key: tuple[str, ...]

    def json_schema(self) -> dict[str, Any]:
        """Read the stream's JSON schema."""
        schema: dict[str, Any] = json.loads(_file(f"schemas/{self.name}.json"))
        return schema


@cache
def declared_streams() -> Mapping[str, Stream]:
    """Return every stream of the connector by name, in the manifest's order."""
    manifest = yaml.safe_load(_file("manifest.yaml"))
    resolved = [_resolved(stream, manifest["definitions"]) for stream in manifest["streams"]]
    streams = [
        Stream(
            stream["$parameters"]["name"],
            is_incremental="incremental_sync" in stream,
            primary_key=tuple(stream["primary_key"]),
        )
        for stream in resolved
    ]
    return {stream.name: stream for stream in streams}


def _resolved(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a component with the fields of the definition that it refers to."""
    reference = node.get("$ref")
    if reference is None:
        return dict(node)
    definition = definitions[reference.removeprefix("#/definitions/")]
    return {**_resolved(definition, definitions), **node}


def _file(name: str) -> bytes:
    content = pkgutil.get_data(_PACKAGE, name)
    if content is None:
        raise FileNotFoundError(name)
    return content
