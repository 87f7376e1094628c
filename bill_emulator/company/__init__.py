"""Generates a realistic company: the data of all 20 lists.

The same seed, scale and `as_of` give the same data. Harrowgate Facilities Inc. maintains buildings.
In the two years before `as_of` it started with BILL (in the first days it imported the lists of its
ledger), received bills, approved them, paid most of them, sent invoices and received payments. All
rows follow from that history: a bill is SCHEDULED because its payment was made before `as_of` and
is processed after it.

`money` has the equations between amounts. Comments mark with [UNKNOWN] what is unknown about BILL.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_emulator.company.bills import BillMaker, finish_bills
from bill_emulator.company.context import Context, row_pool
from bill_emulator.company.credit_memos import generate_credit_memos
from bill_emulator.company.customers import finish_customers, generate_customers
from bill_emulator.company.initial_data import generate_setup
from bill_emulator.company.invoices import InvoiceMaker, finish_invoices
from bill_emulator.company.payment_planning import Settlement, credit_open_bills
from bill_emulator.company.payments import PaymentMaker
from bill_emulator.company.receipts import ReceiptMaker
from bill_emulator.company.recurring import generate_recurring_bills, generate_recurring_invoices
from bill_emulator.company.timeline import Timeline
from bill_emulator.company.vendor_credits import finish_vendor_credits, generate_vendor_credits
from bill_emulator.company.vendors import finish_vendors, generate_vendors
from bill_emulator.contract import LISTS
from bill_emulator.ids import Ids

if TYPE_CHECKING:
    from datetime import datetime

    from bill_emulator.company.context import Pool, Row
    from bill_emulator.company.customers import Client
    from bill_emulator.company.initial_data import Setup

__all__ = ["Company", "generate"]


@dataclass(frozen=True)
class Company:
    """An organization's id and its rows.

    Attributes:
        organization_id: begins with `008`.
        lists: rows by list name, in order of creation. Empty fields are absent. Times are
            canonical strings (`2024-10-18T14:42:32.000+00:00`).

    """

    organization_id: str
    lists: dict[str, list[dict[str, Any]]]


def generate(
    seed: int, scale: float, as_of: datetime, *, partly_scheduled: str = "scheduled"
) -> Company:
    """Generate the company.

    Args:
        seed: which company to generate.
        scale: 1 is about 2,000 bills and 1,200 invoices. Tested from 0.05 to 10.
        as_of: the end of the company's history, with a time zone.
        partly_scheduled: the value of the option with this name.

    Raises:
        ValueError: `scale` is not positive, or `as_of` has no time zone.

    """
    if not (scale > 0 and math.isfinite(scale)):
        raise ValueError(f"scale must be positive, not {scale}")
    # Negative, so that rows created later with Ids(seed) get other ids.
    ids = Ids(-1 - abs(seed))
    context = Context(seed, scale, Timeline.before(as_of), ids, partly_scheduled)
    setup = generate_setup(context)
    clients, client_pool = generate_customers(setup)
    rows = {
        **setup.lists,
        **_payables(setup, row_pool([client.row for client in clients])),
        **_receivables(setup, clients, client_pool),
    }
    return Company(setup.organization.id, {name: rows[name] for name in LISTS})


def _payables(setup: Setup, customers: Pool[Row]) -> dict[str, list[Row]]:
    """Generate vendors, bills, vendor credits, payments and recurring bills."""
    context = setup.context
    suppliers, pool = generate_vendors(setup)
    bills = BillMaker(setup, customers).make(pool)
    vendor_credits = generate_vendor_credits(setup, pool, customers)
    planned = Settlement(context).settle(bills)
    credit_open_bills(context, bills)
    payments = PaymentMaker(context, setup.organization).make(planned)
    recurring = generate_recurring_bills(setup, pool)
    repeated = {row["vendorId"] for row in recurring if not row["archived"]}
    return {
        "bills": finish_bills(context, bills),
        "payments": payments,
        "vendor_credits": finish_vendor_credits(context, vendor_credits),
        "recurring_bills": recurring,
        "vendors": finish_vendors(context, suppliers, repeated),
    }


def _receivables(setup: Setup, clients: list[Client], pool: Pool[Client]) -> dict[str, list[Row]]:
    """Generate invoices, credit memos, received payments and recurring invoices."""
    context = setup.context
    invoices = InvoiceMaker(setup).make(pool)
    memos = generate_credit_memos(setup, pool, invoices)
    receipts = ReceiptMaker(context, setup.organization).make(invoices)
    return {
        "invoices": finish_invoices(context, invoices),
        "receivable_payments": receipts,
        "credit_memos": memos,
        "recurring_invoices": generate_recurring_invoices(setup, pool),
        "customers": finish_customers(clients),
    }
