"""What the user is told about responses of BILL: one function for each message.

`what` is what was being done, such as "reading bills". `internal` is for support: HTTP status,
BILL's code and text. Both are masked already.
"""

from airbyte_cdk.models import FailureType

from source_billcom.config import PRODUCTION, SANDBOX
from source_billcom.errors import (
    REPORT,
    AmbiguousRejection,
    ConnectorError,
    RequestRejected,
    config_error,
)

# --- configuration

# By code; meanings as in BILL's list of error codes [DOC].
CREDENTIAL_MESSAGES = {
    "BDC_1101": "BILL does not know this username and password. Check both, or create a sync token "
    "in BILL (Settings > Sync & Integrations > Tokens) and use its name and value.",
    "BDC_1102": "BILL does not accept the developer key. Check that it is complete and belongs to "
    "the environment of Base URL: production and sandbox have different keys.",
    "BDC_1103": "The developer key is inactive. Activate it, or create another one, in BILL under "
    "Settings > Sync & Integrations > Manage Developer Keys.",
    "BDC_1104": "BILL's developer terms have not been accepted. Accept them in BILL under "
    "Settings > Sync & Integrations > Manage Developer Keys.",
    "BDC_1105": "This BILL organization has no API access. Ask BILL to enable it for the "
    "organization's plan.",
    "BDC_1107": "BILL has locked this organization out. Contact BILL's support.",
    "BDC_1110": "BILL has locked this user's sign-in. Unlock it in BILL, then run the sync again.",
    "BDC_1111": "This BILL user is not active. Activate the user or use another one.",
    "BDC_1113": "BILL refused the sign-in. Check username, password, organization ID and developer "
    "key.",
    "BDC_1123": "BILL does not know this organization ID. Copy it from BILL (it begins with 008), "
    "and check that the user belongs to the organization and that Base URL is for the same "
    "environment.",
}


def credentials_refused(code: str, internal: str) -> ConnectorError:
    """Say which credential is wrong, where BILL named it by a code."""
    return config_error(CREDENTIAL_MESSAGES[code], internal)


def sign_in_refused(internal: str | None) -> ConnectorError:
    """Say that BILL refused the login without naming the wrong credential."""
    return config_error(
        "BILL refused the sign-in. Check username, password, organization ID and developer key, "
        "and that they belong to the environment (production or sandbox) that Base URL points to.",
        internal,
    )


def session_refused(what: str, internal: str | None = None) -> ConnectorError:
    """Say that BILL hands out sessions and has never accepted one."""
    return config_error(
        f"BILL accepted the sign-in but rejected every session while {what}. Check that the user "
        "and the developer key are still active and allowed to use the API.",
        internal,
    )


def not_permitted(what: str, internal: str) -> ConnectorError:
    """Say that the user may not read this list."""
    return config_error(
        f"BILL denied this user permission while {what}. Give the user's role that permission in "
        "BILL, enable the feature in the organization's plan, or deselect the stream.",
        internal,
    )


def mfa_required(what: str, internal: str) -> ConnectorError:
    """Explain BDC_1361, which BILL sends for payments [LIVE OD]. It was never seen for a list."""
    return config_error(
        f"BILL asked for multi-factor authentication while {what}. Lists should not need it. Sign "
        f"in with a sync token instead of a user. If this happens again, {REPORT}.",
        internal,
    )


def no_such_list(what: str, internal: str) -> ConnectorError:
    """Say that one list is not there although BILL is."""
    return config_error(
        f"BILL has no such list (not found while {what}). The organization's plan may not include "
        "it. Deselect the stream.",
        internal,
    )


def no_api_at_base_url(what: str, internal: str) -> ConnectorError:
    """Say that Base URL leads elsewhere: nothing good has come from it, and the path is unknown."""
    return config_error(
        f"There is no BILL API at Base URL (not found while {what}). Base URL should end in "
        f"/connect, such as {PRODUCTION}.",
        internal,
    )


def foreign_response(what: str, internal: str) -> ConnectorError:
    """Say that Base URL leads elsewhere: nothing good has come from it, and this is not BILL's."""
    return config_error(
        f"The response while {what} did not come from BILL. Check Base URL and any proxy in "
        "between.",
        internal,
    )


def access_refused(what: str, internal: str) -> ConnectorError:
    """Explain an HTTP 403 whose body is not BILL's."""
    return config_error(
        f"Something between this machine and BILL refused access while {what} (HTTP 403). Check "
        "proxy, firewall and BILL's IP allow list. If only this stream fails, check the user's "
        "permissions.",
        internal,
    )


def redirected(what: str, internal: str) -> ConnectorError:
    """Explain an HTTP 3xx."""
    return config_error(
        f"The server redirected to another address while {what}. The connector does not follow "
        "redirects, because the other address would receive the session. Set Base URL to BILL's "
        "own address.",
        internal,
    )


