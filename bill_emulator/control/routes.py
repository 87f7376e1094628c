"""The routes under /control, which are not part of BILL's API."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response
from starlette.routing import Route

from bill_emulator import writes
from bill_emulator.contract import LISTS
from bill_emulator.control import fields as given
from bill_emulator.control.control_bodies import bulk_plan, mutator_plan, rows_to_put
from bill_emulator.control.fields import BadControlError, Body
from bill_emulator.faults import fault_from_json
from bill_emulator.http import http_date
from bill_emulator.mutator import Mutator
from bill_emulator.options import changed, described
from bill_emulator.row_copies import load_bulk

if TYPE_CHECKING:
    from starlette.requests import Request

    from bill_emulator.emulated_bill import Bill
    from bill_emulator.store import Rows

Endpoint = Callable[["Request"], Awaitable[Response]]
MakeCompany = Callable[[int, float], "Rows"]
"""Generates a company from a seed and a scale."""

_MOST_LATENCY_MS = 3_600_000
_MOST_CHANGES = 1_000_000
_LEAST_SCALE = 1e-6


def control_routes(bill: Bill, make_company: MakeCompany) -> list[Route]:
    """Return the control routes of an emulator."""
    control = _Control(bill, make_company)
    table: list[tuple[str, str, Callable[[Request, Body], Any]]] = [
        ("GET", "/counts", control.counts),
        ("POST", "/reset-counts", control.reset_counts),
        ("GET", "/requests", control.requests),
        ("GET", "/timeline", control.timeline),
        ("GET", "/credentials", control.credentials),
        ("GET", "/options", control.options),
        ("PATCH", "/options", control.change_options),
        ("DELETE", "/options", control.default_options),
        ("GET", "/clock", control.clock),
        ("POST", "/clock", control.move_clock),
        ("POST", "/latency", control.latency),
        ("GET", "/faults", control.faults),
        ("POST", "/faults", control.add_fault),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/sessions", control.sessions),
        ("POST", "/sessions/expire", control.expire_sessions),
        ("POST", "/forbid", control.forbid),
        ("GET", "/data/{name}", control.data),
        ("POST", "/rows/{name}", control.put_rows),
        ("POST", "/mutator", control.run_mutator),
        ("POST", "/mutate", control.mutate),
        ("POST", "/settle", control.settle),
        ("POST", "/bulk", control.bulk),
        ("POST", "/seed", control.seed),
    ]
    return [
        Route(f"/control{path}", _endpoint(act, bill), methods=[method])
        for method, path, act in table
    ]


def _endpoint(act: Callable[[Request, Body], Any], bill: Bill) -> Endpoint:
    """Wrap an action: JSON in, JSON out, and 400 with a message for invalid input."""

    async def endpoint(request: Request) -> Response:
        try:
            may_be_array = "name" in request.path_params
            body = _read(await request.body(), may_be_array=may_be_array)
            content, status = act(request, body), 200
        except ValueError as error:
            content, status = {"message": str(error)}, 400
        headers = {"date": http_date(bill.clock.now()).decode()}
        return Response(orjson.dumps(content), status, headers, "application/json")

    return endpoint


def _read(body: bytes, *, may_be_array: bool) -> Any:
    """Read a body: an object, or an array of rows. An empty body is an empty object."""
    try:
        content = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadControlError(f"The body is not JSON: {error}.") from None
    if not isinstance(content, dict) and not (may_be_array and isinstance(content, list)):
        raise BadControlError("The body must be a JSON object.")
    return content


class _Control:
    """The control actions. Each takes a request and its body and returns JSON."""

    def __init__(self, bill: Bill, make_company: MakeCompany) -> None:
        self._bill = bill
        self._make_company = make_company
        self._mutator = Mutator()

    def counts(self, _request: Request, _body: Body) -> Any:
        live = len(self._bill.sessions.live_ids())
        return {**self._bill.counts.as_json(), "live_sessions": live}

    def reset_counts(self, _request: Request, _body: Body) -> Any:
        self._bill.counts.reset()
        self._bill.call_log.clear()
        return self._bill.counts.as_json()

    def requests(self, request: Request, _body: Body) -> Any:
        last = given.whole_text(request.query_params.get("last"), "last")
        return self._bill.call_log.as_json(last)

    def timeline(self, _request: Request, _body: Body) -> Any:
        return self._bill.counts.moments()

    def credentials(self, _request: Request, _body: Body) -> Any:
        return dataclasses.asdict(self._bill.credentials)

    def options(self, request: Request, _body: Body) -> Any:
        if request.query_params.get("described") == "true":
            return described()
        return dataclasses.asdict(self._bill.options)

    def change_options(self, request: Request, body: Body) -> Any:
        self._bill.options = changed(self._bill.options, body)
        return self.options(request, body)

    def default_options(self, request: Request, body: Body) -> Any:
        self._bill.options = type(self._bill.options)()
        return self.options(request, body)

    def clock(self, _request: Request, _body: Body) -> Any:
        clock = self._bill.clock
        return {"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds}

    def move_clock(self, request: Request, body: Body) -> Any:
        given.only(body, "advance_seconds")
        self._bill.clock.advance(given.number(body, "advance_seconds"))
        return self.clock(request, body)

    def latency(self, _request: Request, body: Body) -> Any:
        given.only(body, "milliseconds", "path")
        latency, path = self._bill.latency, given.text_or_none(body, "path")
        seconds = given.number(body, "milliseconds", least=0, most=_MOST_LATENCY_MS) / 1000
        if path:
            latency.by_path[path] = seconds
        else:
            latency.seconds = seconds
            latency.by_path.clear()
        return {"seconds": latency.seconds, "by_path": latency.by_path}

    def faults(self, _request: Request, _body: Body) -> Any:
        return self._bill.faults.as_json()

    def add_fault(self, _request: Request, body: Body) -> Any:
        return {"id": self._bill.faults.add(fault_from_json(body))}

    def clear_faults(self, request: Request, body: Body) -> Any:
        self._bill.faults.clear(given.whole_text(request.query_params.get("id"), "id"))
        return self.faults(request, body)

    def sessions(self, _request: Request, _body: Body) -> Any:
        sessions = self._bill.sessions
        return {"live": sessions.live_ids(), "handed_out": sessions.handed_out}

    def expire_sessions(self, _request: Request, body: Body) -> Any:
        given.only(body, "sessionId", "after_calls")
        if "after_calls" in body:
            self._bill.sessions.expire_after(given.whole(body, "after_calls", least=0))
            return {"expired": 0}
        return {"expired": self._bill.sessions.expire(given.text_or_none(body, "sessionId"))}

    def forbid(self, request: Request, body: Body) -> Any:
        given.only(body, "lists", "details")
        if "lists" not in body:
            raise BadControlError(
                "lists is missing. Send names of lists, or an empty array to forbid none."
            )
        lists = body["lists"]
        changes = {"forbidden_lists": lists, "forbidden_details": body.get("details", lists)}
        return self.change_options(request, changes)

    def data(self, request: Request, _body: Body) -> Any:
        name = _list_name(request)
        rows = self._bill.store.rows(name)
        if request.query_params.get("rendered") == "true":
            return [self._bill.renderer.row(name, row) for row in rows]
        return list(rows)

    def put_rows(self, request: Request, body: Any) -> Any:
        name = _list_name(request)
        replace = isinstance(body, dict) and given.flag(body, "replace")
        rows = rows_to_put(body, name, self._bill.store)
        if replace:
            self._bill.store.clear(name)
        self._bill.store.load(name, rows)
        return {"rows": self._bill.store.count(name), "ids": [row["id"] for row in rows]}

    def run_mutator(self, _request: Request, body: Body) -> Any:
        pages = ("per_page", "seconds_per_page")
        given.only(body, "rate", "kinds", "lists", "seed", "stop", *pages)
        if given.flag(body, "stop"):
            self._mutator.stop()
        else:
            if not any(name in body for name in pages):
                given.number(body, "rate")
            self._mutator.start(self._bill, mutator_plan(body))
        return {"running": self._mutator.running, "done": dict(self._mutator.done)}

    def mutate(self, _request: Request, body: Body) -> Any:
        given.only(body, "count", "kinds", "lists", "seed")
        count = given.whole(body, "count", least=0, most=_MOST_CHANGES)
        done = self._mutator.change(self._bill.store, mutator_plan(body), count)
        return {"done": done}

    def settle(self, _request: Request, _body: Body) -> Any:
        return {"steps": writes.settle(self._bill.store)}

    def bulk(self, _request: Request, body: Body) -> Any:
        return {"rows": load_bulk(self._bill.store, bulk_plan(body))}

    def seed(self, _request: Request, body: Body) -> Any:
        given.only(body, "seed", "scale")
        scale = given.number(body, "scale", 1, least=_LEAST_SCALE)
        seed = given.whole(body, "seed", self._bill.seed)
        self._mutator.stop()
        company = self._make_company(seed, scale)
        self._bill.replace_company(company)
        return {name: self._bill.store.count(name) for name in LISTS}


def _list_name(request: Request) -> str:
    name = str(request.path_params["name"])
    if name not in LISTS:
        raise BadControlError(f"Unknown list: {name!r}.")
    return name
