"""The responses of the record-payment requests, which differ from the rows of lists [DOC PM]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bill_emulator.emulated_bill import Bill

Row = dict[str, Any]

_PAYMENT_FIELDS = (
    "id",
    "vendorId",
    "billId",
    "billPayments",
    "description",
    "processDate",
    "amount",
    "transactionNumber",
    "confirmationNumber",
    "status",
    "exchangeRate",
    "fundingAmount",
    "onlinePayment",
    "disbursementType",
    "remittanceEmail",
    "createdTime",
    "updatedTime",
    "createdBy",
    "disbursementStatus",
    "singleStatus",
)


def recorded_payment(payment: Row, body: Any) -> Row:
    """Return the response of `POST /v3/bills/record-payment`.

    BILL's response also has classifications, syncReference and allowExport. This one does not.

    Args:
        payment: the rendered row of the payment.
        body: the request, whose `toPrintCheck` the response repeats.

    """
    asked = body.get("toPrintCheck") if isinstance(body, Mapping) else None
    shown = {name: payment[name] for name in _PAYMENT_FIELDS if payment.get(name) is not None}
    return {**shown, "toPrintCheck": asked in (True, "true")}


def recorded_receipt(bill: Bill, receipt: Row) -> Row:
    """Return the response of `POST /v3/invoices/record-payment`.

    Args:
        bill: the emulator, for the invoices and their payments.
        receipt: the rendered row of the received payment.

    """
    parts = receipt.get("invoicePayments") or ()
    shown = {
        "id": receipt["id"],
        "customerId": receipt["customerId"],
        "paymentType": receipt.get("receivablesType"),
        "paymentDate": receipt.get("paymentDate"),
        "amount": receipt["amount"],
        "unappliedAmount": receipt.get("unappliedAmount"),
        "status": receipt["status"],
        "description": receipt.get("description"),
        "invoices": [_invoice(bill, part["invoiceId"]) for part in parts],
    }
    return {name: value for name, value in shown.items() if value is not None}


def _invoice(bill: Bill, invoice_id: str) -> Row:
    invoice = bill.renderer.row("invoices", bill.store.row("invoices", invoice_id))
    return {"id": invoice_id, "payments": invoice.get("payments") or []}
