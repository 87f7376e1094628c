"""Catalogs that are wrong, or only look it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from reliability.cases.bad_input import Case, Json, Taken, Told, as_bytes, told

if TYPE_CHECKING:
    from datetime import datetime

_NOT_A_CATALOG = "not a configured Airbyte catalog"
_WHOLE: dict[str, datetime | None] = {"bills": None, "roles": None}


def catalogs(good: Json, catalog: Json) -> list[Case]:
    """Give every case; `catalog` has bills, read incrementally, and roles."""
    table = [*_files(catalog), *_streams(catalog)]
    return [
        Case(name, expected, as_bytes(good), as_bytes(content)) for name, content, expected in table
    ]


def _files(catalog: Json) -> list[tuple[str, Any, Told | Taken]]:
    text = json.dumps(catalog)
    discovered = {"streams": [configured["stream"] for configured in catalog["streams"]]}
    return [
        ("an empty catalog file", "", told("catalog file", "not valid JSON")),
        ("a catalog cut in two", text[: len(text) // 2], told("not valid JSON")),
        ("a catalog with a byte order mark", "\ufeff" + text, Taken("UTF-8", _WHOLE)),
        ("a catalog in UTF-16", text.encode("utf-16"), Taken("UTF-16", _WHOLE)),
        ("a catalog in latin-1", b'{"streams": "\xfc"}', told("UTF-8")),
        ("a catalog 100,000 deep", '{"streams":' * 100_000, told("not valid JSON")),
        ("a list as catalog", catalog["streams"], told(_NOT_A_CATALOG)),
        ("null as catalog", "null", told(_NOT_A_CATALOG)),
        ("a catalog without streams", {}, told(_NOT_A_CATALOG)),
        ("a catalog of no stream", {"streams": []}, told("no stream")),
        ("null as streams", {"streams": None}, told(_NOT_A_CATALOG)),
        ("an object as streams", {"streams": {}}, told(_NOT_A_CATALOG)),
        ("null among the streams", {"streams": [None]}, told(_NOT_A_CATALOG)),
        ("names as streams", {"streams": ["bills"]}, told(_NOT_A_CATALOG)),
        ("what discover prints", {"type": "CATALOG", "catalog": discovered}, told(_NOT_A_CATALOG)),
        ("streams that nobody configured", discovered, told(_NOT_A_CATALOG)),
    ]


def _streams(catalog: Json) -> list[tuple[str, Any, Told | Taken]]:
    def bills(**changes: Any) -> Json:
        return _changed(catalog, 0, changes)

    def roles(**changes: Any) -> Json:
        return _changed(catalog, 1, changes)

    stream = catalog["streams"][0]["stream"]
    empty = {**stream, "json_schema": {}}
    other = {**stream, "name": "checks"}
    named = {**stream, "name": 7}
    twice = {"streams": [*catalog["streams"], catalog["streams"][0]]}
    unknown = told("streams that this connector does not have", "checks")
    return [
        ("no sync mode", bills(sync_mode=None), told(_NOT_A_CATALOG)),
        ("a sync mode of the future", bills(sync_mode="cdc"), told(_NOT_A_CATALOG)),
        ("a number as sync mode", bills(sync_mode=1), told(_NOT_A_CATALOG)),
        ("no destination mode", bills(destination_sync_mode=None), told(_NOT_A_CATALOG)),
        ("a stream without a name", bills(stream={"json_schema": {}}), told(_NOT_A_CATALOG)),
        ("a number as name", bills(stream=named), told(_NOT_A_CATALOG)),
        ("a text as cursor field", bills(cursor_field="updatedTime"), told(_NOT_A_CATALOG)),
        ("a stream that does not exist", bills(stream=other), unknown),
        ("a stream in capitals", bills(stream={**stream, "name": "Bills"}), told("have", "Bills")),
        ("a stream twice", twice, told("bills", "more than once")),
        (
            "incremental where it cannot be",
            roles(sync_mode="incremental", destination_sync_mode="append"),
            told("roles", "incr"),
        ),
        ("as PyAirbyte asks for it", roles(sync_mode="incremental"), Taken("whole", _WHOLE)),
        ("another cursor field", bills(cursor_field=["x"]), Taken("the stream's own", _WHOLE)),
        ("no cursor field", bills(cursor_field=[]), Taken("the stream's own", _WHOLE)),
        ("another primary key", bills(primary_key=[["x"]]), Taken("the destination's", _WHOLE)),
        ("a schema of nothing", bills(stream=empty), Taken("the stream's own", _WHOLE)),
        ("more than a catalog has", bills(colour="red"), Taken("left aside", _WHOLE)),
    ]


def _changed(catalog: Json, place: int, changes: Json) -> Json:
    """Change one stream of the catalog; None takes a key away."""
    changed = copy.deepcopy(catalog)
    configured = {**changed["streams"][place], **changes}
    changed["streams"][place] = {k: v for k, v in configured.items() if v is not None}
    return changed
