"""The connector through PyAirbyte, as its users run it, into a DuckDB file.

Import this module before `airbyte`: PyAirbyte reads these settings when it is imported.
"""

import os
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# PyAirbyte must not look for connectors or report its use over the network. The connector is
# installed on this machine, so BILL is the only address that is needed.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")

# Google's packages, which PyAirbyte imports for BigQuery, warn that support for Python 3.11 ends.
warnings.filterwarnings("ignore", category=FutureWarning)

import airbyte as ab  # noqa: E402 - after the settings
from airbyte.caches import CacheBase  # noqa: E402

CONNECTOR = Path(sys.executable).with_name("source-billcom")


@dataclass(frozen=True)
class Synced:
    """What one sync read: the number of rows by stream."""

    rows: Mapping[str, int]


def open_source(config: Mapping[str, Any]) -> ab.Source:
    """Return the connector with every stream selected.

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
    source.select_all_streams()
    return source


def open_duckdb(path: Path) -> ab.caches.DuckDBCache:
    """Open or create a DuckDB file for PyAirbyte to sync into."""
    return ab.caches.DuckDBCache(db_path=path, schema_name="main", cache_dir=path.parent / ".cache")


def sync(source: ab.Source, cache: CacheBase) -> Synced:
    """Sync the selected streams into `cache`.

    Incremental streams add new and changed rows. The others are read whole.
    """
    result = source.read(cache=cache)
    # PyAirbyte has no public access to these figures once the sync is over
    progress = result._progress_tracker  # noqa: SLF001
    return Synced({name: progress.stream_read_counts.get(name, 0) for name in result})
