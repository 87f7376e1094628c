"""The fields of vendors, customers, users and bank accounts that BILL sets itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_emulator.writes import balances
from bill_emulator.writes.values import typed
from bill_emulator.writes.write_errors import invalid_entity, missing
from bill_emulator.writes.write_plan import Change, Outcome, Row

if TYPE_CHECKING:
    from bill_emulator.store import Store

VERIFYING_DEPOSIT = 0.5
"""The deposit that verifies a bank account in the sandbox [DOC R:verifybankaccount]."""


def finish_vendor(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the vendor. With a bank account it is paid by ACH, otherwise by check [DOC via AU]."""
    if change.old is not None:
        return Outcome(draft)
    information = draft.get("paymentInformation", {})
    bank = information.get("bankAccount")
    if bank is not None:
        bank = {**bank, "accountNumber": masked(bank.get("accountNumber", ""))}
    by_default = {"payeeName": draft["name"], "payByType": "ACH" if bank else "CHECK"}
    information = {**by_default, **information, "bankAccount": bank}
    shown = {name: value for name, value in information.items() if value is not None}
    row = {
        "archived": False,
        "accountType": "NONE",
        "billCurrency": "USD",
        "recurringPayments": False,
        "bankAccountStatus": "NO_NET_LINKED_ACCOUNT" if bank else "NO_ACCOUNT",
        "networkStatus": "NOT_CONNECTED",
        "balance": {"amount": 0.0, "lastUpdatedDate": store.clock.stamp()},
        **draft,
        "paymentInformation": shown,
    }
    return Outcome(row)


def finish_customer(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the customer."""
    del store
    if change.old is not None:
        return Outcome(draft)
    made = {
        "archived": False,
        "accountType": "NONE",
        "invoiceCurrency": "USD",
        "balance": {"amount": 0.0},
        "hasBankAccount": False,
        "authorizedToCharge": False,
    }
    return Outcome({**made, **draft})


def new_customer(store: Store, name: str, email: str | None) -> Row:
    """Return a customer that is created with an invoice. It is not in the store yet."""
    draft = {"id": store.ids.next("0cu"), "name": name, "email": email}
    return finish_customer(
        store, draft, Change("customers", None, {}, replacing=False, user_id="")
    ).row


def finish_user(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the user with the role `roleId`, or ADMINISTRATOR by default [DOC R:createuser]."""
    role_id = change.fields.get("roleId")
    if change.old is not None and role_id is None:
        return Outcome(draft)
    role = (
        balances.row_of(store, "roles", role_id) if role_id is not None else _administrator(store)
    )
    shown = {name: role[name] for name in ("id", "type", "description") if name in role}
    return Outcome({"archived": False, **draft, "role": shown})


def _administrator(store: Store) -> Row:
    for role in store.rows("roles"):
        if role["type"] == "ADMINISTRATOR":
            return role
    raise invalid_entity("roleId: there is no ADMINISTRATOR role.")


def finish_bank_account(store: Store, draft: Row, change: Change) -> Outcome:
    """Return the bank account, with a masked number [LIVE OD], and PENDING at first [LIVE SF].

    Only one account is the default for payables, and one for receivables [INFER].
    """
    row = {**draft}
    if change.old is None:
        row = {
            "archived": False,
            "status": "PENDING",
            "createdBy": change.user_id,
            "default": {"payables": False, "receivables": False},
            **draft,
            "accountNumber": masked(draft["accountNumber"]),
        }
    sent = change.fields.get("default") or {}
    taken = {purpose for purpose, chosen in sent.items() if chosen}
    others = (other for other in store.rows("bank_accounts") if other["id"] != row["id"])
    changed = tuple(
        ("bank_accounts", {**other, "default": {**other["default"], **dict.fromkeys(taken, False)}})
        for other in others
        if any(other.get("default", {}).get(purpose) for purpose in taken)
    )
    return Outcome(row, replaced=changed)


def masked(number: str) -> str:
    """Return a masked account number: twelve asterisks and four digits [LIVE OD]."""
    return "*" * 12 + number[-4:]


def check_changeable(list_name: str, row: Row) -> None:
    """Refuse changes of a bank account that is not VERIFIED [DOC PM]; the code is [INFER].

    Raises:
        Refused: the row is a bank account that is not verified.
    """
    if list_name == "bank_accounts" and row["status"] != "VERIFIED":
        raise invalid_entity(f"{row['id']}: only a verified bank account can be changed.")


def verify_bank_account(store: Store, account: Row, body: Row) -> bool:
    """Verify an account by the amount of its test deposit. Return whether the amount is right.

    The amount is 0.50 in the sandbox [DOC R:verifybankaccount]. That BILL answers a wrong amount
    with `{"verified": false}`, and not with an error, is [INFER] from the shape of its response.

    Raises:
        Refused: the body has no amount.
    """
    deposit = typed("depositAmount", "number", body.get("depositAmount"))
    if deposit is None:
        raise missing(["depositAmount"])
    is_right = bool(deposit == VERIFYING_DEPOSIT)
    if is_right:
        balances.replace(store, "bank_accounts", {**account, "status": "VERIFIED"})
    return is_right


def authorize_charge(store: Store, customer: Row, body: Row) -> Row:
    """Set whether the customer can be charged [DOC D:ar-charge-customer]."""
    allowed = typed("authorizedToCharge", "boolean", body.get("authorizedToCharge"))
    if allowed is None:
        raise missing(["authorizedToCharge"])
    return balances.replace(store, "customers", {**customer, "authorizedToCharge": allowed})


def add_customer_bank(store: Store, customer: Row, body: Row) -> Row:
    """Set that the customer has a bank account, without storing the account.

    The customer must have a billing address [DOC R:createcustomerbankaccount].
    """
    del body
    if not customer.get("billingAddress"):
        raise invalid_entity("billingAddress: is required for a customer bank account.")
    return balances.replace(store, "customers", {**customer, "hasBankAccount": True})
