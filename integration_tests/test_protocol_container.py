"""The container's stdout as Airbyte's platform reads it: messages in order, without delay."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bill_emulator.contract import LISTS
from integration_tests.conftest import contained_connector, emulator_for_containers
from testing.connector import Running
from testing.docker import docker
from testing.image import PROGRAM
from testing.rows import by_id
from testing.waiting import wait_until

if TYPE_CHECKING:
    from bill_emulator.process import Emulator
    from testing.connector import Connector
    from testing.result import Result
    from testing.rows import Json

pytestmark = pytest.mark.image_tests

STOPPED = 143
"""128 + SIGTERM. A container that Docker had to kill ends with 137."""

KILLED_AFTER_SECONDS = 60
"""Less than the connector's read timeout of 120 s, so it cannot have waited for a stalled call."""

STALL_SECONDS = 300
PROGRESS = ["STARTED", "RUNNING"]


def stream_of(message: Json) -> str | None:
    """Return the stream that a record, a state or a status is about."""
    if message["type"] == "RECORD":
        return str(message["record"]["stream"])
    if message["type"] == "STATE":
        return str(message["state"]["stream"]["stream_descriptor"]["name"])
    if message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
        return str(message["trace"]["stream_status"]["stream_descriptor"]["name"])
    return None


def kinds_of(result: Result, stream: str) -> list[str]:
    """Return the kinds of a stream's messages in order, with consecutive records as one."""
    kinds: list[str] = []
    for message in result.messages:
        if stream_of(message) != stream:
            continue
        kind = str(message["type"])
        if kind == "TRACE":
            kind = str(message["trace"]["stream_status"]["status"])
        if kind != "RECORD" or kinds[-1] != "RECORD":
            kinds.append(kind)
    return kinds


def test_a_streams_messages_are_in_order_and_its_states_count_its_records(
    outer_bill: Emulator, contained: Connector
) -> None:
    outer_bill.bulk("bills", 2500)

    result = contained.read()

    assert (result.exit_code, result.stderr) == (0, "")
    assert set(result.statuses) == set(LISTS)
    for name in LISTS:
        kinds = kinds_of(result, name)
        assert kinds[:1] + kinds[-1:] == ["STARTED", "COMPLETE"], name
        assert kinds[-2] == "STATE", f"{name}: records no state covers"
        assert result.statuses[name] == [*PROGRESS, "COMPLETE"], name
        counts = [s["record_count"] for s in result.states if s["stream"] == name]
        assert sum(counts) == len(result.records[name]), name
    assert kinds_of(result, "bills") == [
        *PROGRESS,
        *("RECORD", "STATE", "RECORD", "STATE", "RECORD", "STATE", "COMPLETE"),
    ]


def test_everything_is_a_message_and_each_complete_stream_is_estimated_exactly(
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
    # a stream's last estimate is its number of rows
    last = {t["estimate"]["name"]: t["estimate"]["row_estimate"] for t in traces if "estimate" in t}
    assert last == {name: len(rows) for name, rows in result.records.items()}


def test_a_failed_stream_is_incomplete_the_others_are_complete_and_the_read_ends_with_1(
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
def test_an_invalid_command_line_ends_with_2(
    arguments: list[str],
) -> None:
    result = Running(PROGRAM, arguments, {}).finish()
    assert result.exit_code == 2
    assert result.stdout == ""


def test_messages_arrive_during_the_read(outer_bill: Emulator, contained: Connector) -> None:
    rows = outer_bill.bulk("bills", 3000)
    outer_bill.latency(600)

    running = contained.start_read(["bills"]).read_until(lambda m: m["type"] == "RECORD")
    pages_when_the_first_record_arrived = len(outer_bill.calls("/v3/bills"))
    result = running.finish()

    assert result.exit_code == 0
    assert len(result.records["bills"]) == rows
    assert pages_when_the_first_record_arrived < rows / 100 / 2


def named(connector: Connector) -> tuple[Connector, str]:
    """Return the connector in a container that has a name, and the name."""
    name = f"source-billcom-{uuid.uuid4().hex[:8]}"
    return connector.by(PROGRAM, DOCKER_RUN=json.dumps(["--name", name])), name


def stop(running: Running, name: str) -> Result:
    """Let Docker send SIGTERM to the container, and SIGKILL if it does not end."""
    docker("stop", "-t", str(KILLED_AFTER_SECONDS), name)
    return running.finish()


def test_a_stopped_read_logs_out_and_the_next_read_resumes_from_its_last_state(
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
    first = stop(running, name)

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


def test_a_read_can_be_stopped_while_bill_does_not_respond() -> None:
    # an emulator of its own, because stalled calls keep their slots until they end
    with emulator_for_containers() as bill:
        for path in ("/v3/bills", "/v3/payments", "/v3/vendors"):
            bill.fault("stall", path=path, seconds=STALL_SECONDS)
        connector, name = named(contained_connector(bill))

        running = connector.start_read(["bills", "payments", "vendors"])
        running.read_until(lambda message: stream_of(message) is not None)
        wait_until(lambda: bill.counts()["in_flight"] > 0, "a call without a response")
        result = stop(running, name)

    assert result.exit_code == STOPPED
    assert result.records == {}


def test_a_read_can_be_stopped_while_it_waits_for_bills_next_hour(
    outer_bill: Emulator, contained: Connector
) -> None:
    outer_bill.options(hourly_limit=8)
    connector, name = named(contained)

    running = connector.start_read().read_until(
        lambda message: "hourly call limit is used up" in str(message.get("log"))
    )
    result = stop(running, name)

    assert result.exit_code == STOPPED
