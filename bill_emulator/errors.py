"""BILL's errors: the codes that the emulator uses, and the shapes of their bodies.

The documented body is a bare JSON array of error objects [DOC D:common-api-error-codes; LIVE NF,
NB, MJ]. Other shapes exist or are assumed in clients; `Options.error_shape` chooses one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson

from bill_emulator.clock import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

ERROR_SHAPES = ("array", "object", "codeless", "html", "array_200")
JSON_TYPE = "application/json;charset=utf-8"
HTML_TYPE = "text/html;charset=utf-8"

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "BDC_1001": "System error occurred.",
        "BDC_1101": "User name and/or password do not match our records.",
        "BDC_1102": "Developer key is invalid.",
        "BDC_1103": "Developer key is inactive.",
        "BDC_1104": "Developer terms are not accepted.",
        "BDC_1105": "The organization does not have API access.",
        "BDC_1107": "Organization is locked out.",
        "BDC_1109": "Session is invalid.  Please log in.",
        "BDC_1110": "Login is locked.",
        "BDC_1121": "API not supported.",
        "BDC_1122": "Error Parsing Json Object.",
        "BDC_1123": "Invalid organization id.",
        "BDC_1129": "Invalid parameter value for parameter.",
        "BDC_1130": "Invalid list filter field.",
        "BDC_1131": "Invalid list filter operator.",
        "BDC_1144": "Max number of allowed requests per hour reached: {limit}.",
        "BDC_1145": "You do not have permission to perform this operation.",
        "BDC_1205": "No data found for object with given ID",
        "BDC_1302": "The entity type of id {id} does not match any of the expected entity types:"
        " {expected}.",
        "BDC_1322": "Max number of concurrent requests per organization reached.",
        "BDC_1361": "Untrusted session",
    }
)
"""BILL's message for each code [DOC: old error list, D:common-api-error-codes]. The text of
BDC_1105 and BDC_1145 and the end of BDC_1131 are ours: sources have the code without a message."""


@dataclass(frozen=True)
class Problem:
    """One error object. A bean-validation error has no `code` [LIVE MJ, SF]."""

    code: str | None
    message: str
    params: Sequence[Mapping[str, Any]] | None = None


class BillError(Exception):
    """BILL refuses the call with this HTTP status and these problems.

    `shape` is the shape of the body, if it differs from `Options.error_shape`.
    """

    def __init__(self, status: int, problems: Sequence[Problem], shape: str | None = None) -> None:
        super().__init__("; ".join(f"{p.code or '-'} {p.message}" for p in problems))
        self.status = status
        self.problems = tuple(problems)
        self.shape = shape


def refusal(status: int, code: str, **values: object) -> BillError:
    """Return an error with one code and its message, with `values` for its placeholders."""
    return BillError(status, [Problem(code, MESSAGES[code].format(**values))])


def invalid(message: str, status: int = 400) -> BillError:
    """Return a validation error, without code and category [LIVE MJ, SF]."""
    return BillError(status, [Problem(None, message)])


@dataclass(frozen=True)
class ErrorAnswer:
    """The response of an error."""

    status: int
    content_type: str
    body: bytes


def error_answer(error: BillError, shape: str, now: datetime) -> ErrorAnswer:
    """Return the response of an error, in its own shape or that of `Options.error_shape`."""
    if error.shape is not None and shape == "array":
        shape = error.shape
    items = [_item(problem, now) for problem in error.problems]
    if shape == "html":
        return ErrorAnswer(error.status, HTML_TYPE, html_page(error.status))
    if shape == "object":
        return ErrorAnswer(error.status, JSON_TYPE, orjson.dumps(items[0]))
    if shape == "codeless":
        body = orjson.dumps({"message": error.problems[0].message})
        return ErrorAnswer(error.status, JSON_TYPE, body)
    status = 200 if shape == "array_200" else error.status
    return ErrorAnswer(status, JSON_TYPE, orjson.dumps(items))


def html_page(status: int) -> bytes:
    """Return an HTML page of a gateway. Clients expect one with a 502 [CODE]."""
    return (
        f"<html>\r\n<head><title>{status}</title></head>\r\n"
        f"<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def _item(problem: Problem, now: datetime) -> dict[str, Any]:
    item: dict[str, Any] = {"timestamp": canonical(now)}
    if problem.code is not None:
        item["code"] = problem.code
    item["severity"] = "ERROR"
    if problem.code is not None:
        item["category"] = "DOWNSTREAM"
    item["message"] = problem.message
    if problem.params is not None:
        item["params"] = [dict(param) for param in problem.params]
    return item
