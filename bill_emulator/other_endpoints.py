"""Other endpoints of BILL that can be read, besides the 20 lists.

The shapes are BILL's [DOC PM]. The few rows are derived from the company and never change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.errors import invalid, refusal
from bill_emulator.http import Answer, json_answer
from bill_emulator.ids import Ids
from bill_emulator.list_routes import answer_short_list
from bill_emulator.lists.query import permission_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.emulated_bill import Bill
    from bill_emulator.http import Call

Handler = Callable[["Bill", str, "Call"], "Answer"]

_DOCUMENT = "00h"
_PREFIX_LENGTH = 3
_CARD_USER_STATUSES = frozenset({"VERIFIED", "NOMINATED"})


@dataclass(frozen=True)
class OtherEndpoint:
    """An endpoint: its path with `{id}`, its handler, and which headers it needs.

    `session` is false if it needs no session, `key` if the `sessionId` header is enough.
    """

    pattern: str
    answer: Handler
    session: bool = True
    key: bool = True

    def match(self, path: str) -> str | None:
        """Return the id in a path of this endpoint, or empty text; None for other paths."""
        expression = re.escape(self.pattern).replace(r"\{id\}", "([^/]+)")
        found = re.fullmatch(expression, path)
        if found is None:
            return None
        return found[1] if found.groups() else ""


def match_other_endpoint(path: str) -> tuple[str, str] | None:
    """Return the name of a path's endpoint and the id in the path, or None."""
    for name, route in OTHER_ENDPOINTS.items():
        row_id = route.match(path)
        if row_id is not None:
            return name, row_id
    return None


def _ids(bill: Bill, what: str) -> Ids:
    return Ids(bill.seed + sum(what.encode()))


def _first(bill: Bill, list_name: str) -> dict[str, Any]:
    return next(iter(bill.store.rows(list_name)), {})


def _health(_bill: Bill, _row_id: str, _call: Call) -> Answer:
    return json_answer(
        {
            "appId": "bill-emulator",
            "appEnv": "emulator",
            "appVersion": "v3",
            "bdcRegion": "local",
        }
    )


def _organization(bill: Bill, row_id: str, _call: Call) -> Answer:
    """Return the organization. Other ids than its own are refused [INFER]."""
    if row_id != bill.credentials.organization_id:
        raise permission_refused(bill.options)
    address = {
        "line1": "100 Market Street",
        "city": "San Jose",
        "stateOrProvince": "CA",
        "zipOrPostalCode": "95113",
        "country": "US",
        "countryName": "United States",
    }
    born = _first(bill, "roles") or _first(bill, "users")
    return json_answer(
        {
            "id": row_id,
            "archived": False,
            "name": bill.organization_name,
            "address": address,
            "mailingAddress": address,
            "phone": "4085550100",
            "taxId": "*****0000",
            "taxIdType": "EIN",
            "industry": "Wholesale Trade",
            "accountType": "BUSINESS",
            "processingOptions": {
                "mailingAddressSameAsPhysical": True,
                "individualTransferOut": True,
                "individualTransferIn": True,
            },
            "createdTime": born.get("createdTime"),
            "updatedTime": born.get("updatedTime"),
        }
    )


def _policies(bill: Bill, _row_id: str, _call: Call) -> Answer:
    users = list(bill.store.rows("users"))[:2]
    approvers = [
        {"userId": u["id"], "fullName": f"{u.get('firstName')} {u.get('lastName')}"} for u in users
    ]
    rule = {"key": "BILL_AMOUNT", "op": "gte", "values": [{"value": "5000", "displayName": "5000"}]}
    return json_answer(
        [
            {
                "id": f"{bill.credentials.organization_id}-1",
                "policyName": "Large bills",
                "status": "ACTIVE",
                "rules": [rule],
                "approvers": {"users": approvers, "groups": []},
            }
        ]
    )


def _ap_cards(bill: Bill, _row_id: str, _call: Call) -> Answer:
    born = _first(bill, "bank_accounts")
    return json_answer(
        [
            {
                "id": _ids(bill, "ap-card").next("apc"),
                "status": "INACTIVE",
                "nameOnAccount": bill.organization_name,
                "createdTime": born.get("createdTime"),
                "updatedTime": born.get("updatedTime"),
                "balance": 0.0,
                "limit": 25000.0,
            }
        ]
    )


