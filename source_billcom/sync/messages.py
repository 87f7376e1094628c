"""The Airbyte messages of a sync, and the page of records that stands for many RECORD messages."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    AirbyteStreamStatus,
    AirbyteTraceMessage,
    EstimateType,
    StreamDescriptor,
    TraceType,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message as stream_status
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_billcom.api.query import Row

logger = logging.getLogger("airbyte.source_billcom")


@dataclass(frozen=True)
class RecordPage:
    """Records of one stream. They must be written before any message that comes after the page."""

    stream: str
    rows: list[Row]


def record_message(stream_name: str, row: Row, emitted_at: int) -> AirbyteMessage:
    """Build a RECORD message; `emitted_at` is in milliseconds since 1970."""
    record = AirbyteRecordMessage(stream=stream_name, data=row, emitted_at=emitted_at)
    return AirbyteMessage(type=Type.RECORD, record=record)


def state_message(stream_name: str, state: Mapping[str, Any]) -> AirbyteMessage:
    """Build the STATE message of one stream."""
    stream = AirbyteStreamState(
        stream_descriptor=StreamDescriptor(name=stream_name),
        stream_state=AirbyteStateBlob(dict(state)),
    )
    return AirbyteMessage(
        type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream)
    )


def status_message(stream_name: str, status: AirbyteStreamStatus) -> AirbyteMessage:
    """Build the TRACE message for a stream that started, is running, or ended."""
    return stream_status(StreamDescriptor(name=stream_name), status)


def estimate_message(stream_name: str, rows: int) -> AirbyteMessage:
    """Build the TRACE message with the expected number of rows of a stream in this sync."""
    estimate = AirbyteEstimateTraceMessage(
        name=stream_name, type=EstimateType.STREAM, row_estimate=rows
    )
    trace = AirbyteTraceMessage(
        type=TraceType.ESTIMATE, emitted_at=time.time() * 1_000, estimate=estimate
    )
    return AirbyteMessage(type=Type.TRACE, trace=trace)


def failure_message(stream_name: str, failure: BaseException) -> AirbyteMessage:
    """Build the TRACE message for the error that ended a stream, and log the error.

    Secrets are masked in all of its texts.
    """
    descriptor = StreamDescriptor(name=stream_name)
    logger.error("%s failed: %s", stream_name, failure)
    if not isinstance(failure, AirbyteTracedException):
        failure = AirbyteTracedException.from_exception(
            failure,
            message=f"The connector hit an unexpected error while reading {stream_name}. Please "
            "report it, including the internal message and stack trace.",
        )
    return failure.as_sanitized_airbyte_message(stream_descriptor=descriptor)


def now_ms() -> int:
    """Return the current time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
