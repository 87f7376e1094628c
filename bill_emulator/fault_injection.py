"""Applies an injected fault to a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from bill_emulator.errors import (
    HTML_TYPE,
    MESSAGES,
    BillError,
    Problem,
    error_answer,
    html_page,
)
from bill_emulator.http import Answer, error_as_answer
from bill_emulator.list_routes import Twist

if TYPE_CHECKING:
    from bill_emulator.emulated_bill import Bill
    from bill_emulator.faults import Fault

Serve = Callable[[], Answer]

_ERROR_STATUS = 500
_HTML_STATUS = 502


class ConnectionReset(Exception):
    """The connection must be reset without a response."""


async def apply_fault(fault: Fault, bill: Bill, serve: Serve) -> Answer:
    """Return the response under a fault. `serve` returns the normal response.

    Raises:
        ConnectionReset: the kind of the fault is `reset`.

    """
    if fault.kind == "reset":
        raise ConnectionReset
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
        return serve()
    if fault.kind == "cut":
        return replace(serve(), cut=True)
    if fault.kind in {"repeat_token", "empty_page"}:
        return serve()
    return _instead(fault, bill)


def twist_of(fault: Fault | None) -> Twist:
    """Return how a fault changes a page."""
    kind = fault.kind if fault is not None else ""
    return Twist(repeat_token=kind == "repeat_token", empty=kind == "empty_page")


def _instead(fault: Fault, bill: Bill) -> Answer:
    """Return the response that replaces the normal one."""
    if fault.kind == "html":
        status = fault.status or _HTML_STATUS
        return Answer(status, html_page(status), HTML_TYPE)
    if fault.kind == "redirect":
        return Answer(fault.status or 302, b"", None, (("location", fault.url),))
    if fault.kind == "not_json":
        return Answer(200, b'{"results":[{"id":"00n0')
    if fault.kind == "no_results":
        return Answer(200, orjson.dumps({"message": "OK"}))
    message = fault.message or MESSAGES.get(fault.code or "", "System error occurred.")
    error = BillError(fault.status or _ERROR_STATUS, [Problem(fault.code, message)])
    if fault.kind == "error_array":
        return error_as_answer(error_answer(error, "array_200", bill.clock.now()))
    bill.counts.refused(fault.code)
    shape = fault.shape or bill.options.error_shape
    return error_as_answer(error_answer(error, shape, bill.clock.now()))
