"""Payments of bills: single, in bulk, or recorded as made outside BILL."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bill_emulator.contract import LISTS
from bill_emulator.writes import balances, credit_application, disbursement, objects, request_body
from bill_emulator.writes.bills import with_sums
from bill_emulator.writes.business_days import earliest_process_date, may_process
from bill_emulator.writes.lookups import ledger_of
from bill_emulator.writes.money import rounded, total
from bill_emulator.writes.payment_checks import Part, Plan, add_part, groups
from bill_emulator.writes.route_table import BULK_LIMITS
from bill_emulator.writes.values import populated, typed
from bill_emulator.writes.write_errors import (
    business,
    invalid,
    invalid_entity,
    invalid_process_date,
    missing,
)

if TYPE_CHECKING:
    from bill_emulator.store import Store
    from bill_emulator.writes.write_plan import Outcome, Row


def create(store: Store, body: Any, user_id: str) -> Row:
    """Pay a bill, or several bills of one vendor with `billPayments`.

    The latter is [INFER]: rows have such payments, but the documented way is the bulk request.
    With `createBill`, a bill is created for the payment [DOC D:ap-payments].

    Raises:
        Refused: a bill, its vendor, the funding account, the amount or the day is invalid.
    """
    fields = request_body.read(store, "payments", body, creating=True, whole=True)
    options = fields["processingOptions"]
    _check_funding(store, fields)
    day = _process_date(store, fields, fields.get("billId") or "payment")
    made = _made_bill(store, fields, day, user_id) if options.get("createBill") else None
    plan = Plan()
    for part in _sent_parts(fields):
        # All bills of a payment belong to one vendor: by default that of the first bill.
        first = plan.parts[0].bill["vendorId"] if plan.parts else None
        vendor_id = fields.get("vendorId") or first
        add_part(store, plan, made.row if made else None, part, vendor_id)
    if made is not None:
        objects.done(store, "bills", made, created=True)
    return _make(store, fields, day, plan.parts, user_id)


def create_bulk(store: Store, body: Any, user_id: str) -> list[Row]:
    """Pay many bills, all or none [DOC R:createbulkpayment].

    The bills of a vendor with combinePayments are paid together.

    Raises:
        Refused: a payment is invalid. No payment is made.
    """
    if not isinstance(body, Mapping):
        raise invalid("must be a JSON object")
    sent = typed(
        "payments",
        [{"billId": "string", "amount": "number", "vendorCredits": _CREDITS}],
        body.get("payments"),
    )
    if not sent:
        raise missing(["payments"])
    most = BULK_LIMITS["payments"]
    if len(sent) > most:
        raise invalid(f"payments: size must be between 1 and {most}")
    head = {name: value for name, value in body.items() if name not in {"payments", "amount"}}
    fields = request_body.read(
        store, "payments", {"processingOptions": {}, **head}, creating=True, whole=True
    )
    _check_funding(store, fields)
    for place, part in enumerate(sent):
        _check_billed(f"payments[{place}]", part)
    request_body.check_references(store, "payments", {"billPayments": sent})
    day = _process_date(store, fields, sent[0]["billId"])
    plan = Plan()
    for part in sent:
        add_part(store, plan, None, part, fields.get("vendorId"))
    return [_make(store, fields, day, group, user_id) for group in groups(store, plan.parts)]


def record(store: Store, body: Any, user_id: str) -> Row:
    """Record a payment of bills of one vendor, made outside BILL [DOC D:record-ap-payments].

    Raises:
        Refused: a bill, its vendor or the amount is invalid.
    """
    kinds = {
        "vendorId": "string",
        "processDate": "date",
        "description": "string",
        "toPrintCheck": "boolean",
        "payments": [{"billId": "string", "amount": "number"}],
    }
    fields: dict[str, Any] = typed("", kinds, {} if body is None else body)
    absent = [name for name in ("vendorId", "processDate", "payments") if not fields.get(name)]
    if absent:
        raise missing(absent)
    request_body.check_references(store, "payments", fields)
    plan = Plan()
    for place, part in enumerate(fields["payments"]):
        _check_billed(f"payments[{place}]", part)
        add_part(store, plan, None, part, fields["vendorId"])
    return _make(store, fields, fields["processDate"], plan.parts, user_id, offline=True)


_CREDITS = [{"id": "string", "amount": "number"}]


def _check_funding(store: Store, fields: Row) -> None:
    """Refuse an archived or unverified bank account: BDC_1151 [paraphrase of CODE]."""
    account = fields["fundingAccount"]
    if account.get("type") is None:
        raise missing(["fundingAccount.type"])
    if account["type"] == "WALLET":
        return
    if account.get("id") is None:
        raise missing(["fundingAccount.id"])
    if account["type"] == "BANK_ACCOUNT":
        bank = balances.row_of(store, "bank_accounts", account["id"])
        if bank.get("archived") or bank["status"] != "VERIFIED":
            raise business("BDC_1151", "This bank account cannot make online payments.")


def _process_date(store: Store, fields: Row, bill_id: str) -> str:
    """Return the day of processing, by default the next business day [DOC R:createpayment].

    It is required with a WALLET or AP_CARD [DOC, same page].
    """
    day = fields.get("processDate")
    if day is None:
        if fields["fundingAccount"]["type"] in {"WALLET", "AP_CARD"}:
            raise missing(["processDate"])
        return earliest_process_date(store).isoformat()
    if not may_process(store, day):
        raise invalid_process_date(bill_id)
    return str(day)


def _made_bill(store: Store, fields: Row, day: str, user_id: str) -> Outcome:
    """Plan the bill for a payment with createBill [DOC D:ap-payments]; its fields are [INFER]."""
    if fields.get("billId") is not None or fields.get("billPayments"):
        raise invalid("billId: must be null")
    if fields.get("vendorId") is None:
        raise missing(["vendorId"])
    if fields.get("amount") is None:
        raise missing(["amount"])
    body = {
        "vendorId": fields["vendorId"],
        "dueDate": day,
        "invoice": {"invoiceNumber": day, "invoiceDate": day},
        "billLineItems": [{"amount": fields["amount"]}],
        "description": fields.get("description"),
    }
    return objects.planned_create(store, "bills", body, user_id)


def _sent_parts(fields: Row) -> Iterator[Row]:
    sent = fields.get("billPayments")
    if not sent:
        if fields.get("billId") is None and not fields["processingOptions"].get("createBill"):
            raise missing(["billId"])
        if fields.get("amount") is None:
            raise missing(["amount"])
        yield {name: fields.get(name) for name in ("billId", "amount", "vendorCredits")}
        return
    for place, part in enumerate(sent):
        _check_billed(f"billPayments[{place}]", part)
    whole = fields.get("amount")
    if whole is not None and total([whole]) != total(part["amount"] for part in sent):
        raise invalid_entity("amount: is not the sum of billPayments.")
    yield from sent


def _check_billed(path: str, part: Row) -> None:
    absent = [f"{path}.{name}" for name in ("billId", "amount") if part.get(name) is None]
    if absent:
        raise missing(absent)


def _make(
    store: Store,
    fields: Row,
    day: str,
    parts: Sequence[Part],
    user_id: str,
    *,
    offline: bool = False,
) -> Row:
    """Insert the payment and change its bills and credits."""
    payment_id = store.ids.next(LISTS["payments"].id_prefix)
    vendor = balances.row_of(store, "vendors", parts[0].bill["vendorId"])
    bill_payments = [_bill_payment(store, part) for part in parts]
    kind = "OFFLINE" if offline else disbursement.kind_for(vendor)
    row = {
        **{name: fields.get(name) for name in _KEPT},
        **_funded(parts),
        **({} if offline else _scheduled(store, payment_id, fields, vendor, kind)),
        "status": "PAID" if offline else "SCHEDULED",
        "id": payment_id,
        "amount": total(part["amount"] for part in bill_payments),
        "vendorId": vendor["id"],
        "vendorName": vendor.get("name"),
        "billId": parts[0].bill["id"] if len(parts) == 1 else None,
        "billPayments": bill_payments,
        "processDate": day,
        "onlinePayment": not offline,
        "disbursementType": kind,
        "createdBy": user_id,
        "voidInfo": [],
    }
    payment = balances.insert(store, "payments", populated(row))
    ledger_of(store).watch_payment(payment)
    for part in parts:
        _pay(store, payment_id, part, offline=offline)
    return payment


_KEPT = ("description", "fundingAccount", "paymentPurpose", "cardFundingPurpose")


def _bill_payment(store: Store, part: Part) -> Row:
    applied = [{"id": credit_id, "amount": used} for credit_id, used in part.credits]
    row = {"id": store.ids.next("blp"), "billId": part.bill["id"], "amount": part.amount}
    return {**row, "vendorCredits": applied} if applied else row


def _numbers(store: Store, payment_id: str, fields: Row) -> Row:
    """Return numbers in the form of BILL's samples [DOC via AU]; one that was sent stays [DOC]."""
    rng = random.Random(payment_id)
    letters = "".join(rng.choices(string.ascii_uppercase, k=20))
    made = f"P{store.clock.now():%y%m%d}01 - {rng.randrange(10**7):07}"
    return {
        "transactionNumber": fields.get("transactionNumber") or letters,
        "confirmationNumber": made,
    }