def _cards(bill: Bill, _row_id: str, call: Call) -> Answer:
    """Return card accounts. The parameter cardUserStatus is required [LIVE SF]."""
    status = call.params.get("cardUserStatus")
    if status not in _CARD_USER_STATUSES:
        raise invalid("cardUserStatus: must not be null")
    born = _first(bill, "bank_accounts")
    card = {
        "archived": False,
        "id": _ids(bill, "card").next("crd"),
        "createdTime": born.get("createdTime"),
        "updatedTime": born.get("updatedTime"),
        "createdBy": bill.credentials.user_id,
        "issuingBankName": "Example Bank",
        "nameOnAccount": bill.organization_name,
        "brand": "VISA",
        "type": "CREDIT_CARD",
        "status": "PENDING",
        "last4": "4242",
        "expiration": {"year": "2031", "month": "08"},
        "default": {
            "payables": False,
            "receivables": False,
            "funding": False,
            "disbursement": False,
        },
    }
    return json_answer({"rates": {}, "cards": [card] if status == "VERIFIED" else []})


def _bank_users(bill: Bill, _row_id: str, call: Call) -> Answer:
    """Return the users of bank accounts. They can be sorted only by `archived` [DOC PM]."""
    ids = _ids(bill, "bank-user")
    users = [
        {
            "id": ids.next("bau"),
            "bankAccountId": account["id"],
            "userId": bill.credentials.user_id,
            "archived": bool(account.get("archived")),
            "verificationStatus": "VERIFIED",
            "createdTime": account["createdTime"],
            "updatedTime": account["updatedTime"],
        }
        for account in bill.store.rows("bank_accounts")
    ]
    return answer_short_list(bill, "bank_account_users", users, call, ("archived",))


def _bill_documents(bill: Bill, row_id: str, call: Call) -> Answer:
    """Return the documents of a bill: one, with a link that works."""
    row = bill.store.get("bills", row_id)
    if row is None:
        raise refusal(404, "BDC_1205")
    document = {
        "id": _DOCUMENT + row_id[_PREFIX_LENGTH:],
        "name": f"{_number(row)}.pdf",
        "createdTime": row["createdTime"],
    }
    link = f"{call.base_url}/v3/documents/{document['id']}/download"
    return answer_short_list(bill, "bill_documents", [{**document, "downloadLink": link}], call)


def _download(bill: Bill, document_id: str, _call: Call) -> Answer:
    """Return the content of a document. The path of a download is [UNKNOWN]; this one is ours."""
    is_document = document_id.startswith(_DOCUMENT)
    bill_id = LISTS["bills"].id_prefix + document_id[_PREFIX_LENGTH:]
    row = bill.store.get("bills", bill_id) if is_document else None
    if row is None:
        raise refusal(404, "BDC_1205")
    content = f"%PDF-1.4\n% Bill {_number(row)}\n%%EOF\n"
    return Answer(200, content.encode(), "application/pdf")


def _number(bill_row: Mapping[str, Any]) -> str:
    return str(bill_row.get("invoice", {}).get("invoiceNumber", bill_row["id"]))


OTHER_ENDPOINTS: Mapping[str, OtherEndpoint] = MappingProxyType(
    {
        "health": OtherEndpoint("/v3/health", _health, session=False),
        "organization": OtherEndpoint("/v3/organizations/{id}", _organization),
        "bill_approval_policies": OtherEndpoint("/v3/bill-approvals/policies", _policies),
        "ap_cards": OtherEndpoint("/v3/funding-accounts/ap-cards", _ap_cards),
        "card_accounts": OtherEndpoint("/v3/funding-accounts/cards", _cards),
        "bank_account_users": OtherEndpoint("/v3/funding-accounts/banks/users", _bank_users),
        "bill_documents": OtherEndpoint("/v3/documents/bills/{id}", _bill_documents),
        # BILL's example of a download sends only the sessionId header [DOC PM].
        "document": OtherEndpoint("/v3/documents/{id}/download", _download, key=False),
    }
)
"""The endpoints by name."""
