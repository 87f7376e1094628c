"""The connector's own command line, run as a subprocess, and what it said as one frozen value."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from airbyte_cdk.models import AirbyteMessageSerializer

from testing.rows import assert_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

Json = dict[str, Any]

COMMAND = (str(Path(sys.executable).with_name("source-billcom")),)
MAIN_PY = (sys.executable, str(Path(__file__).parents[1] / "main.py"))
FAST_CLOCK = (sys.executable, "-m", "testing.fast_clock")
CHECKOUT = Path(__file__).parents[1]
_LONGEST_SECONDS = 120


@dataclass(frozen=True)
class Result:
    """One run of a command. Every line of `stdout` has been found to be an Airbyte message."""

    exit_code: int
    stdout: str = field(repr=False)
    stderr: str
    seconds: float
    messages: tuple[Json, ...] = field(repr=False)

    def of_type(self, kind: str) -> list[Json]:
        """Give the messages of a type, such as RECORD, without their envelope."""
        field = {"CONNECTION_STATUS": "connectionStatus"}.get(kind, kind.lower())
        return [message[field] for message in self.messages if message["type"] == kind]

    @functools.cached_property
    def records(self) -> dict[str, list[Json]]:
        """The records' data by stream, in order."""
        found: dict[str, list[Json]] = {}
        for record in self.of_type("RECORD"):
            found.setdefault(record["stream"], []).append(record["data"])
        return found

    @property
    def states(self) -> list[Json]:
        """The state messages in order, each with stream, stream_state and record_count."""
        return [
            {
                "stream": state["stream"]["stream_descriptor"]["name"],
                "stream_state": state["stream"].get("stream_state"),
                "record_count": state.get("sourceStats", {}).get("recordCount"),
            }
            for state in self.of_type("STATE")
        ]

    @property
    def newest_states(self) -> dict[str, Json]:
        """The last state of each stream."""
        return {state["stream"]: state["stream_state"] for state in self.states}

    @property
    def state_file(self) -> list[Json]:
        """The last state message of each stream, as a later read takes them."""
        newest = {s["stream"]["stream_descriptor"]["name"]: s for s in self.of_type("STATE")}
        return list(newest.values())

    @property
    def statuses(self) -> dict[str, list[str]]:
        """The statuses of each stream in order: STARTED, RUNNING, COMPLETE or INCOMPLETE."""
        found: dict[str, list[str]] = {}
        for trace in self.of_type("TRACE"):
            if trace["type"] == "STREAM_STATUS":
                status = trace["stream_status"]
                name = status["stream_descriptor"]["name"]
                found.setdefault(name, []).append(status["status"])
        return found

    @property
    def errors(self) -> list[Json]:
        """The TRACE ERROR messages: message, internal_message, failure_type, stream_descriptor."""
        return [t["error"] for t in self.of_type("TRACE") if t["type"] == "ERROR"]

    @property
    def logs(self) -> list[str]:
        """The log lines, without their level."""
        return [log["message"] for log in self.of_type("LOG")]

    @property
    def warnings(self) -> list[str]:
        """The log lines of level WARN."""
        return [log["message"] for log in self.of_type("LOG") if log["level"] == "WARN"]

    @property
    def connection_status(self) -> Json:
        """What `check` found: status and message."""
        (status,) = self.of_type("CONNECTION_STATUS")
        return dict(status)

    @property
    def sentence(self) -> str:
        """The one thing a failed run tells its user.

        What `check` found, or the message of the only TRACE ERROR.
        """
        if self.of_type("CONNECTION_STATUS"):
            return str(self.connection_status["message"])
        (error,) = self.errors
        return str(error["message"])

    def sentence_of(self, stream: str) -> str:
        """Give the message of the only TRACE ERROR about a stream."""
        (error,) = (e for e in self.errors if _stream_of(e) == stream)
        return str(error["message"])


def _stream_of(error: Json) -> str | None:
    name: str | None = (error.get("stream_descriptor") or {}).get("name")
    return name


class Running:
    """A command under way: its messages as they come, and signals to it."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], **files: Any
    ) -> None:
        """Start `command` with `--name <file>` for each of `files`, whose values become JSON."""
        self._folder = tempfile.TemporaryDirectory(prefix="connector-")
        arguments = list(command)
        for name, content in files.items():
            path = Path(self._folder.name) / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        self._debug = "--debug" in arguments
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=CHECKOUT,
            env={**os.environ, "NO_PROXY": "*", **environment},
        )
        self._lines: list[str] = []
        self._stderr: list[str] = []
        # drained at the side, or a talkative stderr would block the command
        self._drain = threading.Thread(target=self._read_stderr, daemon=True)
        self._drain.start()
        self._watchdog = threading.Timer(_LONGEST_SECONDS, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def messages(self) -> Iterator[Json]:
        """Yield the messages as they are read; while nobody reads, the command's pipe fills up."""
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.append(line)
            yield json.loads(line)

    def read_until(self, is_it: Callable[[Json], bool]) -> Self:
        """Read up to the first message that `is_it`."""
        assert any(is_it(message) for message in self.messages()), "no such message came"
        return self

    def terminate(self) -> Self:
        """Send SIGTERM, as platforms do to cancel a sync."""
        self._process.send_signal(signal.SIGTERM)
        return self

    def kill(self) -> Self:
        """Send SIGKILL, as a machine that runs out of memory does."""
        self._process.kill()
        return self

    def finish(self, *, last_line_may_be_cut: bool = False) -> Result:
        """Read the rest, wait for the end and give the result."""
        assert self._process.stdout
        with self._process.stdout as stdout:
            self._lines += stdout.readlines()
        code = self._process.wait()
        seconds = time.monotonic() - self._began
        self._watchdog.cancel()
        self._drain.join()
        self._folder.cleanup()
        if last_line_may_be_cut and self._lines and not self._lines[-1].endswith("\n"):
            self._lines.pop()
        stdout_text = "".join(self._lines)
        messages = tuple(_message(line, debug=self._debug) for line in self._lines)
        _assert_records_fit(messages)
        return Result(code, stdout_text, "".join(self._stderr), seconds, messages)

    def _read_stderr(self) -> None:
        assert self._process.stderr
        with self._process.stderr as stream:
            self._stderr += stream.readlines()