def _funded(parts: Sequence[Part]) -> Row:
    """Return the US dollars of a payment in another currency, at the rate of its bill."""
    rate = parts[0].bill.get("exchangeRate")
    if not rate:
        return {}
    amount = total(part.amount for part in parts)
    return {"exchangeRate": rate, "fundingAmount": rounded(amount / rate)}


def _scheduled(store: Store, payment_id: str, fields: Row, vendor: Row, kind: str) -> Row:
    """Return the fields that only a payment through BILL has."""
    chosen = {
        name: value for name, value in fields["processingOptions"].items() if value is not None
    }
    options = {"requestPayFaster": False, "createBill": False, **chosen}
    if kind == "CHECK":
        options = {"requestCheckDeliveryType": "STANDARD", **options}
    return {
        **_numbers(store, payment_id, fields),
        "processingOptions": options,
        "singleStatus": "SCHEDULED",
        "remittanceEmail": vendor.get("paymentInformation", {}).get("email"),
        "cancelRequestSubmitted": False,
    }


def _pay(store: Store, payment_id: str, part: Part, *, offline: bool) -> None:
    """Change the bill of a part, and record the use of its credits."""
    bill = balances.row_of(store, "bills", part.bill["id"])
    credit = total(used for _, used in part.credits)
    paid = total([credit, part.amount if offline else 0.0])
    scheduled = 0.0 if offline else part.amount
    bill = with_sums(store, bill, paid=paid, scheduled=scheduled, credit=credit)
    balances.replace(store, "bills", bill, touch=store.options.payment_touches_bill)
    for credit_id, used in part.credits:
        row = balances.row_of(store, "vendor_credits", credit_id)
        usage = [
            *row.get("usage", ()),
            {"billId": bill["id"], "paymentId": payment_id, "amount": used},
        ]
        balances.replace(store, "vendor_credits", credit_application.with_usage(row, usage))
