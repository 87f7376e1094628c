"""Classifies failed responses: what to do, and what to tell the user."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import orjson

from source_billcom.api import error_messages as messages
from source_billcom.api.error_messages import CREDENTIAL_MESSAGES
from source_billcom.errors import ConnectorError, TransportError, UnreadableCertificates
from source_billcom.masking import MASK

NO_CODE = "no code"
SESSION_INVALID = "BDC_1109"
_NO_SUCH_PATH = "BDC_1121"
_QUOTE_LENGTH = 200

Mask = Callable[[str], str]
"""Takes secrets out of quoted text."""


@dataclass(frozen=True)
class Phase:
    """At which point of a connection a call is made, and what for, such as "reading bills".

    `is_established`: a good response has come from this address before. Until then, whatever looks
    odd is most likely a wrong Base URL; afterwards it is not.
    """

    what: str
    is_established: bool = False
    is_sign_in: bool = False


class ResponseAction(Enum):
    """What the client does about a response."""

    RETRY = auto()  # a fault that may pass: retry with growing waits, a bounded number of times
    WAIT_FOR_SLOT = auto()  # BDC_1322: three calls of this organization are in flight already
    WAIT_FOR_HOUR = auto()  # BDC_1144: the calls of this clock hour are used up
    RENEW_SESSION = auto()  # the session is invalid: sign in once, then replay the call
    FAIL = auto()


class SuspectedCause(Enum):
    """What else may be wrong where a response is not BILL's; such calls are retried less often."""

    NONE = auto()
    ADDRESS = auto()  # Base URL: nothing good has ever come from there
    SESSION = auto()  # the session, or this form of the request: a gateway refused the call


@dataclass(frozen=True)
class ErrorResolution:
    """What to do about a response; `error` is raised if the call fails for good.

    `code` is BILL's, `NO_CODE` where BILL gave none, and None where the response was not BILL's.
    `is_unanswered`: there was no response at all, not even the beginning of one.
    """

    action: ResponseAction
    error: ConnectorError
    code: str | None = None
    suspected_cause: SuspectedCause = SuspectedCause.NONE
    is_unanswered: bool = False


# the texts BILL documents for these codes [DOC D:common-api-error-codes]
_CODES_BY_TEXT = (
    ("session is invalid", SESSION_INVALID),
    ("max number of allowed requests per hour", "BDC_1144"),
    ("max number of concurrent requests", "BDC_1322"),
)
_CODE = re.compile(r"BDC_[0-9]{4}")  # the form of every code that BILL documents [DOC]
_RETRIED_CODES = frozenset({"BDC_1001", "BDC_1002"})  # system error, unknown error
_TRANSIENT_STATUSES = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


@dataclass(frozen=True)
class Problem:
    """One entry of BILL's error array. `code` is absent in validation failures [LIVE MJ, SF].

    Whether limits and invalid sessions ever come without a code is unknown [UNKNOWN]; their
    documented texts then stand for it.
    """

    code: str | None
    message: str
    has_severity: bool = False

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any], mask: Mask) -> "Problem":
        """Read one entry, its texts masked, on one line and of bounded length."""
        code, text = entry.get("code"), entry.get("message")
        if not _is_code(code, mask):
            code = _quote(code, mask)
        if code is None:
            said = " ".join(str(text).lower().split())
            code = next((known for part, known in _CODES_BY_TEXT if part in said), None)
        message = _quote(text, mask) or "no message"
        return cls(code, message, has_severity=bool(entry.get("severity")))


def problems_in(body: bytes, mask: Mask) -> list[Problem]:
    """Read BILL's error body: an array of objects, sometimes one object [LIVE NH] or HTML.

    Returns an empty list where there is none to read.
    """
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    entries: Sequence[Any] = parsed if isinstance(parsed, list) else [parsed]
    return [
        Problem.from_entry(entry, mask)
        for entry in entries
        if isinstance(entry, Mapping) and (entry.get("code") or entry.get("message"))
    ]


