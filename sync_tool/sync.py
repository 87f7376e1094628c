"""One sync of the installed connector through PyAirbyte."""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import airbyte as ab
from airbyte.caches import CacheBase

CONNECTOR = Path(sys.executable).with_name("source-billcom")


@dataclass(frozen=True)
class Synced:
    """What one sync read, by stream: the number of rows, and the seconds they took."""

    rows: Mapping[str, int]
    seconds: Mapping[str, float]


def open_source(config: Mapping[str, Any], without: Collection[str] = ()) -> ab.Source:
    """Return the connector with every stream selected except those in `without`.

    Raises:
        PyAirbyteError: the connector's check failed. The error's context has the reason.
    """
    source = ab.get_source(
        "source-billcom",
        config=dict(config),
        local_executable=CONNECTOR,
        install_if_missing=False,
    )
    source.check()
    source.select_streams([name for name in source.get_available_streams() if name not in without])
    return source


def check_message(config_path: Path) -> str | None:
    """Run the connector's check and return its message, or None if it has none.

    A check that succeeds can still have a message, for example about streams that the user may not
    read. PyAirbyte does not pass it on.
    """
    command = [str(CONNECTOR), "check", "--config", str(config_path)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    for line in output.splitlines():
        message = json.loads(line)
        if message["type"] == "CONNECTION_STATUS":
            text: str | None = message["connectionStatus"].get("message")
            return text
    return None


def sync(source: ab.Source, cache: CacheBase) -> Synced:
    """Sync the selected streams into `cache`.

    Incremental streams add new and changed rows. The others are read whole.
    """
    result = source.read(cache=cache)
    # PyAirbyte has no public access to these figures once the sync is over
    progress = result._progress_tracker  # noqa: SLF001
    ends = progress.stream_read_end_times
    return Synced(
        rows={name: progress.stream_read_counts.get(name, 0) for name in result},
        seconds={
            name: ends[name] - start
            for name, start in progress.stream_read_start_times.items()
            if name in ends
        },
    )
