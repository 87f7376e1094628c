"""Airbyte's acceptance files: what they hold, and how they reach an emulator that runs.

`python -m integration_tests.acceptance` writes `expected_records.jsonl` anew, after a wanted change
of the emulator's company or of what the connector makes of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_emulator.process import Emulator
from testing.connector import Connector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testing.rows import Json

FOLDER = Path(__file__).parent
EXPECTED_RECORDS = FOLDER / "expected_records.jsonl"
AS_OF = "2026-06-30"
INVALID = {
    "invalid_config_password": "BILL does not know this username and password",
    "invalid_config_dev_key": "BILL does not accept the developer key",
    "invalid_config_organization": "BILL does not know this organization ID",
    "invalid_config_base_url": "There is no BILL API at Base URL",
    "invalid_config_unreachable": "Cannot reach 127.0.0.1",
    "invalid_config_anchor_date": "Anchor Date 2999-01-31 lies in the future",
}
"""The invalid configurations, and how the sentence about each begins."""

_WRITTEN_FOR = "http://127.0.0.1:8900"  # where the committed configurations expect the emulator
_READ_AT = 1782777600000  # emitted_at, in milliseconds; of no meaning in expected records


def load(name: str) -> Any:
    """Give the content of one of the JSON files."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def config_names() -> list[str]:
    """Name the configurations, without `.json`."""
    paths = [*FOLDER.glob("*config.json"), *FOLDER.glob("*config_*.json")]
    return sorted(path.stem for path in paths)


def config(name: str, root_url: str) -> Json:
    """Give a configuration; where it means the emulator, pointed at `root_url`."""
    content: Json = load(f"{name}.json")
    return {**content, "base_url": content["base_url"].replace(_WRITTEN_FOR, root_url)}


def acceptance_emulator(**flags: Any) -> Emulator:
    """Prepare the one BILL that all these files are about."""
    organization = load("config.json")["organization_id"]
    return Emulator(seed=1, scale=0.05, as_of=AS_OF, organization_id=organization, **flags)


def expected_records() -> dict[str, list[Json]]:
    """Give the expected records by stream."""
    records: dict[str, list[Json]] = {}
    for line in EXPECTED_RECORDS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        records.setdefault(record["stream"], []).append(record["data"])
    return records


def _telling(records: Iterable[Json]) -> list[Json]:
    """Choose the longest record and the shortest."""
    by_length = sorted(records, key=lambda record: (-len(json.dumps(record)), record["id"]))
    return [by_length[0], by_length[-1]]


def _write_expected_records() -> None:
    with acceptance_emulator() as bill:
        read = Connector(config("config", bill.root_url)).read(full_refresh=True)
    lines = [
        json.dumps({"stream": stream, "data": record, "emitted_at": _READ_AT})
        for stream, records in read.records.items()
        for record in _telling(records)
    ]
    EXPECTED_RECORDS.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    _write_expected_records()