def _is_code(value: object, mask: Mask) -> bool:
    """Tell whether a value is one of BILL's codes, and not a secret that BILL quotes in its place.

    A code stays whole if a secret is a part of it, such as the password "1109".
    """
    return isinstance(value, str) and bool(_CODE.fullmatch(value)) and mask(value) != MASK


def _quote(value: object, mask: Mask) -> str | None:
    """Make one line of what BILL said; None where it said nothing.

    Secrets are masked first: cut in two, or with other white space, they would not be found.
    """
    if value is None:
        return None
    return " ".join(mask(str(value)).split())[:_QUOTE_LENGTH] or None


def classify(status: int, body: bytes, phase: Phase, mask: Mask) -> ErrorResolution:
    """Decide about a response that is not a good one. `mask` takes secrets out of what it quotes.

    The code in the body decides wherever there is one: public sources disagree about the HTTP
    status of limits, invalid sessions and wrong credentials (400, 401, 403, 422, 429) [CONTRA].
    """
    problems = problems_in(body, mask)
    internal = _internal(status, problems, body, phase)
    known = (_by_code(problem, internal, phase) for problem in problems)
    resolution = next(filter(None, known), None) or _by_status(status, problems, internal, phase)
    return _at_sign_in(resolution) if phase.is_sign_in else resolution


def classify_transport_error(
    error: TransportError, phase: Phase, host: str, *, is_bill_host: bool
) -> ErrorResolution:
    """Decide about a call that brought no complete response."""
    action = ResponseAction.FAIL if error.final else ResponseAction.RETRY
    if error.unreachable and not phase.is_established:
        sentence = messages.unreachable(host, error.what, is_bill_host=is_bill_host)
        return ErrorResolution(action, sentence, suspected_cause=SuspectedCause.ADDRESS)
    if isinstance(error, UnreadableCertificates):
        return ErrorResolution(action, messages.unreadable_certificate_file())
    if error.final:
        return ErrorResolution(action, messages.untrusted_server(phase.what, error.what))
    lost = messages.connection_lost(phase.what, error.what)
    return ErrorResolution(action, lost, is_unanswered=not error.partial)


def _by_code(problem: Problem, internal: str, phase: Phase) -> ErrorResolution | None:
    code, what = problem.code, phase.what
    if code is None:
        return None
    action, error = ResponseAction.FAIL, None
    if code in CREDENTIAL_MESSAGES:
        error = messages.credentials_refused(code, internal)
    elif code == "BDC_1144":
        action, error = ResponseAction.WAIT_FOR_HOUR, messages.hourly_limit_reached(what, internal)
    elif code == "BDC_1322":
        action, error = ResponseAction.WAIT_FOR_SLOT, messages.slots_busy(what, internal)
    elif code == SESSION_INVALID or (code == "BDC_1361" and "expired" in problem.message.lower()):
        # BDC_1361 as "Session expired" [CODE OD]
        action, error = ResponseAction.RENEW_SESSION, messages.session_refused(what, internal)
    elif code == "BDC_1361":
        # BDC_1361 as "Untrusted session" asks for MFA, which a new login does not add [LIVE OD]
        error = messages.mfa_required(what, internal)
    elif code == "BDC_1145":
        error = messages.not_permitted(what, internal)
    elif code in _RETRIED_CODES:
        action, error = ResponseAction.RETRY, messages.service_failing(what, internal)
    elif code == _NO_SUCH_PATH:
        error = _not_found(phase, internal)
    return ErrorResolution(action, error, code) if error else None


