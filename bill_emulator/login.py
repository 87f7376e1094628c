"""Sign-in routes: login, logout, the session and its organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from bill_emulator.errors import MESSAGES, BillError, Problem
from bill_emulator.http import Answer, Call, json_answer
from bill_emulator.limits import Caller

if TYPE_CHECKING:
    from bill_emulator.emulated_bill import Bill
    from bill_emulator.options import Options
    from bill_emulator.sessions import Session


def answer_login(bill: Bill, call: Call) -> Answer:
    """Answer POST /v3/login.

    A login sends the developer key in the body. All other calls send it in a header [LIVE NH].

    Raises:
        BillError: the login is refused.

    """
    bill.counts.logins += 1
    options = bill.options
    body = read_object(call.body, options)
    developer_key = str(body.get("devKey"))
    bill.limits.check_login(developer_key, options)
    try:
        session = bill.sessions.sign_in(body, options)
    except BillError:
        if options.refused_logins_count:
            bill.limits.count_login(developer_key)
        raise
    bill.limits.count_login(developer_key)
    bill.counts.logins_accepted += 1
    return json_answer(
        {
            "sessionId": session.id,
            "organizationId": session.organization_id,
            "userId": session.user_id,
            "trusted": session.trusted,
        }
    )


def answer_logout(bill: Bill, session: Session) -> Answer:
    """Answer POST /v3/logout with 200 and an empty body. The session ends at once [DOC PM]."""
    bill.counts.logouts += 1
    bill.sessions.end(session.id)
    return Answer(200, b"", content_type=None)


def answer_session(bill: Bill, session: Session) -> Answer:
    """Answer GET /v3/login/session [DOC PM]. The only `mfaStatus` in our sources is DISABLED."""
    bypass = bill.options.mfa_bypass
    return json_answer(
        {
            "organizationId": session.organization_id,
            "userId": session.user_id,
            "mfaStatus": "DISABLED",
            "mfaBypass": session.trusted if bypass == "as_trusted" else bypass == "true",
        }
    )


def answer_organizations(bill: Bill, session: Session) -> Answer:
    """Answer GET /v3/login/organizations. Its field names are [UNKNOWN], so only id and name."""
    name = bill.organization_name
    return json_answer({"results": [{"id": session.organization_id, "name": name}]})


def read_object(body: bytes, options: Options) -> dict[str, Any]:
    """Read a call's body as a JSON object.

    Raises:
        BillError: 400, the body is not JSON or not an object.
    """
    content = read_json(body, options)
    if not isinstance(content, dict):
        raise _not_parsed(options)
    return content


def read_json(body: bytes, options: Options) -> Any:
    """Read a call's body as JSON.

    Raises:
        BillError: 400, the body is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _not_parsed(options) from None


def _not_parsed(options: Options) -> BillError:
    code = "BDC_1122" if options.malformed_json_code == "bdc" else None
    return BillError(400, [Problem(code, MESSAGES["BDC_1122"])])


def login_caller(body: bytes) -> Caller:
    """Return the developer key and organization that a login names; empty text if it names none."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    named = content if isinstance(content, dict) else {}
    return Caller(str(named.get("devKey", "")), str(named.get("organizationId", "")))
