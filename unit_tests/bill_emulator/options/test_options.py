"""The effect of each option on the responses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bill_emulator.clock import Clock
from bill_emulator.emulated_bill import Bill
from bill_emulator.options import Options, changed
from unit_tests.bill_emulator.in_process import InProcess, Reply
from unit_tests.bill_emulator.office import DAY, NOW, Office, company, office
from unit_tests.bill_emulator.small_bill import Row, bills, sign_in_body, small_bill, time_of

MINUTE = 60
HOUR = 3600


def signed_in(rows: dict[str, list[Row]] | None = None, **options: Any) -> InProcess:
    client = InProcess(small_bill(rows or {"bills": bills(40)}, **options))
    assert client.login().status == 200
    return client


def by_token(**options: Any) -> InProcess:
    client = InProcess(small_bill({"bills": bills(2)}, **options))
    known = client.bill.credentials
    client.login(username=known.sync_token_name, password=known.sync_token_value)
    return client


def ids(reply: Reply) -> list[str]:
    return [row["id"] for row in reply.json()["results"]]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("query", ["max=0", "filters=a:eq:1", "sort=a", "page=x"])
def test_query_status(status: int, query: str) -> None:
    assert signed_in(query_status=status).get(f"/v3/bills?{query}").status == status


@pytest.mark.parametrize(("body", "kind"), [("object", dict), ("array", list)])
def test_missing_field_body(body: str, kind: type) -> None:
    reply = InProcess(small_bill(missing_field_body=body)).login(devKey=None)
    assert reply.status == 400
    assert isinstance(reply.json(), kind)


@pytest.mark.parametrize(("value", "code"), [("bdc", "BDC_1122"), ("none", None)])
def test_malformed_json_code(value: str, code: str | None) -> None:
    client = InProcess(small_bill(malformed_json_code=value))
    reply = client.call("POST", "/connect/v3/login", b"{")
    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize(("value", "start"), [("array", b"[{"), ("object", b"{"), ("empty", b"")])
def test_unknown_path_body(value: str, start: bytes) -> None:
    reply = signed_in(unknown_path_body=value).get("/v3/nothing")
    assert reply.status == 404
    assert reply.body[:2].startswith(start)
    assert bool(reply.body) == bool(start)


@pytest.mark.parametrize("status", [404, 405])
def test_method_status(status: int) -> None:
    client = signed_in(method_status=status)
    assert client.call("DELETE", "/connect/v3/bills").status == status


@pytest.mark.parametrize(
    ("minutes", "boundary", "idle", "status"),
    [
        (5, "dead", 5 * MINUTE, 401),
        (5, "alive", 5 * MINUTE, 200),
        (5, "dead", 5 * MINUTE - 1, 200),
        (5, "alive", 5 * MINUTE + 1, 401),
        (35, "dead", 5 * MINUTE, 200),
    ],
)
def test_idle_minutes_and_boundary(minutes: int, boundary: str, idle: float, status: int) -> None:
    client = signed_in(idle_minutes=minutes, idle_boundary=boundary)
    client.bill.clock.advance(idle)
    assert client.get("/v3/bills").status == status


@pytest.mark.parametrize(("hours", "status"), [(48, 200), (2, 401)])
def test_sync_token_idle_hours(hours: int, status: int) -> None:
    client = by_token(sync_token_idle_hours=hours)
    client.bill.clock.advance(2 * HOUR)
    assert client.get("/v3/bills").status == status


def test_forbidden_details_and_forbidden_lists_are_independent() -> None:
    client = signed_in(forbidden_details="bills")
    row_id = ids(client.get("/v3/bills"))[0]
    refused = client.get(f"/v3/bills/{row_id}")
    assert (refused.status, refused.code) == (403, "BDC_1145")


def test_sync_token_forbidden_lists() -> None:
    options: dict[str, Any] = {"sync_token_forbidden_lists": "bills"}
    assert by_token(**options).get("/v3/bills").code == "BDC_1145"
    assert by_token(**options).get("/v3/vendors").status == 200
    assert signed_in(**options).get("/v3/bills").status == 200


@pytest.mark.parametrize(("counts", "status"), [(True, 422), (False, 200)])
def test_refused_logins_count(*, counts: bool, status: int) -> None:
    client = InProcess(small_bill(login_limit=2, refused_logins_count=counts))
    for _ in range(2):
        assert client.login(password="wrong").status == 401
    assert client.login().status == status


@pytest.mark.parametrize(("counts", "left"), [(True, 2), (False, 3)])
def test_logins_count_as_calls(*, counts: bool, left: int) -> None:
    client = signed_in(hourly_limit=3, logins_count_as_calls=counts)
    statuses = [client.get("/v3/bills").status for _ in range(4)]
    assert statuses == [200] * left + [422] * (4 - left)


def at_once(client: InProcess, calls: int, path: str = "/connect/v3/bills") -> list[int]:
    """Make calls that overlap. Return their statuses."""
    client.bill.latency.seconds = 0.005

    async def every() -> list[Reply]:
        return await asyncio.gather(*(client.called("GET", path) for _ in range(calls)))

    return sorted(reply.status for reply in asyncio.run(every()))


def logins_at_once(client: InProcess, logins: int) -> list[Reply]:
    client.bill.latency.seconds = 0.005
    body = sign_in_body(client.bill)

    async def every() -> list[Reply]:
        calls = (client.called("POST", "/connect/v3/login", body) for _ in range(logins))
        return await asyncio.gather(*calls)

    return asyncio.run(every())


@pytest.mark.parametrize(("takes", "refused"), [(True, 2), (False, 0)])
def test_logins_take_a_slot(*, takes: bool, refused: int) -> None:
    client = InProcess(small_bill(logins_take_a_slot=takes))
    statuses = [reply.status for reply in logins_at_once(client, 5)]
    assert statuses.count(422) == refused


@pytest.mark.parametrize(("counts", "left"), [(True, 5), (False, 7)])
def test_a_login_refused_by_the_concurrency_limit_counts_as_other_refused_calls(
    *, counts: bool, left: int
) -> None:
    client = InProcess(small_bill(hourly_limit=10, refused_calls_count=counts))
    logins_at_once(client, 5)
    client.headers["sessionId"] = client.bill.sessions.live_ids()[0]
    statuses = [client.get("/v3/bills").status for _ in range(8)]
    assert statuses.count(200) == left


@pytest.mark.parametrize(("first", "status"), [("session_first", 401), ("limits_first", 422)])
def test_order_of_checks(first: str, status: int) -> None:
    client = signed_in(order_of_checks=first, hourly_limit=1)
    client.headers["sessionId"] = "dead"
    assert client.get("/v3/bills").status == status


@pytest.mark.parametrize("counts", [True, False])
def test_limits_first_still_asks_for_a_session_and_serves(*, counts: bool) -> None:
    client = signed_in(order_of_checks="limits_first", refused_calls_count=counts)
    assert at_once(client, 5) == [200, 200, 200, 422, 422]
    client.headers["sessionId"] = "dead"
    assert client.get("/v3/bills").status == 401


@pytest.mark.parametrize(("restarts", "status"), [(True, 200), (False, 401)])
def test_limit_refusal_restarts_idle(*, restarts: bool, status: int) -> None:
    client = signed_in(hourly_limit=1, limit_refusal_restarts_idle=restarts)
    client.bill.clock.advance(30 * MINUTE)
    assert client.get("/v3/bills").status == 422
    client.bill.clock.advance(30 * MINUTE)
    assert client.get("/v3/bills").status == status


@pytest.mark.parametrize(("order", "code"), [("key_first", "BDC_1102"), ("user_first", "BDC_1101")])
def test_login_check_order(order: str, code: str) -> None:
    client = InProcess(small_bill(login_check_order=order))
    assert client.login(devKey="wrong", organizationId="wrong", password="wrong").code == code


@pytest.mark.parametrize(
    ("value", "shown"), [("as_trusted", False), ("true", True), ("false", False)]
)
def test_mfa_bypass(value: str, *, shown: bool) -> None:
    assert signed_in(mfa_bypass=value).get("/v3/login/session").json()["mfaBypass"] is shown


@pytest.mark.parametrize("size", [20, 100])
def test_default_page_size(size: int) -> None:
    client = signed_in({"bills": bills(110)}, default_page_size=size)
    assert len(ids(client.get("/v3/bills"))) == size


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ("createdTime:asc", "createdTime"),
        ("createdTime:desc", "createdTime"),
        ("updatedTime:asc", "updatedTime"),
        ("updatedTime:desc", "updatedTime"),
        ("id:asc", "id"),
    ],
)
def test_default_order(order: str, field: str) -> None:
    rows = signed_in(default_order=order).get("/v3/bills?max=100").json()["results"]
    values = [row[field] for row in rows]
    assert values == sorted(values, reverse=order.endswith("desc"))


@pytest.mark.parametrize(
    ("value", "ascending", "descending"),
    [
        ("lowest", "-ab", "ba-"),
        ("highest", "ab-", "-ba"),
        ("first", "-ab", "-ba"),
        ("last", "ab-", "ba-"),
    ],
)
def test_absent_values(value: str, ascending: str, descending: str) -> None:
    times = {"createdTime": time_of(0), "updatedTime": time_of(0)}
    rows = [
        {"id": "1", "name": "a", "email": "a", **times},
        {"id": "2", "name": "-", **times},
        {"id": "3", "name": "b", "email": "b", **times},
    ]
    client = signed_in({"vendors": rows}, absent_values=value)
    for direction, names in (("asc", ascending), ("desc", descending)):
        path = f"/v3/vendors?sort=email:{direction}"
        assert "".join(row["name"] for row in client.get(path).json()["results"]) == names
        first = client.get(f"{path}&max=1").json()
        page = client.get(f"/v3/vendors?max=2&page={first['nextPage']}").json()["results"]
        assert "".join(row["name"] for row in page) == names[1:]


def test_repeated_parameters() -> None:
    path = "/v3/bills?max=1&max=2"
    refused = signed_in().get(path)
    assert (refused.status, refused.code) == (400, "BDC_1129")
    assert len(ids(signed_in(repeated_parameters="last").get(path))) == 2


@pytest.mark.parametrize("text", ["nan", "inf", "1_000", "%2B5", "05", "0x1", "1e999", "٣"])
def test_numbers_in_filters_are_in_json_notation(text: str) -> None:
    client = signed_in()
    assert client.get(f"/v3/payments?filters=amount:gte:{text}").status == 400
    assert client.get("/v3/payments?filters=amount:gte:-1.5e2").status == 200


@pytest.mark.parametrize("rules", ["docs", "lenient"])
def test_no_option_allows_billid_as_a_filter_of_payments(rules: str) -> None:
    client = signed_in(rules=rules)
    assert client.get("/v3/payments?filters=billId:eq:00n01").status == 400


def test_a_password_that_is_not_text_is_refused() -> None:
    message = InProcess(small_bill()).login(password=5).json()["message"]
    assert message == "password: must be a string"


def test_a_repeated_token_is_used_up_by_a_call_with_a_token() -> None:
    client = signed_in()
    client.call("POST", "/control/faults", {"kind": "repeat_token", "times": 1})
    token = client.get("/v3/bills?max=5").json()["nextPage"]
    assert client.get(f"/v3/bills?page={token}").json()["nextPage"] == token
    assert client.get(f"/v3/bills?page={token}").json()["nextPage"] != token


@pytest.mark.parametrize("touches", [True, False])
def test_payment_touches_invoice(*, touches: bool) -> None:
    here = office(payment_touches_invoice=touches)
    invoice = here.new_invoice(25.0)
    here.store.clock.advance(60)
    body = {
        "paymentDate": "2026-06-01",
        "paymentType": "CHECK",
        "amount": 50,
        "invoices": [{"id": invoice["id"], "amount": 50}],
    }
    here.collect("POST", "invoices", "record-payment", body)
    now = here.row("invoices", invoice["id"])
    assert now["status"] == "PAID_IN_FULL"
    assert (now["updatedTime"] > invoice["updatedTime"]) is touches


@pytest.mark.parametrize(("value", "status"), [("asked", "SCHEDULED"), ("by_clock", "PAID")])
def test_payments_settle(value: str, status: str) -> None:
    options = changed(Options(), {"payments_settle": value})
    bill = Bill(company(), Clock(frozen_at=NOW), options)
    here = Office(bill.store)
    payment = here.pay(here.new_bill(50.0), 50.0)
    bill.clock.advance(DAY)
    client = InProcess(bill)
    client.login()
    assert client.get(f"/v3/payments/{payment['id']}").json()["status"] == status