def _by_status(
    status: int, problems: list[Problem], internal: str, phase: Phase
) -> ErrorResolution:
    what = phase.what
    code = (problems[0].code or NO_CODE) if problems else None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT_STATUSES:
        error = messages.service_failing(what, internal)
        return ErrorResolution(ResponseAction.RETRY, error, code)
    if status == HTTPStatus.UNAUTHORIZED:
        error = messages.session_refused(what, internal)
        return ErrorResolution(ResponseAction.RENEW_SESSION, error, code)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ErrorResolution(ResponseAction.FAIL, messages.redirected(what, internal), code)
    if not problems or (
        status == HTTPStatus.OK and code == NO_CODE and not _is_bill_error(problems)
    ):
        # `{"message": "OK"}` is not an error of BILL's
        return _foreign(status, internal, phase)
    if status == HTTPStatus.FORBIDDEN:
        return ErrorResolution(ResponseAction.FAIL, messages.not_permitted(what, internal), code)
    if status == HTTPStatus.NOT_FOUND:
        return ErrorResolution(ResponseAction.FAIL, _not_found(phase, internal), _NO_SUCH_PATH)
    said = problems[0].message
    error = messages.request_rejected(what, code or NO_CODE, status, said, internal)
    return ErrorResolution(ResponseAction.FAIL, error, code)


def _is_bill_error(problems: list[Problem]) -> bool:
    """Recognize BILL's own errors without a code, which name their severity [LIVE MJ, SF]."""
    return any(problem.has_severity for problem in problems)


def _not_found(phase: Phase, internal: str) -> ConnectorError:
    if phase.is_established and not phase.is_sign_in:
        return messages.no_such_list(phase.what, internal)
    return messages.no_api_at_base_url(phase.what, internal)


def _foreign(status: int, internal: str, phase: Phase) -> ErrorResolution:
    """Decide about a body that is not BILL's: a proxy's page, a cut body, another server."""
    what = phase.what
    is_good_status = status < HTTPStatus.MULTIPLE_CHOICES
    if status == HTTPStatus.NOT_FOUND:
        return ErrorResolution(ResponseAction.FAIL, _not_found(phase, internal))
    if not phase.is_established:
        # a gateway's fault behind a good status may pass; a 4xx will not change
        action = ResponseAction.RETRY if is_good_status else ResponseAction.FAIL
        is_forbidden = status == HTTPStatus.FORBIDDEN
        message = messages.access_refused if is_forbidden else messages.foreign_response
        return ErrorResolution(
            action, message(what, internal), suspected_cause=SuspectedCause.ADDRESS
        )
    if is_good_status:
        error = messages.invalid_responses(what, internal)
        return ErrorResolution(ResponseAction.RETRY, error)
    if status == HTTPStatus.FORBIDDEN:
        error = messages.access_refused(what, internal)
    else:
        error = messages.invalid_responses(what, internal, is_rejection=True)
    return ErrorResolution(ResponseAction.RETRY, error, suspected_cause=SuspectedCause.SESSION)


def _at_sign_in(resolution: ErrorResolution) -> ErrorResolution:
    """Adapt a resolution to a login, where there is no session yet that could be renewed.

    Whatever BILL refuses here without one of the codes that name the wrong credential is a refused
    sign-in: 400, 401, 403 and bodies without a code are all reported for wrong credentials
    [CODE FH, PH; LIVE NH].
    """
    if resolution.action is ResponseAction.WAIT_FOR_SLOT:
        # with the few retries of a fault: BILL allows 200 logins an hour
        return replace(resolution, action=ResponseAction.RETRY)
    is_refusal = resolution.action is ResponseAction.RENEW_SESSION or (
        resolution.action is ResponseAction.FAIL
        and resolution.code not in {None, _NO_SUCH_PATH, *CREDENTIAL_MESSAGES}
    )
    if not is_refusal:
        return resolution
    error = messages.sign_in_refused(resolution.error.internal_message)
    return ErrorResolution(ResponseAction.FAIL, error, resolution.code)


def _internal(status: int, problems: list[Problem], body: bytes, phase: Phase) -> str:
    """Describe a response for support.

    Of a login only BILL's code, never its text, which may quote the password.
    """
    if not problems:
        return f"HTTP {status}, {len(body)} bytes that are not a BILL error"
    codes = [problem.code or NO_CODE for problem in problems[:3]]
    if phase.is_sign_in:
        said = [code if _CODE.fullmatch(code) else NO_CODE for code in codes]
    else:
        said = [
            f"{code}: {problem.message}" for code, problem in zip(codes, problems, strict=False)
        ]
    return f"HTTP {status}, {'; '.join(said)}"
