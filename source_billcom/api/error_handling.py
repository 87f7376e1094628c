"""What BILL's answers mean: an error body becomes an action and one sentence for the user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import orjson
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_billcom.config import PRODUCTION, SANDBOX
from source_billcom.errors import (
    REPORT,
    AmbiguousRejection,
    ConnectorError,
    RequestRejected,
    config_error,
)

NO_CODE = "no code"
NO_SUCH_API = "BDC_1121"
_QUOTE_LENGTH = 200


class ResponseAction(Enum):
    """What the client does about an answer."""

    RETRY = auto()  # a passing fault: wait a little longer each time, a bounded number of times
    WAIT_TURN = auto()  # BDC_1322: three calls of this organization are under way already
    WAIT_HOUR = auto()  # BDC_1144: this clock hour's calls are used up
    RENEW = auto()  # the session is gone: sign in once, replay
    FAIL = auto()


@dataclass(frozen=True)
class ErrorResolution:
    """What to do about an error answer; `error` says it if it comes to failing.

    `code` is BILL's, `NO_CODE` where BILL gave none, and None where the answer was not BILL's.
    `is_doubtful` marks what a wrong Base URL also looks like.
    """

    action: ResponseAction
    error: ConnectorError
    code: str | None = None
    is_doubtful: bool = False


# the words BILL documents for these codes [DOC developer.bill.com, common API error codes]
_CODES_BY_WORDS = (
    ("session is invalid", "BDC_1109"),
    ("max number of allowed requests per hour", "BDC_1144"),
    ("max number of concurrent requests", "BDC_1322"),
)


@dataclass(frozen=True)
class Problem:
    """One entry of BILL's error array. `code` is absent in validation failures [LIVE].

    Whether limits and dead sessions ever come without one is unknown [UNKNOWN]; their documented
    words are then as good.
    """

    code: str | None
    message: str
    has_severity: bool = False

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> "Problem":
        """Read one entry."""
        code, message = _text(entry.get("code")), _text(entry.get("message")) or "no message"
        if code is None:
            said = " ".join(message.lower().split())
            code = next((known for words, known in _CODES_BY_WORDS if words in said), None)
        return cls(code, message, has_severity=bool(entry.get("severity")))


# By code, the sentences that need nothing else. Codes and meanings: [DOC] BILL's error list; which
# HTTP status they arrive with is unknown or contradicted, so the status is never asked first.
CREDENTIAL_SENTENCES = {
    "BDC_1101": "BILL does not know this username and password: check both, or create a sync token "
    "in BILL (Settings > Sync & Integrations > Tokens) and use its name and value.",
    "BDC_1102": "BILL does not accept the developer key: check that it is copied whole and belongs "
    "to the environment of Base URL (production and sandbox keys differ).",
    "BDC_1103": "The developer key is inactive: activate it, or create another one, in BILL's "
    "developer settings.",
    "BDC_1104": "BILL's developer terms have not been accepted: accept them in BILL's developer "
    "settings.",
    "BDC_1105": "This BILL organization has no API access: ask BILL to enable it for the "
    "organization's plan.",
    "BDC_1107": "BILL has locked this organization out: contact BILL's support.",
    "BDC_1110": "BILL has locked this user's sign-in: unlock it in BILL, then run the sync again.",
    "BDC_1111": "This BILL user is not active: activate the user or use another one.",
    "BDC_1113": "BILL refused the sign-in: check username, password, organization ID and developer "
    "key.",
    "BDC_1123": "BILL does not know this organization ID: copy it from BILL (it begins with 008) "
    "and check that the user belongs to it and Base URL is its environment.",
}
_RETRIED_CODES = frozenset({"BDC_1001", "BDC_1002"})  # system error, unknown error
_TRANSIENT_STATUSES = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def problems_in(body: bytes) -> list[Problem]:
    """Read BILL's error body: an array of objects, sometimes one object [LIVE], sometimes HTML.

    Returns an empty list where there is none to read.
    """
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    entries: Sequence[Any] = parsed if isinstance(parsed, list) else [parsed]
    return [
        Problem.from_entry(entry)
        for entry in entries
        if isinstance(entry, Mapping) and (entry.get("code") or entry.get("message"))
    ]


def _text(value: object) -> str | None:
    """Make one line of bounded length of what BILL said; None where it said nothing.

    Secrets are masked before: cut in two, or with other blanks, they would not be known again.
    """
    if value is None:
        return None
    return " ".join(filter_secrets(str(value)).split())[:_QUOTE_LENGTH] or None


def classify(status: int, body: bytes, what: str) -> ErrorResolution:
    """Decide about an answer that is not a good one.

    The code in the body decides wherever there is one: public sources disagree about the HTTP
    status of limits, dead sessions and bad credentials (400, 401, 403, 422, 429) [CONTRA].
    `what` names the attempt as the user knows it, such as "reading bills".
    """
    problems = problems_in(body)
    for problem in problems:
        resolution = _judge_code(problem, _internal(status, problems, body), what)
        if resolution:
            return resolution
    return _judge_status(status, problems, body, what)


def _judge_code(problem: Problem, internal: str, what: str) -> ErrorResolution | None:
    code = problem.code
    if code is None:
        return None
    if code in CREDENTIAL_SENTENCES:
        error = config_error(CREDENTIAL_SENTENCES[code], internal)
        return ErrorResolution(ResponseAction.FAIL, error, code)
    if code == "BDC_1144":
        sentence = (
            f"BILL's hourly limit of calls for this developer key is used up while {what}: run the "
            "sync again in the next hour, or less often."
        )
        return ErrorResolution(
            ResponseAction.WAIT_HOUR, ConnectorError.transient(sentence, internal), code
        )
    if code == "BDC_1322":
        sentence = (
            f"BILL allows three calls at once per organization, and other programs kept them all "
            f"busy while {what}: run them at another time."
        )
        return ErrorResolution(
            ResponseAction.WAIT_TURN, ConnectorError.transient(sentence, internal), code
        )
    # "Untrusted session" wants a second factor, which no new login brings [LIVE]; the same code is
    # also said to come as "Session expired" [CODE]
    if code == "BDC_1109" or (code == "BDC_1361" and "expired" in problem.message.lower()):
        return ErrorResolution(ResponseAction.RENEW, session_refused(what, internal), code)
    if code == "BDC_1361":
        return ErrorResolution(ResponseAction.FAIL, _wants_second_factor(what, internal), code)
    if code == "BDC_1145":
        return ErrorResolution(ResponseAction.FAIL, _not_permitted(what, internal), code)
    if code in _RETRIED_CODES:
        return ErrorResolution(ResponseAction.RETRY, _bill_in_trouble(what, internal), code)
    if code == NO_SUCH_API:
        return ErrorResolution(ResponseAction.FAIL, _no_such_path(what, internal), code)
    return None


def _judge_status(status: int, problems: list[Problem], body: bytes, what: str) -> ErrorResolution:
    internal = _internal(status, problems, body)
    code = (problems[0].code or NO_CODE) if problems else None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT_STATUSES:
        return ErrorResolution(ResponseAction.RETRY, _bill_in_trouble(what, internal), code)
    if status == HTTPStatus.UNAUTHORIZED:
        return ErrorResolution(ResponseAction.RENEW, session_refused(what, internal), code)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        error = config_error(
            f"The server redirected to another address while {what}, which is never followed "
            "because it would receive the session: set Base URL to BILL's own address.",
            internal,
        )
        return ErrorResolution(ResponseAction.FAIL, error, code)
    if not problems or (status == HTTPStatus.OK and code == NO_CODE and not _is_bills(problems)):
        # `{"message": "OK"}` is no refusal of BILL's
        return _judge_foreign(status, internal, what)
    if status == HTTPStatus.FORBIDDEN:
        return ErrorResolution(ResponseAction.FAIL, _not_permitted(what, internal), code)
    if status == HTTPStatus.NOT_FOUND:
        return ErrorResolution(ResponseAction.FAIL, _no_such_path(what, internal), NO_SUCH_API)
    error = RequestRejected(
        internal,
        f"BILL refused the request while {what} ({code}, HTTP {status}: {problems[0].message}): "
        f"{REPORT} if it comes back.",
        FailureType.system_error,
    )
    return ErrorResolution(ResponseAction.FAIL, error, code)


def _is_bills(problems: list[Problem]) -> bool:
    """Tell BILL's own errors without a code, which name their severity [LIVE]."""
    return any(problem.has_severity for problem in problems)


