"""The container's stdout as Airbyte's platform reads it: messages in order, as they happen."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bill_emulator.contract import LISTS
from testing.connector import Running
from testing.docker import docker
from testing.image import PROGRAM
from testing.rows import by_id

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.result import Result
    from testing.rows import Json

pytestmark = pytest.mark.image_tests

STOPPED = 143  # 128 + SIGTERM
STOP_SECONDS = 10
LATE_SECONDS = 3
PROGRESS = ["STARTED", "RUNNING"]


def stream_of(message: Json) -> str | None:
    """Give the stream that a record, a state or a status is about."""
    if message["type"] == "RECORD":
        return str(message["record"]["stream"])
    if message["type"] == "STATE":
        return str(message["state"]["stream"]["stream_descriptor"]["name"])
    if message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
        return str(message["trace"]["stream_status"]["stream_descriptor"]["name"])
    return None


def told_of(result: Result, stream: str) -> list[str]:
    """Give what was told of a stream in order, each row of records as one."""
    told: list[str] = []
    for message in result.messages:
        if stream_of(message) != stream:
            continue
        kind = str(message["type"])
        if kind == "TRACE":
            kind = str(message["trace"]["stream_status"]["status"])
        if kind != "RECORD" or told[-1] != "RECORD":
            told.append(kind)
    return told


def test_a_stream_is_told_of_in_order_and_its_states_count_its_records(
    outer_bill: Emulator, contained: Connector
) -> None:
    outer_bill.bulk("bills", 2500)

    result = contained.read()

    assert (result.exit_code, result.stderr) == (0, "")
    assert set(result.statuses) == set(LISTS)
    for name in LISTS:
        told = told_of(result, name)
        assert told[:1] + told[-1:] == ["STARTED", "COMPLETE"], name
        assert told[-2] == "STATE", f"{name}: records no state covers"
        assert result.statuses[name] == [*PROGRESS, "COMPLETE"], name
        counts = [s["record_count"] for s in result.states if s["stream"] == name]
        assert sum(counts) == len(result.records[name]), name
    assert told_of(result, "bills") == [
        *PROGRESS,
        *("RECORD", "STATE", "RECORD", "STATE", "RECORD", "STATE", "COMPLETE"),
    ]


def test_nothing_is_said_but_in_messages_and_each_whole_stream_is_estimated_exactly(
    outer_bill: Emulator, contained: Connector
) -> None:
    outer_bill.forbid("roles")

    result = contained.read()

    assert result.stderr == ""
    assert result.logs
    assert all(log["level"] in {"INFO", "WARN", "ERROR"} for log in result.of_type("LOG"))
    kinds = Counter(message["type"] for message in result.messages)
    assert kinds.keys() == {"LOG", "TRACE", "RECORD", "STATE"}
    traces = result.of_type("TRACE")
    assert {trace["type"] for trace in traces} == {"STREAM_STATUS", "ERROR", "ESTIMATE"}
    # the last of a stream's estimates is what it had
    last = {t["estimate"]["name"]: t["estimate"]["row_estimate"] for t in traces if "estimate" in t}
    assert last == {name: len(rows) for name, rows in result.records.items()}


def test_a_stream_that_fails_ends_incomplete_the_others_complete_and_the_read_with_1(
    outer_bill: Emulator, contained: Connector
) -> None:
    outer_bill.forbid("bills")

    result = contained.read()

    assert result.exit_code == 1
    assert "denied this user permission while reading bills" in result.sentence_of("bills")
    assert result.statuses["bills"] == ["STARTED", "INCOMPLETE"]
    complete = {name for name, all_of in result.statuses.items() if all_of[-1] == "COMPLETE"}
    assert complete == set(LISTS) - {"bills"}


@pytest.mark.parametrize("arguments", [["no-such-command"], []])
def test_a_command_line_that_cannot_be_ends_with_2(
    arguments: list[str],
) -> None:
    result = Running(PROGRAM, arguments, {}).finish()
    assert result.exit_code == 2
    assert result.stdout == ""


def test_messages_arrive_while_the_read_goes_on(outer_bill: Emulator, contained: Connector) -> None:
    rows = outer_bill.bulk("bills", 3000)
    outer_bill.latency(600)
    records: list[float] = []
    delays: list[float] = []

    began = time.monotonic()
    running = contained.start_read(["bills"])
    for message in running.messages():
        if message["type"] == "RECORD":
            records.append(time.monotonic() - began)
            delays.append(time.time() - message["record"]["emitted_at"] / 1000)
    result = running.finish()

    assert result.exit_code == 0
    assert len(records) == rows
    # thirty pages of 0.6 s, three at once: the first is out when most are still to come
    assert records[0] < records[-1] - 4
    assert max(delays) < LATE_SECONDS


def named(connector: Connector) -> tuple[Connector, str]:
    """Give the connector in a container that has a name, and the name."""
    name = f"source-billcom-{uuid.uuid4().hex[:8]}"
    return connector.by(PROGRAM, DOCKER_RUN=json.dumps(["--name", name])), name


def stop(running: Running, name: str) -> tuple[Result, float]:
    """Let Docker stop the container; give what it said, and how many seconds it took."""
    began = time.monotonic()
    docker("stop", "-t", str(2 * STOP_SECONDS), name)
    seconds = time.monotonic() - began
    return running.finish(), seconds


def test_a_read_that_is_stopped_ends_soon_signed_out_and_its_last_state_resumes_it(
    outer_bill: Emulator, contained: Connector
) -> None:
    rows = outer_bill.bulk("bills", 6000)
    outer_bill.latency(30)
    connector, name = named(contained)
    states = 0

    def second_state(message: Json) -> bool:
        nonlocal states
        states += int(message["type"] == "STATE")
        return states == 2

    running = connector.start_read(["bills"]).read_until(second_state)
    first, seconds = stop(running, name)

    assert seconds < STOP_SECONDS
    assert first.exit_code == STOPPED
    assert first.statuses["bills"] == PROGRESS
    assert first.errors == []
    assert outer_bill.counts()["live_sessions"] == 0
    covered = sum(state["record_count"] for state in first.states)
    assert 2000 <= covered <= len(first.records["bills"]) < rows

    outer_bill.latency(0)
    second = contained.read(["bills"], first.state_file)

    assert second.exit_code == 0
    assert len(second.records["bills"]) < rows - covered + 1000
    database = {**by_id(first.records["bills"]), **by_id(second.records["bills"])}
    assert database == by_id(outer_bill.data("bills", rendered=True))


def test_a_read_whose_calls_bill_does_not_answer_can_be_stopped_as_well(
    outer_bill: Emulator, contained: Connector
) -> None:
    for path in ("/v3/bills", "/v3/payments", "/v3/vendors"):
        outer_bill.fault("stall", path=path, seconds=6 * STOP_SECONDS)
    connector, name = named(contained)

    running = connector.start_read(["bills", "payments", "vendors"])
    running.read_until(lambda message: stream_of(message) is not None)
    for _ in range(200):
        if outer_bill.counts()["in_flight"]:
            break
        time.sleep(0.05)
    result, seconds = stop(running, name)

    assert seconds < STOP_SECONDS
    assert result.exit_code == STOPPED
    assert result.records == {}


def test_a_read_that_waits_for_bills_next_hour_can_be_stopped_as_well(
    outer_bill: Emulator, contained: Connector
) -> None:
    outer_bill.options(hourly_limit=8)
    connector, name = named(contained)

    running = connector.start_read().read_until(
        lambda message: "waiting until" in str(message.get("log"))
    )
    result, seconds = stop(running, name)

    assert seconds < STOP_SECONDS
    assert result.exit_code == STOPPED
