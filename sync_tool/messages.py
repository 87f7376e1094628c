"""The messages that the reader prints, one on each line, as values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from source_billcom.times import parse_time
from sync_tool.plan import Start

# as source_billcom/cli/record_writer.py writes it: the row can be taken out without parsing it
_RECORD = re.compile(
    rb'\{"type":"RECORD","record":\{"stream":"([^"]+)","data":(\{.*\}),"emitted_at":[0-9]+\}\}'
)


@dataclass(frozen=True)
class Row:
    """One row as a JSON object in UTF-8."""

    stream: str
    content: bytes


@dataclass(frozen=True)
class StateOf:
    """The state of a stream after the rows before it."""

    stream: str
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Estimate:
    """How many rows the stream may have in this sync."""

    stream: str
    rows: int


@dataclass(frozen=True)
class Status:
    """STARTED, RUNNING, COMPLETE or INCOMPLETE."""

    stream: str
    status: str


@dataclass(frozen=True)
class Log:
    """A log line."""

    level: str
    text: str


@dataclass(frozen=True)
class Failure:
    """An error: of a stream, or of the whole read. `details` is for support, often empty."""

    stream: str | None
    text: str
    details: str = ""


@dataclass(frozen=True)
class Ready:
    """The configuration is valid. Nothing has been sent to BILL."""

    organization_id: str
    start: Start


@dataclass(frozen=True)
class Forbidden:
    """The sign-in succeeded. These streams are not read; each has the reason."""

    reasons: Mapping[str, str]


Message = Row | StateOf | Estimate | Status | Log | Failure | Ready | Forbidden


def parse(line: bytes) -> Message | None:
    """Parse one line; None for messages that a sync does not need.

    Raises:
        ValueError: it is not a message.
    """
    record = _RECORD.fullmatch(line)
    if record:
        return Row(record[1].decode(), record[2])
    message = orjson.loads(line)
    content = message.get(str(message["type"]).lower(), {})
    match message["type"]:
        case "STATE":
            stream = content["stream"]
            return StateOf(stream["stream_descriptor"]["name"], stream.get("stream_state") or {})
        case "TRACE":
            return _trace(content)
        case "LOG":
            return Log(content["level"], content["message"])
        case "READY":
            return _ready(content)
        case "FORBIDDEN":
            return Forbidden(content)
    return None


def _trace(trace: Mapping[str, Any]) -> Message | None:
    match trace["type"]:
        case "ESTIMATE":
            return Estimate(trace["estimate"]["name"], trace["estimate"]["row_estimate"])
        case "STREAM_STATUS":
            status = trace["stream_status"]
            return Status(status["stream_descriptor"]["name"], status["status"])
        case "ERROR":
            return _failure(trace["error"])
    return None


def _failure(error: Mapping[str, Any]) -> Failure:
    stream = (error.get("stream_descriptor") or {}).get("name")
    # only an error that the connector did not expect has a stack trace
    trace = error.get("stack_trace")
    details = f"{error.get('internal_message')}\n{trace}" if trace else ""
    return Failure(stream, error["message"], details)


def _ready(content: Mapping[str, Any]) -> Ready:
    anchor = parse_time(content["anchor"])
    if anchor is None:
        raise ValueError(content["anchor"])
    start = Start(anchor, timedelta(seconds=content["lookback_seconds"]))
    return Ready(content["organization_id"], start)
