"""The ASGI application for BILL's API: counts, limits, sessions, faults and routes of a call."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from bill_emulator import writes
from bill_emulator.call_log import LoggedCall
from bill_emulator.errors import MESSAGES, BillError, Problem, error_answer, refusal
from bill_emulator.fault_injection import ConnectionReset, apply_fault, twist_of
from bill_emulator.http import (
    Answer,
    Call,
    Connection,
    error_as_answer,
    read_call,
)
from bill_emulator.limits import Caller
from bill_emulator.list_routes import answer_list, answer_row
from bill_emulator.lists.query import refused_query
from bill_emulator.login import (
    answer_login,
    answer_logout,
    answer_organizations,
    answer_session,
    login_caller,
)
from bill_emulator.other_endpoints import OTHER_ENDPOINTS
from bill_emulator.routes import UNKNOWN, Route, find_route
from bill_emulator.write_routes import answer_write, write_name

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from bill_emulator.emulated_bill import Bill
    from bill_emulator.faults import Fault
    from bill_emulator.sessions import Session

_log = logging.getLogger(__name__)


class Api:
    """Serves everything under /connect."""

    def __init__(self, bill: Bill) -> None:
        self._bill = bill

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call. It is in flight from here until the last byte of its response is sent."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        route = find_route(path)
        counts = self._bill.counts
        counts.arrived(route.pattern)
        connection = Connection(scope, receive, send, self._bill.clock)
        ended, params = "dropped", dict[str, str]()
        try:
            call = await read_call(scope, receive)
            params = call.params
            with ExitStack() as slots:
                try:
                    answer = await self._answer(route, call, slots)
                except ConnectionReset:
                    ended = "reset"
                    await connection.reset()
                else:
                    ended = "cut" if answer.cut else str(answer.status)
                    await connection.answer(answer)
        finally:
            counts.left(ended)
            self._bill.call_log.note(LoggedCall(scope["method"], path, params, ended))

    async def _answer(self, route: Route, call: Call, slots: ExitStack) -> Answer:
        try:
            return await self._served(route, call, slots)
        except BillError as error:
            return self._refused(error)
        except ConnectionReset:
            raise
        except Exception:  # noqa: BLE001 a bug of the emulator looks like an error of BILL
            _log.exception("%s %s failed", call.method, call.path)
            return self._refused(refusal(500, "BDC_1001"))

    def _refused(self, error: BillError) -> Answer:
        self._bill.counts.refused(error.problems[0].code)
        now = self._bill.clock.now()
        return error_as_answer(error_answer(error, self._bill.options.error_shape, now))

    async def _served(self, route: Route, call: Call, slots: ExitStack) -> Answer:
        """Check the call, wait for the latency, then apply a fault or serve the route."""
        bill = self._bill
        missing = self._missing(route, call)
        if missing is not None:
            return missing
        session = self._admitted(route, call, slots)
        if bill.options.payments_settle == "by_clock":
            writes.settle(bill.store)
        latency = bill.latency.of(call.path)
        if latency:
            await asyncio.sleep(latency)
        fault = bill.faults.hit(call.method, call.path, has_token=bool(call.params.get("page")))
        if fault is None:
            return self._routed(route, session, call, None)
        bill.counts.fault(fault.kind)
        return await apply_fault(fault, bill, lambda: self._routed(route, session, call, fault))

    def _missing(self, route: Route, call: Call) -> Answer | None:
        """Return the 404 of an unknown path or the 404 or 405 of an unknown method, else None."""
        options = self._bill.options
        if route is not UNKNOWN and _has_method(route, call.method):
            return None
        status = 404 if route is UNKNOWN else options.method_status
        self._bill.counts.refused("BDC_1121")
        if options.unknown_path_body == "empty":
            return Answer(status, b"")
        problem = Problem("BDC_1121", MESSAGES["BDC_1121"])
        shape = "object" if options.unknown_path_body == "object" else None
        error = BillError(status, [problem], shape)
        return error_as_answer(error_answer(error, options.error_shape, self._bill.clock.now()))

    def _admitted(self, route: Route, call: Call, slots: ExitStack) -> Session | None:
        """Check the session and the limits, in the order of `Options.order_of_checks`.

        The call takes a slot of the concurrency limit, which `slots` releases at the end. Return
        None for a route that needs no session.

        Raises:
            BillError: the session or a limit does not admit the call.

        """
        if route.kind == "login":
            self._admit_login(call, slots)
            return None
        if route.kind == "other":
            endpoint = OTHER_ENDPOINTS[route.action]
            if not endpoint.session:
                return None
            if not endpoint.key and "devkey" not in call.headers:
                key = self._bill.sessions.developer_key_of(call.headers.get("sessionid"))
                call = replace(call, headers={**call.headers, "devkey": key})
        if self._bill.options.order_of_checks == "limits_first":
            return self._admitted_limits_first(call, slots)
        return self._admitted_session_first(call, slots)

    def _admitted_session_first(self, call: Call, slots: ExitStack) -> Session:
        bill, options = self._bill, self._bill.options
        developer_key = call.headers.get("devkey", "")
        try:
            session = bill.sessions.check(call.headers.get("sessionid"), developer_key, options)
        except BillError:
            bill.limits.count_refused_call(developer_key, options)
            raise
        if options.limit_refusal_restarts_idle:
            bill.sessions.touch(session)
        self._enter(Caller(developer_key, session.organization_id), slots)
        bill.sessions.touch(session)
        return session

    def _admitted_limits_first(self, call: Call, slots: ExitStack) -> Session:
        bill, options = self._bill, self._bill.options
        developer_key, session_id = call.headers.get("devkey", ""), call.headers.get("sessionid")
        caller = Caller(developer_key, bill.sessions.organization_of(session_id))
        self._enter(caller, slots, counted=options.refused_calls_count)
        if options.refused_calls_count:
            return bill.sessions.use(session_id, developer_key, options)
        bill.limits.check_call(developer_key, options)
        session = bill.sessions.use(session_id, developer_key, options)
        bill.limits.count_call(developer_key, options)
        return session

    def _admit_login(self, call: Call, slots: ExitStack) -> None:
        """Check the limits of a login. A login refused here can still count (see the options)."""
        limits, options = self._bill.limits, self._bill.options
        caller = login_caller(call.body)
        counted = options.logins_count_as_calls
        try:
            if options.logins_take_a_slot:
                self._enter(caller, slots, counted=counted)
            elif counted:
                limits.count_call(caller.developer_key, options)
        except BillError:
            if options.refused_logins_count:
                limits.count_login(caller.developer_key)
            raise

    def _enter(self, caller: Caller, slots: ExitStack, *, counted: bool = True) -> None:
        limits, options = self._bill.limits, self._bill.options
        if counted and options.refused_calls_count:
            limits.count_call(caller.developer_key, options)
        limits.enter(caller, options)
        slots.callback(limits.leave, caller)
        if counted and not options.refused_calls_count:
            limits.count_call(caller.developer_key, options)

    def _routed(
        self, route: Route, session: Session | None, call: Call, fault: Fault | None
    ) -> Answer:
        bill = self._bill
        if call.repeated and bill.options.repeated_parameters == "refuse":
            names = ", ".join(call.repeated)
            raise refused_query("BDC_1129", f"Sent more than once: {names}", bill.options)
        if route.kind == "login":
            return answer_login(bill, call)
        if route.kind == "other":
            return OTHER_ENDPOINTS[route.action].answer(bill, route.row_id, call)
        if session is None:
            raise refusal(bill.options.session_status, "BDC_1109")
        return self._with_session(route, session, call, fault)

    def _with_session(
        self, route: Route, session: Session, call: Call, fault: Fault | None
    ) -> Answer:
        bill = self._bill
        if route.kind == "logout":
            return answer_logout(bill, session)
        if route.kind == "session":
            return answer_session(bill, session)
        if route.kind == "organizations":
            return answer_organizations(bill, session)
        if call.method != "GET" or route.contract is None:
            return answer_write(bill, route, session, call)
        if route.kind == "list":
            page = answer_list(bill, route.contract, session, call, twist_of(fault))
            if bill.after_page is not None:
                bill.after_page()
            return page
        return answer_row(bill, route.contract, session, route.row_id, call)


def _has_method(route: Route, method: str) -> bool:
    if route.kind in {"login", "logout"}:
        return method == "POST"
    if method == "GET":
        return route.kind not in {"action", "collection"}
    return write_name(route, method) is not None