class Connector:
    """The connector with one configuration.

    `program` is how it is started: `COMMAND`, `MAIN_PY`, or `FAST_CLOCK` with which the
    connector's waits take no time. Keywords change the configuration; None takes a key away.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        program: Sequence[str] = COMMAND,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.config = dict(config)
        self._program = tuple(program)
        self._environment = dict(environment or {})

    def having(self, **changes: Any) -> Connector:
        """Give the connector with some keys of its configuration changed."""
        changed = {k: v for k, v in {**self.config, **changes}.items() if v is not None}
        return Connector(changed, self._program, self._environment)

    def by(self, program: Sequence[str], **environment: str) -> Connector:
        """Give the connector started in another way."""
        return Connector(self.config, program, environment)

    def spec(self) -> Result:
        return self._start("spec").finish()

    def check(self, *flags: str) -> Result:
        return self._start("check", *flags, config=self.config).finish()

    def discover(self) -> Result:
        return self._start("discover", config=self.config).finish()

    def read(
        self,
        streams: Collection[str] | None = None,
        state: list[Json] | None = None,
        *flags: str,
        full_refresh: bool | Collection[str] = False,
    ) -> Result:
        """Read `streams`, all by default, incrementally where that can be.

        `full_refresh` names the streams to read whole all the same; True is all of them.
        """
        return self.start_read(streams, state, *flags, full_refresh=full_refresh).finish()

    def start_read(
        self,
        streams: Collection[str] | None = None,
        state: list[Json] | None = None,
        *flags: str,
        full_refresh: bool | Collection[str] = False,
    ) -> Running:
        """Begin to read, and go on with the test meanwhile."""
        files: Json = {
            "config": self.config,
            "catalog": configured_catalog(streams, full_refresh=full_refresh),
        }
        if state is not None:
            files["state"] = state
        return self._start("read", *flags, **files)

    def _start(self, *arguments: str, **files: Any) -> Running:
        return Running([*self._program, *arguments], self._environment, **files)


def _assert_records_fit(messages: Sequence[Json]) -> None:
    """Hold every record of every run against its stream's schema."""
    for message in messages:
        if message["type"] == "RECORD":
            record = message["record"]
            assert_fits([record["data"]], record["stream"], schema_of(record["stream"]))


@functools.cache
def catalog() -> tuple[Json, ...]:
    """Give the streams as `discover` has them; asked once, no configuration changes them."""
    names = ("username", "password", "organization_id", "dev_key")
    discovered = Connector(dict.fromkeys(names, "made-up-value")).discover()
    assert discovered.exit_code == 0, discovered.stdout
    (found,) = discovered.of_type("CATALOG")
    return tuple(found["streams"])


@functools.cache
def schema_of(stream: str) -> Json:
    """Give the JSON schema of a stream."""
    (schema,) = (s["json_schema"] for s in catalog() if s["name"] == stream)
    return dict(schema)


def configured_catalog(
    streams: Collection[str] | None = None, *, full_refresh: bool | Collection[str] = False
) -> Json:
    """Make a configured catalog of the `streams`, in the order of discover."""
    chosen = [s for s in catalog() if streams is None or s["name"] in streams]
    if isinstance(full_refresh, bool):
        full_refresh = {s["name"] for s in chosen} if full_refresh else ()
    return {"streams": [_configured(s, whole=s["name"] in full_refresh) for s in chosen]}


def _configured(stream: Json, *, whole: bool) -> Json:
    incremental = "incremental" in stream["supported_sync_modes"] and not whole
    return {
        "stream": stream,
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field", []),
        "primary_key": stream.get("source_defined_primary_key", []),
    }


def _message(line: str, *, debug: bool) -> Json:
    """Read a line of stdout, which must be an Airbyte message.

    With --debug the CDK adds lines of a type of its own, DEBUG, which platforms take as text.
    """
    try:
        message: Json = json.loads(line)
        if not (debug and message["type"] == "DEBUG"):
            AirbyteMessageSerializer.load(message)
    except Exception as error:
        raise AssertionError(f"not an Airbyte message: {line[:500]!r}") from error
    return message