def _judge_foreign(status: int, internal: str, what: str) -> ErrorResolution:
    """Judge an answer in which nothing is BILL's: a proxy's page, a cut body, another server."""
    error = not_bills(what, internal)
    # a 200 or its like with a foreign body may be a gateway's passing mood; a 4xx will not change
    action = ResponseAction.RETRY if status < HTTPStatus.MULTIPLE_CHOICES else ResponseAction.FAIL
    if status == HTTPStatus.NOT_FOUND:
        return ErrorResolution(ResponseAction.FAIL, _no_such_path(what, internal), NO_SUCH_API)
    if status == HTTPStatus.FORBIDDEN:
        error = config_error(
            f"Something between this machine and BILL refused access while {what} (HTTP 403): "
            "check proxy, firewall and BILL's IP allow list; if only this stream fails, the user's "
            "permissions.",
            internal,
        )
    return ErrorResolution(action, error, is_doubtful=True)


def from_known_bill(resolution: ErrorResolution, status: int, what: str) -> ErrorResolution:
    """Judge anew what looked like a wrong Base URL, from a BILL that has answered well before."""
    if not resolution.is_doubtful:
        return resolution
    internal = resolution.error.internal_message
    sentence = (
        f"BILL, or a proxy in between, kept sending broken answers while {what}: try again later; "
        "a sync resumes where it stopped."
    )
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return ErrorResolution(ResponseAction.RETRY, ConnectorError.transient(sentence, internal))
    if status == HTTPStatus.FORBIDDEN:
        return ErrorResolution(ResponseAction.RETRY, resolution.error, is_doubtful=True)
    error = AmbiguousRejection(internal, sentence, FailureType.transient_error)
    return ErrorResolution(ResponseAction.RETRY, error, is_doubtful=True)


