"""Catalogs that are wrong or look wrong."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from reliability.cases.input_case import Accepted, Case, Json, Rejected, as_bytes
from reliability.cases.messages import (
    NO_STREAM,
    NOT_A_CATALOG,
    NOT_INCREMENTAL,
    NOT_JSON,
    NOT_UTF_8,
    STREAM_TWICE,
    UNKNOWN_STREAMS,
)

if TYPE_CHECKING:
    from datetime import datetime

_WHOLE: dict[str, datetime | None] = {"bills": None, "roles": None}


def catalogs(good: Json, catalog: Json) -> list[Case]:
    """Return all cases. `catalog` has bills, read incrementally, and roles."""
    table = [*_files(catalog), *_streams(catalog)]
    return [
        Case(name, expected, as_bytes(good), as_bytes(content)) for name, content, expected in table
    ]


def _files(catalog: Json) -> list[tuple[str, Any, Rejected | Accepted]]:
    text = json.dumps(catalog)
    discovered = {"streams": [configured["stream"] for configured in catalog["streams"]]}
    return [
        ("an empty catalog file", "", NOT_JSON.naming("catalog file")),
        ("a catalog cut in two", text[: len(text) // 2], NOT_JSON),
        ("a catalog with a byte order mark", "\ufeff" + text, Accepted("UTF-8", _WHOLE)),
        ("a catalog in UTF-16", text.encode("utf-16"), Accepted("UTF-16", _WHOLE)),
        ("a catalog in latin-1", b'{"streams": "\xfc"}', NOT_UTF_8),
        ("a catalog 100,000 deep", '{"streams":' * 100_000, NOT_JSON),
        ("a list as catalog", catalog["streams"], NOT_A_CATALOG),
        ("null as catalog", "null", NOT_A_CATALOG),
        ("a catalog without streams", {}, NOT_A_CATALOG),
        ("a catalog of no stream", {"streams": []}, NO_STREAM),
        ("null as streams", {"streams": None}, NOT_A_CATALOG),
        ("an object as streams", {"streams": {}}, NOT_A_CATALOG),
        ("null among the streams", {"streams": [None]}, NOT_A_CATALOG),
        ("names as streams", {"streams": ["bills"]}, NOT_A_CATALOG),
        (
            "what discover prints",
            {"type": "CATALOG", "catalog": discovered},
            NOT_A_CATALOG,
        ),
        ("streams as discover lists them", discovered, NOT_A_CATALOG),
    ]


def _streams(catalog: Json) -> list[tuple[str, Any, Rejected | Accepted]]:
    def bills(**changes: Any) -> Json:
        return _changed(catalog, 0, changes)

    def roles(**changes: Any) -> Json:
        return _changed(catalog, 1, changes)

    stream = catalog["streams"][0]["stream"]
    empty = {**stream, "json_schema": {}}
    other = {**stream, "name": "checks"}
    named = {**stream, "name": 7}
    twice = {"streams": [*catalog["streams"], catalog["streams"][0]]}
    unknown = UNKNOWN_STREAMS.naming("checks")
    return [
        ("no sync mode", bills(sync_mode=None), NOT_A_CATALOG),
        ("an unknown sync mode", bills(sync_mode="cdc"), NOT_A_CATALOG),
        ("a number as sync mode", bills(sync_mode=1), NOT_A_CATALOG),
        (
            "no destination mode",
            bills(destination_sync_mode=None),
            NOT_A_CATALOG,
        ),
        (
            "a stream without a name",
            bills(stream={"json_schema": {}}),
            NOT_A_CATALOG,
        ),
        ("a number as name", bills(stream=named), NOT_A_CATALOG),
        (
            "a text as cursor field",
            bills(cursor_field="updatedTime"),
            NOT_A_CATALOG,
        ),
        ("a stream that does not exist", bills(stream=other), unknown),
        (
            "a stream in capitals",
            bills(stream={**stream, "name": "Bills"}),
            UNKNOWN_STREAMS.naming("Bills"),
        ),
        ("a stream twice", twice, STREAM_TWICE.naming("bills")),
        (
            "incremental for a full-refresh stream",
            roles(sync_mode="incremental", destination_sync_mode="append"),
            NOT_INCREMENTAL.naming("roles"),
        ),
        (
            "what PyAirbyte requests",
            roles(sync_mode="incremental"),
            Accepted("full refresh", _WHOLE),
        ),
        ("another cursor field", bills(cursor_field=["x"]), Accepted("the stream's own", _WHOLE)),
        ("no cursor field", bills(cursor_field=[]), Accepted("the stream's own", _WHOLE)),
        ("another primary key", bills(primary_key=[["x"]]), Accepted("the destination's", _WHOLE)),
        ("an empty schema", bills(stream=empty), Accepted("the stream's own", _WHOLE)),
        ("an unknown field", bills(colour="red"), Accepted("ignored", _WHOLE)),
    ]


def _changed(catalog: Json, index: int, changes: Json) -> Json:
    """Change one stream of the catalog. The value None removes a key."""
    changed = copy.deepcopy(catalog)
    configured = {**changed["streams"][index], **changes}
    changed["streams"][index] = {k: v for k, v in configured.items() if v is not None}
    return changed
