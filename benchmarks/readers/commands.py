"""The commands that are measured: the connector's, and other ways to read the same bills."""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import CHECKOUT, environment

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Json = dict[str, Any]

DLT_PYTHON = CHECKOUT / "benchmarks" / ".venv" / "bin" / "python"
_IMAGE_PYTHON = CHECKOUT / ".tools" / "image" / "bin" / "python"
# The environment of development has packages that the CDK imports where it finds them, such as
# boto3, which PyAirbyte needs. The image does not have them, and starts faster.
CONNECTOR_PYTHON = str(_IMAGE_PYTHON) if _IMAGE_PYTHON.exists() else sys.executable
"""A Python with the packages of the image, if `make benchmark` has created its environment."""
OURS = tuple(
    shlex.split(
        os.environ.get("CONNECTOR", str(Path(CONNECTOR_PYTHON).with_name("source-billcom")))
    )
)
"""The connector's command. The variable CONNECTOR names another build to measure instead."""
CDK_RECORD_OUTPUT = (CONNECTOR_PYTHON, "-m", "benchmarks.readers.cdk_record_output")
STOCK = (CONNECTOR_PYTHON, "-m", "benchmarks.readers.stock_manifest")
_BILLS = "/v3/bills"


@dataclass(frozen=True)
class Files:
    """The JSON files of one command, in a folder of their own."""

    folder: Path

    def write(self, name: str, content: Any) -> str:
        """Write a file and return its path."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def read(self, name: str) -> Any:
        """Read a file that `write` or a command has written."""
        return json.loads((self.folder / f"{name}.json").read_bytes())


def read_command(
    program: Sequence[str],
    files: Files,
    config: Mapping[str, Any],
    streams: Collection[str] | None = None,
    state: Sequence[Json] | None = None,
) -> list[str]:
    """Build the command line of a connector's `read` of these streams, or of all of them.

    Streams are read incrementally where they can be.
    """
    catalog = configured(discovered(tuple(program)), streams)
    command = [*program, "read", "--config", files.write("config", config)]
    command += ["--catalog", files.write("catalog", catalog)]
    if state is not None:
        command += ["--state", files.write("state", list(state))]
    return command


@functools.cache
def discovered(program: tuple[str, ...]) -> tuple[Json, ...]:
    """Return the streams that a connector's `discover` prints. It makes no call to BILL."""
    config = {
        "username": "made-up-user",
        "password": "made-up-password",
        "organization_id": "00802MADEUP",
        "dev_key": "made-up-developer-key",
        "base_url": "http://127.0.0.1:9/connect",  # ignore-https-check
        "anchor_date": "2000-01-01",
    }
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        path = Files(Path(folder)).write("config", config)
        output = subprocess.run(
            [*program, "discover", "--config", path],
            check=True,
            capture_output=True,
            cwd=CHECKOUT,
            env=environment(),
        ).stdout
    messages = map(json.loads, output.splitlines())
    (catalog,) = (m["catalog"] for m in messages if m["type"] == "CATALOG")
    return tuple(catalog["streams"])


def configured(streams: Collection[Json], wanted: Collection[str] | None) -> Json:
    """Build a configured catalog of the wanted streams, or of all of them."""
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
class Reader:
    """A way to read bills: its name in the table and its command line."""

    name: str
    command: tuple[str, ...]


def connector(files: Files, config: Mapping[str, Any]) -> Reader:
    """Return the connector itself."""
    return Reader("source-billcom", tuple(read_command(OURS, files, config, ["bills"])))


def bills_readers(files: Files, config: Mapping[str, Any]) -> list[Reader]:
    """Return all readers that this machine can run.

    dlt is among them only if `make benchmark` has created its environment.
    """
    python = sys.executable
    path = files.write("config", config)
    stock = Files(files.folder / "stock")
    stock.folder.mkdir(exist_ok=True)
    found = [
        connector(files, config),
        Reader("stock manifest", tuple(read_command(STOCK, stock, config, ["bills"]))),
        Reader("bare loop", (python, "-m", "benchmarks.readers.bare_loop", path)),
        Reader("one list at a time", (python, "-m", "benchmarks.readers.one_list", path, _BILLS)),
    ]
    if DLT_PYTHON.exists():
        script = str(Path(__file__).with_name("dlt_rest_api.py"))
        found.append(Reader("dlt rest_api", (str(DLT_PYTHON), script, path)))
    return found
