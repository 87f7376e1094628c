"""Rules for injected faults: which calls they apply to, and with which fault."""

from __future__ import annotations

import dataclasses
import math
import random
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.errors import ERROR_SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DAY = 86_400

KINDS = frozenset(
    {
        "error",  # an error of BILL: status, code, message, shape
        "html",  # an HTML page with a status
        "reset",  # the connection is reset without a response
        "cut",  # half the body under the full Content-Length
        "stall",  # the response is sent `seconds` later
        "not_json",  # 200 with half a JSON text
        "no_results",  # 200 with an object that is not a page
        "error_array",  # 200 with an array of errors
        "redirect",  # 302, or another status, to `url`
        "repeat_token",  # a page whose nextPage is the token of the request
        "empty_page",  # a page without rows that points at the same position again
    }
)


class BadFaultError(ValueError):
    """The rule is not valid."""


@dataclass(frozen=True)
class Fault:
    """A rule for calls whose path contains `path`, or matches it if `regex` is true.

    The rule applies with the probability `rate`, to the first `times` calls (None: to any number),
    after `skip` matching calls have passed. `status` is 500 for errors and 502 for HTML by default.
    """

    kind: str
    path: str = ""
    regex: bool = False
    method: str | None = None
    rate: float = 1.0
    times: int | None = None
    skip: int = 0
    status: int | None = None
    code: str | None = "BDC_1001"
    message: str | None = None
    shape: str | None = None
    seconds: float = 60.0
    url: str = "https://example.com/"

    def matches(self, method: str, path: str) -> bool:
        """Return whether method and path of a call match the rule."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.regex:
            return re.search(self.path, path) is not None
        return self.path in path


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_number(value: Any, least: float, most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least <= value <= most  # also false for NaN


def _is_whole(value: Any, least: float, most: float = math.inf) -> bool:
    return isinstance(value, int) and _is_number(value, least, most)


def _is_location(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


_FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = MappingProxyType(
    {
        "method": (_is_text_or_null, "text or null"),
        "code": (_is_text_or_null, "text or null"),
        "message": (_is_text_or_null, "text or null"),
        "shape": (
            lambda value: value is None or value in ERROR_SHAPES,
            f"one of {', '.join(ERROR_SHAPES)}",
        ),
        "regex": (lambda value: isinstance(value, bool), "true or false"),
        "rate": (lambda value: _is_number(value, 0, 1), "a number from 0 to 1"),
        "times": (lambda value: value is None or _is_whole(value, 1), "1 or more, or null"),
        "skip": (lambda value: _is_whole(value, 0), "a whole number of 0 or more"),
        "status": (
            # A status below 200 is not a final response: clients would wait for another one.
            lambda value: value is None or _is_whole(value, 200, 599),
            "a status from 200 to 599",
        ),
        "seconds": (lambda value: _is_number(value, 0, _DAY), f"seconds from 0 to {_DAY}"),
        "url": (_is_location, "printable ASCII text"),
    }
)
"""For each field, a test of its value and a description. All other fields take text."""


def fault_from_json(rule: Mapping[str, Any]) -> Fault:
    """Read a rule.

    Raises:
        BadFaultError: an unknown kind or field, or an invalid value.

    """
    known = {field.name for field in dataclasses.fields(Fault)}
    unknown = set(rule) - known
    if unknown:
        raise BadFaultError(f"Unknown fields: {', '.join(sorted(unknown))}.")
    if not isinstance(rule.get("kind"), str) or rule["kind"] not in KINDS:
        raise BadFaultError(f"kind must be one of {', '.join(sorted(KINDS))}.")
    for name, value in rule.items():
        is_valid, description = _FIELDS.get(name, (_is_text, "text"))
        if not is_valid(value):
            raise BadFaultError(f"{name} must be {description}, not {value!r}.")
    fault = Fault(**rule)
    try:
        re.compile(fault.path if fault.regex else "")
    except re.error as error:
        raise BadFaultError(f"path is not a regular expression: {error}") from None
    return fault


class Faults:
    """The rules in force, in the order they were added. The first that matches a call applies."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"faults-{seed}")
        self._rules: dict[int, Fault] = {}
        self._left: dict[int, int] = {}
        self._skips: dict[int, int] = {}
        self._count = 0

    def add(self, fault: Fault) -> int:
        """Add a rule. Return its number."""
        self._count += 1
        self._rules[self._count] = fault
        self._skips[self._count] = fault.skip
        if fault.times is not None:
            self._left[self._count] = fault.times
        return self._count

    def clear(self, number: int | None = None) -> None:
        """Remove one rule, or all."""
        if number is None:
            self._rules.clear()
        else:
            self._rules.pop(number, None)

    def hit(self, method: str, path: str, *, has_token: bool = False) -> Fault | None:
        """Return the rule that applies to a call, if any, and count its use.

        `repeat_token` rules apply only to calls with a page token (`has_token`).
        """
        for number, fault in list(self._rules.items()):
            if fault.kind == "repeat_token" and not has_token:
                continue
            if not fault.matches(method, path) or self._random.random() >= fault.rate:
                continue
            if self._skips[number]:
                self._skips[number] -= 1
                continue
            if number in self._left:
                self._left[number] -= 1
                if self._left[number] <= 0:
                    del self._rules[number]
            return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """Return the rules in force, with their numbers and remaining uses."""
        return [
            {"id": number, **dataclasses.asdict(fault), "left": self._left.get(number)}
            for number, fault in self._rules.items()
        ]
