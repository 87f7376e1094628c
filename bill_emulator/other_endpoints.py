"""BILL's readable endpoints beside the 20 lists (bill-api, section 6), with small data.

The shapes are BILL's [DOC PM]; the rows are few, made up from the company, and never change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_emulator.errors import invalid, refusal
from bill_emulator.ids import Ids
from bill_emulator.lists.query import permission_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_emulator.bill import Bill

Handler = Callable[["Bill", str, "Mapping[str, str]"], Any]

_CARD_USER_STATUSES = frozenset({"VERIFIED", "NOMINATED"})


@dataclass(frozen=True)
class OtherEndpoint:
    """One such endpoint: its path with `{id}`, whether it needs a session, its answer."""

    pattern: str
    answer: Handler
    session: bool = True

    def match(self, path: str) -> str | None:
        """Return the id in a path of this endpoint, empty when it has none; None for others."""
        expression = re.escape(self.pattern).replace(r"\{id\}", "([^/]+)")
        found = re.fullmatch(expression, path)
        if found is None:
            return None
        return found[1] if found.groups() else ""


def match_other_endpoint(path: str) -> tuple[str, str] | None:
    """Find the endpoint of a path: its name and the id in the path."""
    for name, route in OTHER_ENDPOINTS.items():
        row_id = route.match(path)
        if row_id is not None:
            return name, row_id
    return None


def _ids(bill: Bill, what: str) -> Ids:
    return Ids(bill.seed + sum(what.encode()))


def _first(bill: Bill, list_name: str) -> dict[str, Any]:
    return next(iter(bill.store.rows(list_name)), {})


def _health(_bill: Bill, _row_id: str, _params: Mapping[str, str]) -> Any:
    return {
        "appId": "bill-emulator",
        "appEnv": "emulator",
        "appVersion": "v3",
        "bdcRegion": "local",
    }


def _organization(bill: Bill, row_id: str, _params: Mapping[str, str]) -> Any:
    """Give the organization; its own alone, another's is refused [INFER]."""
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
    return {
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


def _policies(bill: Bill, _row_id: str, _params: Mapping[str, str]) -> Any:
    users = list(bill.store.rows("users"))[:2]
    approvers = [
        {"userId": u["id"], "fullName": f"{u.get('firstName')} {u.get('lastName')}"} for u in users
    ]
    rule = {"key": "BILL_AMOUNT", "op": "gte", "values": [{"value": "5000", "displayName": "5000"}]}
    return [
        {
            "id": f"{bill.credentials.organization_id}-1",
            "policyName": "Large bills",
            "status": "ACTIVE",
            "rules": [rule],
            "approvers": {"users": approvers, "groups": []},
        }
    ]


def _ap_cards(bill: Bill, _row_id: str, _params: Mapping[str, str]) -> Any:
    born = _first(bill, "bank_accounts")
    return [
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


def _cards(bill: Bill, _row_id: str, params: Mapping[str, str]) -> Any:
    """Give card accounts; cardUserStatus is required [LIVE SF]."""
    status = params.get("cardUserStatus")
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
    return {"rates": {}, "cards": [card] if status == "VERIFIED" else []}


def _bank_users(bill: Bill, _row_id: str, _params: Mapping[str, str]) -> Any:
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
    return {"results": users}


def _bill_documents(bill: Bill, row_id: str, _params: Mapping[str, str]) -> Any:
    row = bill.store.get("bills", row_id)
    if row is None:
        raise refusal(404, "BDC_1205")
    document = "00h" + row_id[3:]
    number = row.get("invoice", {}).get("invoiceNumber", row_id)
    return {
        "results": [
            {
                "id": document,
                "name": f"{number}.pdf",
                "createdTime": row["createdTime"],
                "downloadLink": f"/connect/v3/documents/{document}/download",
            }
        ]
    }


OTHER_ENDPOINTS: Mapping[str, OtherEndpoint] = MappingProxyType(
    {
        "health": OtherEndpoint("/v3/health", _health, session=False),
        "organization": OtherEndpoint("/v3/organizations/{id}", _organization),
        "bill_approval_policies": OtherEndpoint("/v3/bill-approvals/policies", _policies),
        "ap_cards": OtherEndpoint("/v3/funding-accounts/ap-cards", _ap_cards),
        "card_accounts": OtherEndpoint("/v3/funding-accounts/cards", _cards),
        "bank_account_users": OtherEndpoint("/v3/funding-accounts/banks/users", _bank_users),
        "bill_documents": OtherEndpoint("/v3/documents/bills/{id}", _bill_documents),
    }
)
"""The endpoints by name."""
