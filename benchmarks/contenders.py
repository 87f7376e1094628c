"""Who is measured: the connector, and other ways to read the same bills."""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import CHECKOUT, environment

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Json = dict[str, Any]

OURS = tuple(
    shlex.split(os.environ.get("CONNECTOR", str(Path(sys.executable).with_name("source-billcom"))))
)
"""The connector's command; CONNECTOR names another build of it, to hold against this one."""
STOCK = (sys.executable, "-m", "benchmarks.stock_manifest")
DLT_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"
_BILLS = "/v3/bills"


@dataclass(frozen=True)
class Files:
    """The files of one command, in a folder of their own."""

    folder: Path

    def write(self, name: str, content: Any) -> str:
        """Write JSON and give its path."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def read(self, name: str) -> Any:
        """Read what was written, or what a command left here."""
        return json.loads((self.folder / f"{name}.json").read_bytes())


def read_command(
    program: Sequence[str],
    files: Files,
    config: Mapping[str, Any],
    streams: Collection[str] | None = None,
    state: Sequence[Json] | None = None,
) -> list[str]:
    """Give the command line of an Airbyte connector's incremental `read`; all streams if None."""
    catalog = configured(discovered(tuple(program)), streams)
    command = [*program, "read", "--config", files.write("config", config)]
    command += ["--catalog", files.write("catalog", catalog)]
    if state is not None:
        command += ["--state", files.write("state", list(state))]
    return command


@functools.cache
def discovered(program: tuple[str, ...]) -> tuple[Json, ...]:
    """Give the streams that `discover` names; it needs a configuration, and makes no call."""
    config = {
        "username": "made-up-user",
        "password": "made-up-password",
        "organization_id": "00802MADEUP",
        "dev_key": "made-up-developer-key",
        "base_url": "http://127.0.0.1:9/connect",
        "anchor_date": "2000-01-01",
    }
    # a file of /dev/fd would do, but not for every program
    path = CHECKOUT / ".tmp" / "benchmark-discover.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(config))
    output = subprocess.run(
        [*program, "discover", "--config", str(path)],
        check=True,
        capture_output=True,
        cwd=CHECKOUT,
        env=environment(),
    ).stdout
    messages = map(json.loads, output.splitlines())
    (catalog,) = (m["catalog"] for m in messages if m["type"] == "CATALOG")
    return tuple(catalog["streams"])


def configured(streams: Collection[Json], wanted: Collection[str] | None) -> Json:
    """Make a configured catalog, incremental wherever that can be."""
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": "incremental" if _is_incremental(stream) else "full_refresh",
                "destination_sync_mode": "append_dedup" if _is_incremental(stream) else "overwrite",
                "cursor_field": stream.get("default_cursor_field", []),
                "primary_key": stream.get("source_defined_primary_key", []),
            }
            for stream in streams
            if wanted is None or stream["name"] in wanted
        ]
    }


def _is_incremental(stream: Json) -> bool:
    return "incremental" in stream["supported_sync_modes"]


@dataclass(frozen=True)
class Contender:
    """A way to read bills: its name in the table and its command line."""

    name: str
    command: tuple[str, ...]


def connector(files: Files, config: Mapping[str, Any]) -> Contender:
    """Give the connector itself."""
    return Contender("source-billcom", tuple(read_command(OURS, files, config, ["bills"])))


def bills_contenders(files: Files, config: Mapping[str, Any]) -> list[Contender]:
    """Give all who can run here; dlt needs the environment that `make benchmark` makes."""
    python = sys.executable
    path = files.write("config", config)
    found = [
        connector(files, config),
        Contender("bare loop", (python, "-m", "benchmarks.bare_loop", path)),
        Contender("one list at a time", (python, "-m", "benchmarks.one_list", path, _BILLS)),
    ]
    stock = Files(files.folder / "stock")
    stock.folder.mkdir(exist_ok=True)
    found.insert(
        1, Contender("stock manifest", tuple(read_command(STOCK, stock, config, ["bills"])))
    )
    if DLT_PYTHON.exists():
        script = str(Path(__file__).with_name("dlt_rest_api.py"))
        found.append(Contender("dlt rest_api", (str(DLT_PYTHON), script, path)))
    return found
