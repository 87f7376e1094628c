"""Generates the rows of the payments that `payment_planning` has planned."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from bill_emulator.company import disbursement, history, money, words
from bill_emulator.company.context import tidy
from bill_emulator.company.timeline import DAY, date_text, moment_of, stamp

if TYPE_CHECKING:
    from bill_emulator.company.context import Context, Row
    from bill_emulator.company.disbursement import Progress
    from bill_emulator.company.payment_planning import Payment
    from bill_emulator.company.users_and_accounts import Organization

VOID_INFO_PREFIX = "vdi"  # [UNKNOWN]: no source shows the id of a void request
STATUSES = {
    "scheduled": "SCHEDULED",
    "approving": "APPROVING",
    "paid": "PAID",
    "cancelled": "CANCELLED",
    "void": "VOID",
}
VOID_REASONS = ("Check lost in the mail", "Paid twice", "Wrong amount", "Vendor asked for ACH")


class PaymentMaker:
    """Generates the payments of a company."""

    def __init__(self, context: Context, organization: Organization) -> None:
        self._context = context
        self._organization = organization
        self._rng = context.chance("payments")

    def make(self, payments: list[Payment]) -> list[Row]:
        """Generate all rows, in order of creation, and update their bills and vendors."""
        rows = [self._row(payment, turn) for turn, payment in enumerate(payments)]
        history.update_in_bulk(rows, self._rng, self._context.timeline)
        return rows

    def _row(self, payment: Payment, turn: int) -> Row:
        rng, supplier = self._rng, payment.supplier
        created = stamp(payment.created)
        online = supplier.pay_type != "OFFLINE"
        stage = (
            disbursement.progress(rng, payment, supplier.pay_type, self._context.timeline, turn)
            if online
            else self._recorded(payment)
        )
        payment_id = self._context.ids.next("stp")
        cash = sum(share.cash for share in payment.shares)
        user = self._organization.payers.pick(rng, created)
        status = STATUSES[payment.outcome]
        if stage.single_status == "FUNDS_ESCHEATED":
            status = "ESCHEATED"
        voiding = self._void_info(payment, stage, user, turn)
        single = "VOID_PENDING" if _pending(voiding) else stage.single_status
        row: Row = {
            "amount": money.dollars(cash),
            "id": payment_id,
            "vendorId": supplier.row["id"],
            "vendorName": supplier.row["name"],
            "billId": payment.shares[0].bill.row["id"] if len(payment.shares) == 1 else None,
            "billPayments": self._bill_payments(payment, payment_id),
            "description": (
                f"Payment to {supplier.row['name']}"[:100] if rng.random() < 0.4 else None
            ),
            "processDate": date_text(payment.process_day),
            "status": status,
            "onlinePayment": online,
            "disbursementType": supplier.pay_type,
            "createdTime": created,
            "updatedTime": stamp(max(stage.changed, _latest(voiding))),
            "createdBy": user and user["id"],
            "voidInfo": voiding,
            "disbursementStatus": stage.disbursement_status,
            "disbursementInfo": stage.info,
            "singleStatus": single,
        }
        if online:
            row.update(self._online(payment, turn))
        if supplier.per_dollar:
            rate = money.drifting(rng, supplier.per_dollar)
            row["exchangeRate"] = rate
            row["fundingAmount"] = money.dollars(money.funding(cash, rate))
        self._tell(payment, stage)
        return tidy(row)

    def _recorded(self, payment: Payment) -> Progress:
        """Return the progress of a recorded payment, which has no disbursement [INFER]."""
        single = {"void": "VOIDED", "cancelled": "CANCELED"}.get(payment.outcome)
        moment = min(
            max(disbursement.batch_moment(payment.process_day), payment.created),
            self._context.timeline.end,
        )
        return disbursement.Progress(single, None, None, moment)

    def _bill_payments(self, payment: Payment, payment_id: str) -> list[Row]:
        """Return the parts for the bills, and set the payment id in the usage of credits."""
        rows = []
        for share in payment.shares:
            row: Row = {
                "id": self._context.ids.next("blp"),
                "billId": share.bill.row["id"],
                "amount": money.dollars(share.cash),
            }
            if share.credits:
                row["vendorCredits"] = share.credits
            for usage in share.usages:
                usage["paymentId"] = payment_id
            rows.append(row)
        return rows

    def _online(self, payment: Payment, turn: int) -> Row:
        """Return the fields that only a payment through BILL has."""
        rng = self._rng
        serial = f"{rng.randrange(10**7):07}"
        made = date_text(payment.created // DAY).replace("-", "")
        check = payment.supplier.pay_type == "CHECK" and turn % 11 == 3
        information = payment.supplier.row["paymentInformation"]
        return {
            "fundingAccount": self._funding(payment, turn),
            "cardFundingPurpose": rng.choice(words.CARD_PURPOSES) if _by_card(turn) else None,
            "processingOptions": {
                "requestPayFaster": turn % 17 == 2,
                "createBill": turn % 25 == 6,
                "requestCheckDeliveryType": "UPS_1DAY" if check else "STANDARD",
            },
            "transactionNumber": "".join(rng.choices(string.ascii_uppercase, k=20)),
            "confirmationNumber": f"P{made[2:]}{turn % 100:02} - {serial}",
            "remittanceEmail": information.get("email") if rng.random() < 0.4 else None,
            "paymentPurpose": information.get("paymentPurpose"),
            "cancelRequestSubmitted": payment.outcome == "cancelled",
        }

    def _funding(self, payment: Payment, turn: int) -> Row:
        """Choose the funding account, in most cases a bank account."""
        if _by_card(turn):
            card = self._rng.choice(self._organization.card_ids)
            return {"type": "CARD_ACCOUNT", "id": card}
        if turn % 59 == 9:
            return {"type": "WALLET"}
        bank = self._organization.banks.pick(self._rng, stamp(payment.created))
        return {"type": "BANK_ACCOUNT", "id": bank and bank["id"]}

    def _void_info(
        self, payment: Payment, stage: Progress, user: Row | None, turn: int
    ) -> list[Row]:
        """Return void requests: accepted, or for paid payments rejected or pending."""
        rng, timeline = self._rng, self._context.timeline
        if payment.outcome == "void":
            if stage.single_status == "FUNDING_FAILED_VOIDED":
                kind = "VOID_ONLY"
            elif payment.reissued:
                card = payment.supplier.pay_type == "VIRTUAL_CARD"
                kind = "VOID_AND_REISSUE_VCARD" if card else "VOID_AND_REISSUE"
            else:
                kind = "VOID_AND_CREDIT"
            requested = max(payment.created, stage.changed - DAY)
            return [self._void_request(kind, "ACCEPTED", user, requested, stage.changed)]
        if stage.single_status not in ("DELIVERED", "EXPIRING", "CLEARED") or turn % 61 != 30:
            return []
        requested = timeline.after(rng, stage.changed, 3)
        if stage.single_status == "CLEARED":
            answered = timeline.after(rng, requested, 2)
            return [self._void_request("VOID_AND_CREDIT", "REJECTED", user, requested, answered)]
        return [
            self._void_request("VOID_AND_REISSUE", "TO_BE_PROCESSED", user, requested, requested)
        ]

    def _void_request(
        self, kind: str, status: str, user: Row | None, requested: int, answered: int
    ) -> Row:
        return tidy(
            {
                "id": self._context.ids.next(VOID_INFO_PREFIX),
                "requestedBy": user and user["id"],
                "type": kind,
                "status": status,
                "reason": self._rng.choice(VOID_REASONS),
                "createdTime": stamp(requested),
                "updatedTime": stamp(answered),
            }
        )

    def _tell(self, payment: Payment, stage: Progress) -> None:
        """Update the bills and the vendor of a payment."""
        for share in payment.shares:
            bill = share.bill
            bill.last = max(bill.last, stage.changed)
            if payment.outcome == "paid" and stage.single_status in disbursement.UNSETTLED:
                bill.in_flight = True
        if payment.outcome == "paid":
            supplier = payment.supplier
            supplier.last_payment_day = max(supplier.last_payment_day, payment.process_day)


def _by_card(turn: int) -> bool:
    return turn % 19 == 4


def _pending(voiding: list[Row]) -> bool:
    return any(request["status"] == "TO_BE_PROCESSED" for request in voiding)


def _latest(voiding: list[Row]) -> int:
    """Return the moment of the last answer to a void request."""
    return max((moment_of(request["updatedTime"]) for request in voiding), default=0)
