"""Routes outside BILL's API, under /control: for the tests that use the emulator."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response
from starlette.routing import Route

from bill_emulator import writes
from bill_emulator.bulk import BulkPlan, load_bulk
from bill_emulator.contract import LISTS
from bill_emulator.faults import fault_from_json
from bill_emulator.mutator import KINDS, Mutator, Plan
from bill_emulator.options import changed, described

if TYPE_CHECKING:
    from starlette.requests import Request

    from bill_emulator.bill import Bill
    from bill_emulator.store import Rows

Body = dict[str, Any]
Endpoint = Callable[["Request"], Awaitable[Response]]
MakeCompany = Callable[[int, float], "Rows"]
"""Makes a company of a seed and a scale."""


class BadControlError(ValueError):
    """A control call that makes no sense."""


def control_routes(bill: Bill, make_company: MakeCompany) -> list[Route]:
    """Make the control routes of one BILL."""
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
        Route(f"/control{path}", _endpoint(act), methods=[method]) for method, path, act in table
    ]


def _endpoint(act: Callable[[Request, Body], Any]) -> Endpoint:
    """Wrap an action: JSON in, JSON out, 400 with a sentence for what makes no sense."""

    async def endpoint(request: Request) -> Response:
        try:
            body = orjson.loads(await request.body() or b"{}")
            content = act(request, body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _json({"message": f"{type(error).__name__}: {error}"}, 400)
        return _json(content, 200)

    return endpoint


def _json(content: Any, status: int) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


class _Control:
    """The control actions; each takes a request and its body and gives JSON."""

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
        last = request.query_params.get("last")
        return self._bill.call_log.as_json(int(last) if last else None)

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
        self._bill.clock.advance(float(body["advance_seconds"]))
        return self.clock(request, body)

    def latency(self, _request: Request, body: Body) -> Any:
        latency = self._bill.latency
        seconds = float(body["milliseconds"]) / 1000
        if body.get("path"):
            latency.by_path[str(body["path"])] = seconds
        else:
            latency.seconds = seconds
            latency.by_path.clear()
        return {"seconds": latency.seconds, "by_path": latency.by_path}

    def faults(self, _request: Request, _body: Body) -> Any:
        return self._bill.faults.as_json()

    def add_fault(self, _request: Request, body: Body) -> Any:
        return {"id": self._bill.faults.add(fault_from_json(body))}

    def clear_faults(self, request: Request, body: Body) -> Any:
        number = request.query_params.get("id")
        self._bill.faults.clear(int(number) if number else None)
        return self.faults(request, body)

    def expire_sessions(self, _request: Request, body: Body) -> Any:
        if "after_calls" in body:
            self._bill.sessions.expire_after(int(body["after_calls"]))
            return {"expired": 0}
        return {"expired": self._bill.sessions.expire(body.get("sessionId"))}

    def forbid(self, request: Request, body: Body) -> Any:
        names = list(body["lists"])
        details = list(body.get("details", names))
        changes = {"forbidden_lists": names, "forbidden_details": details}
        return self.change_options(request, changes)

    def data(self, request: Request, _body: Body) -> Any:
        name = _list_name(request)
        rows = self._bill.store.rows(name)
        if request.query_params.get("rendered") == "true":
            return [self._bill.renderer.row(name, row) for row in rows]
        return list(rows)

    def put_rows(self, request: Request, body: Any) -> Any:
        name = _list_name(request)
        replace = isinstance(body, dict) and bool(body.get("replace"))
        rows = [self._complete(name, row) for row in _rows(body)]
        if replace:
            self._bill.store.clear(name)
        self._bill.store.load(name, rows)
        return {"rows": self._bill.store.count(name), "ids": [row["id"] for row in rows]}

    def _complete(self, name: str, row: Body) -> Body:
        """Give a row what every row has: an id and both times."""
        now = self._bill.clock.stamp()
        filled = {
            "id": row.get("id") or self._bill.store.ids.next(LISTS[name].id_prefix),
            "createdTime": row.get("createdTime") or row.get("updatedTime") or now,
            "updatedTime": row.get("updatedTime") or now,
        }
        return {**row, **filled}

    def run_mutator(self, _request: Request, body: Body) -> Any:
        if body.get("stop"):
            self._mutator.stop()
        else:
            self._mutator.start(self._bill.store, _plan(body))
        return {"running": self._mutator.running, "done": dict(self._mutator.done)}

    def mutate(self, _request: Request, body: Body) -> Any:
        plan = _plan({"rate": 0, **body})
        done = self._mutator.change(self._bill.store, plan, int(body["count"]))
        return {"done": done}

    def settle(self, _request: Request, _body: Body) -> Any:
        return {"steps": writes.settle(self._bill.store)}

    def bulk(self, _request: Request, body: Body) -> Any:
        return {"rows": load_bulk(self._bill.store, BulkPlan(**body))}

    def seed(self, _request: Request, body: Body) -> Any:
        self._mutator.stop()
        scale = float(body.get("scale", 1))
        company = self._make_company(int(body.get("seed", self._bill.seed)), scale)
        self._bill.replace_company(company)
        return {name: self._bill.store.count(name) for name in LISTS}


def _list_name(request: Request) -> str:
    name = str(request.path_params["name"])
    if name not in LISTS:
        raise BadControlError(f"There is no list {name!r}.")
    return name


def _rows(body: Any) -> list[Body]:
    rows = body.get("rows") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise BadControlError("Send an array of rows, or {rows, replace}.")
    return rows


def _plan(body: Body) -> Plan:
    plan = Plan(
        rate=float(body["rate"]),
        kinds=tuple(body.get("kinds", KINDS)),
        lists=tuple(body.get("lists", LISTS)),
        seed=int(body.get("seed", 1)),
    )
    unknown = (set(plan.kinds) - set(KINDS)) | (set(plan.lists) - set(LISTS))
    if unknown or not plan.kinds:
        raise BadControlError(f"No such kinds or lists: {', '.join(sorted(unknown))}")
    return plan
