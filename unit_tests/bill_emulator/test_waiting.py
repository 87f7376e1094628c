"""Calls that wait for a latency or a fault, and calls at the same time."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from bill_emulator import __main__ as command
from bill_emulator import server
from bill_emulator.faults import Fault
from bill_emulator.server import open_listener
from unit_tests.bill_emulator.in_process import InProcess, Reply
from unit_tests.bill_emulator.small_bill import bills, small_bill

if TYPE_CHECKING:
    import pytest

    from bill_emulator.emulated_bill import Bill

_HOUR = 3600.0


def signed_in(bill: Bill) -> InProcess:
    client = InProcess(bill)
    assert client.login().status == 200
    return client


def at_once(client: InProcess, calls: int) -> list[Reply]:
    """Make calls that are all in flight at once."""

    async def every() -> list[Reply]:
        return await asyncio.gather(
            *(client.called("GET", "/connect/v3/roles") for _ in range(calls))
        )

    return asyncio.run(every())


def test_no_more_than_three_calls_are_served_at_once() -> None:
    client = signed_in(small_bill())
    client.bill.latency.seconds = 0.005
    replies = at_once(client, 5)
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 422, 422]
    assert {reply.code for reply in replies if reply.status == 422} == {"BDC_1322"}
    counts = client.control("/counts")
    assert counts["most_at_once"] >= 3
    assert counts["in_flight"] == 0
    assert counts["refused"] == {"BDC_1322": 2}


def test_the_command_gives_calls_a_latency_so_that_they_overlap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served: list[Bill] = []
    monkeypatch.setattr(server, "serve", lambda bill, *_, **__: served.append(bill))
    assert command.main(["--scale", "0.02"]) == 0
    replies = at_once(signed_in(served[0]), 4)
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 422]


def test_a_latency_is_that_of_the_longest_part_of_the_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = signed_in(small_bill())
    client.bill.latency.seconds = 0.1
    client.bill.latency.by_path = {"/v3/users": 0.3, "/v3": 0.2}
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("bill_emulator.app.asyncio.sleep", sleep)
    client.get("/v3/roles")
    client.get("/v3/users")
    assert waits == [0.2, 0.3]


def test_a_stalled_call_lets_others_pass() -> None:
    client = signed_in(small_bill({"bills": bills(3)}))
    client.bill.faults.add(Fault("stall", path="/v3/bills", times=1, seconds=_HOUR))

    async def both() -> tuple[Reply, bool]:
        stalled = asyncio.create_task(client.called("GET", "/connect/v3/bills"))
        await asyncio.sleep(0)
        other = await client.called("GET", "/connect/v3/bills")
        waits = not stalled.done()
        stalled.cancel()
        return other, waits

    other, waits = asyncio.run(both())
    assert (other.status, waits) == (200, True)


def test_a_stalled_call_is_served_in_the_end() -> None:
    client = signed_in(small_bill({"bills": bills(3)}))
    client.bill.faults.add(Fault("stall", path="/v3/bills", times=1, seconds=0.001))
    assert len(client.get("/v3/bills").json()["results"]) == 3


def test_a_connection_sends_small_packets_at_once() -> None:
    """Asyncio sets TCP_NODELAY only on sockets with an explicit protocol."""
    with open_listener("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
