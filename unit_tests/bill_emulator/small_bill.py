"""A small company and its emulator, for unit tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bill_emulator.clock import Clock, canonical
from bill_emulator.contract import LISTS
from bill_emulator.emulated_bill import Bill
from bill_emulator.ids import Ids
from bill_emulator.options import Options, changed

NOW = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
ORGANIZATION_ID = "00802SMALLCOMPANY000"

Row = dict[str, Any]


@dataclass
class SmallCompany:
    organization_id: str = ORGANIZATION_ID
    lists: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in LISTS})


def time_of(seconds: float) -> str:
    """Return the canonical time this many seconds before NOW."""
    return canonical(NOW - timedelta(seconds=seconds))


def bills(count: int, per_second: int = 3) -> list[Row]:
    """Return bills, `per_second` of them in each second, oldest first."""
    ids = Ids(5)
    return [
        {
            "id": ids.next("00n"),
            "archived": number % 7 == 0,
            "vendorId": f"009{number % 4}",
            "amount": float(number),
            "dueDate": f"2026-0{1 + number % 6}-15",
            "paymentStatus": ("PAID", "UNPAID")[number % 2],
            "invoice": {"invoiceNumber": f"N,{number}"},
            "createdTime": time_of(10_000 - number // per_second),
            "updatedTime": time_of(5_000 - (number * 7 % count) // per_second),
        }
        for number in range(count)
    ]


def small_bill(rows: dict[str, list[Row]] | None = None, **options: Any) -> Bill:
    """Return an emulator with these rows, and its clock stopped at NOW."""
    company = SmallCompany()
    company.lists.update(rows or {})
    return Bill(company, Clock(frozen_at=NOW), changed(Options(), options))


def sign_in_body(bill: Bill, **changes: Any) -> dict[str, Any]:
    """Return the body of a login."""
    known = bill.credentials
    body = {
        "username": known.username,
        "password": known.password,
        "organizationId": known.organization_id,
        "devKey": known.developer_key,
    }
    return {**body, **changes}
