"""Writes the files that repeat the table of streams, from the manifest: `make generate`.

They exist on disk because Airbyte's tools and readers look for them there: the configured catalogs,
states and expected records of the acceptance tests, the table of streams in the documentation, the
entity diagram, and the figures of the last benchmark.
`test_acceptance_files.py` fails while one of them is out of date.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

from benchmarks import figures
from integration_tests.acceptance import FOLDER, acceptance_emulator, config
from integration_tests.entities import page as entities_page
from integration_tests.entities.picture import svg
from integration_tests.entities.references import all_id_fields
from testing.catalog import configured_catalog
from testing.connector import CHECKOUT, FORKED, Connector
from testing.streams import INCREMENTAL, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from testing.rows import Json

EXPECTED_RECORDS = FOLDER / "expected_records.jsonl"
PAGE = CHECKOUT / "docs" / "source-billcom.md"
ENTITIES = CHECKOUT / "docs" / "entities.md"
_TABLE = re.compile(r"^(\| Stream +\| BILL API .*\n\|[ :|-]+\n)(?:\|.*\n)+", re.MULTILINE)
_SAMPLE_TIME = "2026-06-01T00:00:00.000Z"  # four weeks before the end of the company's history
_FUTURE_TIME = "2999-01-01T00:00:00.000Z"
_READ_AT = 1782777600000  # emitted_at, in milliseconds; nothing compares it


def catalogs_and_states() -> dict[Path, str]:
    """Return the content of the configured catalogs and of the states, by path."""
    return {
        FOLDER / "configured_catalog.json": _json(_without_schemas(configured_catalog())),
        FOLDER / "configured_catalog_full_refresh.json": _json(
            _without_schemas(configured_catalog(full_refresh=True))
        ),
        FOLDER / "sample_state.json": _json(_states(_SAMPLE_TIME)),
        FOLDER / "abnormal_state.json": _json(_states(_FUTURE_TIME)),
    }


def page() -> str:
    """Return the content of `PAGE`, with the table of streams as the manifest has it."""
    text, tables = _TABLE.subn(
        lambda found: found[1] + _stream_rows(found[0]), PAGE.read_text(encoding="utf-8")
    )
    assert tables == 1, f"{PAGE.name} needs exactly one table of streams"
    return text


def entities() -> dict[Path, str]:
    """Return the content of the entity diagram's page, source and picture, by path."""
    fields = all_id_fields()
    text = ENTITIES.read_text(encoding="utf-8")
    return {
        ENTITIES: entities_page.with_tables(text, fields),
        ENTITIES.with_suffix(".mmd"): entities_page.mermaid(fields),
        ENTITIES.with_suffix(".svg"): svg(fields),
    }


def expected_records(records: Mapping[str, list[Json]]) -> str:
    """Return the content of `EXPECTED_RECORDS`, given the records of a full refresh by stream.

    Of each stream it has the longest record and the shortest.
    """
    lines = [
        json.dumps({"stream": stream, "data": record, "emitted_at": _READ_AT})
        for stream, rows in records.items()
        for record in _longest_and_shortest(rows)
    ]
    return "".join(f"{line}\n" for line in sorted(lines))


def _without_schemas(catalog: Json) -> Json:
    """Leave out the schemas, of which a read needs nothing."""
    streams = [
        {**one, "stream": {**one["stream"], "json_schema": {}}} for one in catalog["streams"]
    ]
    return {"streams": streams}


def _states(updated_time: str) -> list[Json]:
    """Return one state message for each incremental stream."""
    states = [
        {"stream_descriptor": {"name": name}, "stream_state": {"updatedTime": updated_time}}
        for name in INCREMENTAL
    ]
    return [{"type": "STREAM", "stream": state} for state in states]


def _stream_rows(table: str) -> str:
    """Return the rows of the manifest, each with what the table now says about its stream."""
    cells = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()]
    about = {name: text for _, name, _, text, *_ in cells}
    lines = [
        f"| {stream.name} | `{stream.path}` | {about.get(stream.name, '')} | "
        f"Full Refresh{', Incremental' if stream.is_incremental else ''} |\n"
        for stream in STREAMS.values()
    ]
    return "".join(lines)


def _longest_and_shortest(records: Iterable[Json]) -> list[Json]:
    by_length = sorted(records, key=lambda record: (-len(json.dumps(record)), record["id"]))
    return [by_length[0], by_length[-1]]


def _json(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"


def _full_refresh() -> dict[str, list[Json]]:
    """Read the company of the acceptance tests."""
    with acceptance_emulator() as bill:
        connector = Connector(config("config", bill.root_url), FORKED)
        return connector.read(full_refresh=True).records


def main() -> None:
    """Write every file, and name those that changed."""
    records = expected_records(_full_refresh())
    contents = {
        **catalogs_and_states(),
        PAGE: page(),
        **entities(),
        **figures.contents(),
        EXPECTED_RECORDS: records,
    }
    for path, content in contents.items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(CHECKOUT)} was out of date\n")


if __name__ == "__main__":
    main()