def no_such_list(what: str, internal: str | None) -> ConnectorError:
    """Say that one list is not there although BILL is."""
    return config_error(
        f"BILL has nothing there while {what} (not found): the organization's plan may not include "
        "it; deselect the stream.",
        internal,
    )


def not_bills(what: str, internal: str) -> ConnectorError:
    """Say that the answer was not one of BILL's."""
    return config_error(
        f"The answer while {what} is not one of BILL's: check Base URL and any proxy in between.",
        internal,
    )


def session_refused(what: str, internal: str | None = None) -> ConnectorError:
    """Say that BILL hands out sessions and does not accept them."""
    return config_error(
        f"BILL accepted the sign-in and then refused its sessions while {what}: check that the "
        "user and the developer key are still active and allowed to use the API.",
        internal,
    )


def session_ended(what: str, internal: str | None = None) -> ConnectorError:
    """Say that BILL, which has accepted sessions before, ends one after the other."""
    return ConnectorError.transient(
        f"BILL ended one session after the other while {what}: run the sync again; it resumes "
        "where it stopped.",
        internal,
    )


def _not_permitted(what: str, internal: str) -> ConnectorError:
    return config_error(
        f"BILL does not permit {what} to this user: give the user's role that permission in BILL "
        "(or enable the feature in its plan), or deselect the stream.",
        internal,
    )


def _wants_second_factor(what: str, internal: str) -> ConnectorError:
    """Say what payments are known to be refused with [LIVE], and reading never was."""
    return config_error(
        f"BILL wants a session with a second factor for {what}, which no list should need: sign in "
        f"with a sync token's name and value instead of a user's, and {REPORT} if it comes back.",
        internal,
    )


def _bill_in_trouble(what: str, internal: str) -> ConnectorError:
    return ConnectorError.transient(
        f"BILL kept failing while {what}: try again later; a sync resumes where it stopped.",
        internal,
    )


def _no_such_path(what: str, internal: str) -> ConnectorError:
    return config_error(
        f"There is no BILL API at Base URL while {what} (not found): it should end in /connect, "
        "such as https://gateway.prod.bill.com/connect.",
        internal,
    )


def _internal(status: int, problems: list[Problem], body: bytes) -> str:
    said = "; ".join(f"{p.code or NO_CODE}: {p.message}" for p in problems[:3])
    if not said:
        said = f"{len(body)} bytes that are not a BILL error"
    return f"HTTP {status}, {said}"


def unreachable(host: str, *, is_bill_host: bool) -> ConnectorError:
    """Say that no connection to `host` came about.

    With BILL's own host the network is at fault and a later sync may succeed; with any other host
    the Base URL is the first suspect.
    """
    if is_bill_host:
        return ConnectorError.transient(
            f"Cannot reach {host}: check that this machine's network, proxy and firewall let it "
            "connect to BILL."
        )
    return config_error(
        f"Cannot reach {host}: check Base URL ({PRODUCTION} for production, {SANDBOX} for the "
        "sandbox) and that this machine's network lets it connect there."
    )
