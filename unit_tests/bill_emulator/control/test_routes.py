"""Control calls: invalid input is answered with a message and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from unit_tests.bill_emulator.in_process import InProcess
from unit_tests.bill_emulator.small_bill import bills, small_bill


def control() -> InProcess:
    return InProcess(small_bill({"bills": bills(20)}))


@pytest.fixture(scope="module")
def client() -> InProcess:
    return control()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/options", {"page_size_cap": 0}),
        ("PATCH", "/options", {"empty_page_every": 1}),
        ("PATCH", "/options", {"hourly_limit": 0}),
        ("PATCH", "/options", {"hourly_limit": "1_000"}),
        ("PATCH", "/options", {"login_limit": 0}),
        ("PATCH", "/options", {"concurrent_limit": 0}),
        ("PATCH", "/options", {"idle_minutes": 0}),
        ("PATCH", "/options", {"idle_minutes": 10**12}),
        ("PATCH", "/options", {"sync_token_idle_hours": 10**12}),
        ("PATCH", "/options", {"page_token_minutes": -1}),
        ("PATCH", "/options", {"visibility_delay_seconds": -1}),
        ("PATCH", "/options", {"naive_time_offset_hours": 25}),
        ("PATCH", "/options", {"forbidden_lists": 5}),
        ("PATCH", "/options", []),
        ("POST", "/clock", {"advance_seconds": 1e300}),
        ("POST", "/clock", {"advance_seconds": 1e11}),
        ("POST", "/clock", {"advance_seconds": -1e11}),
        ("POST", "/clock", {"advance_seconds": "1"}),
        ("POST", "/clock", {}),
        ("POST", "/latency", {"milliseconds": -5}),
        ("POST", "/latency", {"ms": 5}),
        ("POST", "/faults", {"kind": "nothing"}),
        ("POST", "/faults", {"kind": []}),
        ("POST", "/faults", {"kind": "error", "status": "x"}),
        ("POST", "/faults", {"kind": "error", "status": 99}),
        ("POST", "/faults", {"kind": "error", "status": 600}),
        ("POST", "/faults", {"kind": "error", "shape": "zz"}),
        ("POST", "/faults", {"kind": "error", "times": 0}),
        ("POST", "/faults", {"kind": "error", "skip": -1}),
        ("POST", "/faults", {"kind": "error", "rate": "x"}),
        ("POST", "/faults", {"kind": "error", "rate": 2}),
        ("POST", "/faults", {"kind": "error", "path": 5}),
        ("POST", "/faults", {"kind": "error", "path": "(", "regex": True}),
        ("POST", "/faults", {"kind": "stall", "seconds": "a"}),
        ("POST", "/faults", {"kind": "redirect", "url": "https://a/\r\nb: c"}),
        ("POST", "/rows/bills", [{"id": 5}]),
        ("POST", "/rows/bills", [{"id": ""}]),
        ("POST", "/rows/bills", [{"id": "a", "updatedTime": "yesterday"}]),
        ("POST", "/rows/bills", [{"id": "a", "createdTime": 5}]),
        ("POST", "/rows/bills", ["a"]),
        ("POST", "/rows/nothing", []),
        ("POST", "/sessions/expire", {"after_calls": -1}),
        ("POST", "/forbid", {}),
        ("POST", "/forbid", {"lists": ["nothing"]}),
        ("POST", "/bulk", {"list_name": "nothing", "rows": 5}),
        ("POST", "/bulk", {"list_name": "bills", "rows": 0}),
        ("POST", "/bulk", {"list_name": "bills", "rows": 5, "spread": "odd"}),
        ("POST", "/bulk", {"list_name": "bills", "rows": 5, "days": 10**9}),
        ("POST", "/mutate", {"count": -1}),
        ("POST", "/mutate", {"count": 1, "kinds": ["explode"]}),
        ("POST", "/mutator", {"rate": -1}),
        ("POST", "/mutator", {"per_page": -1}),
        ("POST", "/mutator", {"seconds_per_page": -1}),
        ("POST", "/mutator", {}),
        ("POST", "/seed", {"scale": 0}),
        ("POST", "/seed", {"seed": "x"}),
        ("GET", "/requests?last=-1", None),
        ("DELETE", "/faults?id=x", None),
    ],
)
def test_invalid_input_is_refused_with_a_message_and_changes_nothing(
    client: InProcess, method: str, path: str, body: Any
) -> None:
    kept = ("/clock", "/options", "/faults", "/data/bills")
    before = [client.control(name) for name in kept]
    answer = client.call(method, f"/control{path}", body)
    assert answer.status == 400
    message = answer.json()["message"]
    assert message.endswith(".") or "regular expression" in message
    assert "Error" not in message
    assert [client.control(name) for name in kept] == before


def test_a_body_that_is_not_json_is_refused(client: InProcess) -> None:
    assert client.call("POST", "/control/clock", b"{").status == 400


def test_times_of_rows_are_kept_as_bill_writes_them() -> None:
    client = control()
    row = {"id": "a", "createdTime": "2026-01-01", "updatedTime": "2026-01-02T03:04:05+02:00"}
    assert client.call("POST", "/control/rows/bills", [row]).status == 200
    (kept,) = [r for r in client.control("/data/bills") if r["id"] == "a"]
    assert kept["createdTime"] == "2026-01-01T00:00:00.000+00:00"
    assert kept["updatedTime"] == "2026-01-02T01:04:05.000+00:00"


def test_the_date_header_follows_the_emulators_clock() -> None:
    client = control()
    client.call("POST", "/control/clock", {"advance_seconds": 86_400})
    for path in ("/control/clock", "/connect/v3/health"):
        dates = [value for name, value in client.call("GET", path).headers if name == "date"]
        assert dates == ["Tue, 02 Jun 2026 12:00:00 GMT"]


def test_sessions_are_listed_including_those_that_ended(client: InProcess) -> None:
    first, second = (client.login().json()["sessionId"] for _ in range(2))
    client.call("POST", "/control/sessions/expire", {"sessionId": first})
    assert client.control("/sessions") == {"live": [second], "handed_out": [first, second]}