def unreachable(host: str, reason: str, *, is_bill_host: bool) -> ConnectorError:
    """Say that no connection to `host` has ever succeeded.

    With BILL's own host the network is at fault, and the next sync may succeed. With any other
    host the Base URL is the first suspect.
    """
    internal = f"no complete response: {reason}"
    if is_bill_host:
        return ConnectorError.transient(
            f"Cannot reach {host}. Check that this machine's network, proxy and firewall let it "
            "connect to BILL.",
            internal,
        )
    return config_error(
        f"Cannot reach {host}. Check Base URL ({PRODUCTION} for production, {SANDBOX} for the "
        "sandbox) and that this machine's network lets it connect there.",
        internal,
    )


def untrusted_server(what: str, reason: str) -> ConnectorError:
    """Say that TLS cannot be set up, which no retry changes."""
    return config_error(
        f"The server at Base URL could not be trusted while {what} ({reason}). Check Base URL and "
        "any proxy that inspects TLS."
    )


def unreadable_certificate_file() -> ConnectorError:
    """Say that the certificate file which the environment names cannot be read."""
    return config_error(
        "The certificate file named in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read. Fix "
        "the path or unset the variable."
    )


def unencrypted_public_host(host: str) -> ConnectorError:
    """Say that Base URL is http to a host that is not on a private network."""
    return config_error(
        f"Base URL uses http to the public host {host}, which would send the password "
        "unencrypted. Use https."
    )


# --- fatal


def request_rejected(
    what: str, code: str, status: int, quoted: str, internal: str
) -> ConnectorError:
    """Quote BILL where it does not accept a request and no other message fits."""
    return RequestRejected(
        internal,
        f"BILL refused the request while {what} ({code}, HTTP {status}: {quoted}). If this "
        f"happens again, {REPORT}.",
        FailureType.system_error,
    )


# --- retriable


def session_ended(what: str, internal: str | None = None) -> ConnectorError:
    """Say that BILL, which has accepted sessions before, now ends one after another."""
    return ConnectorError.transient(
        f"BILL ended one session after another while {what}. Run the sync again; it resumes where "
        "this one stopped.",
        internal,
    )


def stopped() -> ConnectorError:
    """Say that the session was logged out while calls were still to be made."""
    return ConnectorError.transient(
        "The sync was stopped. Run it again; it resumes where this one stopped."
    )


def still_signing_in() -> ConnectorError:
    """Say that another read in this process, with the same credentials, has not signed in yet."""
    return ConnectorError.transient(
        "Another sync in this process is still signing in to BILL. Try again when it has finished."
    )


def hourly_limit_reached(what: str, internal: str | None = None) -> ConnectorError:
    """Explain BDC_1144, or the same limit as the connector keeps it."""
    return ConnectorError.transient(
        f"BILL's hourly limit of calls for this developer key was used up while {what}. Run the "
        "sync again in the next hour, or run it less often.",
        internal,
    )


def slots_busy(what: str, internal: str) -> ConnectorError:
    """Explain BDC_1322 for longer than the retry policy allows."""
    return ConnectorError.transient(
        f"BILL allows three calls at once per organization. Other programs used all three while "
        f"{what}. Run them at another time.",
        internal,
    )


def service_failing(what: str, internal: str) -> ConnectorError:
    """Explain HTTP 5xx, or BILL's codes for errors of its own."""
    return ConnectorError.transient(
        f"BILL kept failing while {what}. Try again later; the next sync resumes where this one "
        "stopped.",
        internal,
    )


def connection_lost(what: str, reason: str) -> ConnectorError:
    """Say that a connection failed after it was made, or after others had worked."""
    return ConnectorError.transient(
        f"BILL could not be reached while {what} ({reason}). Try again later; the next sync "
        "resumes where this one stopped.",
        f"no complete response: {reason}",
    )


def bill_unreachable(internal: str) -> ConnectorError:
    """Say that no call at all is answered any more, whatever it is for."""
    return ConnectorError.transient(
        "BILL could not be reached for several minutes, so all streams stopped. Try again later; "
        "the next sync resumes where this one stopped.",
        internal,
    )


def invalid_responses(what: str, internal: str, *, is_rejection: bool = False) -> ConnectorError:
    """Say that BILL, which has answered well before, now sends what is not BILL's.

    `is_rejection`: the status is a 4xx, so the request may have to be in another form.
    """
    message = (
        f"BILL (or a proxy) kept returning invalid responses while {what}. Try again later; the "
        "next sync resumes where this one stopped."
    )
    if is_rejection:
        return AmbiguousRejection(internal, message, FailureType.transient_error)
    return ConnectorError.transient(message, internal)
