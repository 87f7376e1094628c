"""Options of rows: how they look, what writes do, and what moves updatedTime."""

from __future__ import annotations

from dataclasses import dataclass

from bill_emulator.options.fields import flag, option, whole


@dataclass(frozen=True)
class RowOptions:
    """Options of rows: how they look, what writes do, and what moves updatedTime."""

    # Rows
    unpopulated: str = option("absent", "fields without a value", "[LIVE MJ]", ("absent", "null"))
    time_suffix: str = option("+00:00", "zone in times", "[LIVE NG, OD]", ("+00:00", "Z", "+0000"))
    time_fraction: str = option(
        "milliseconds", "fraction in times", "[LIVE NG, OD]", ("milliseconds", "none")
    )
    time_precision: str = option(
        "second",
        "precision of createdTime and updatedTime",
        "[LIVE NG] second; millisecond in doc samples",
        ("second", "millisecond"),
    )
    numbers: str = option("number", "amounts as JSON", "[LIVE MJ]", ("number", "string"))
    whole_numbers: str = option(
        "float", "100 as 100.0 or as 100", "[UNKNOWN]", ("float", "integer")
    )
    extra_fields: bool = flag(
        "rows carry fields nobody has documented", "[INFER] BILL adds fields", default=False
    )

    # Writes
    unknown_write_fields: str = option(
        "ignore",
        "fields in a request body that the object does not have",
        "[UNKNOWN]",
        ("ignore", "refuse"),
    )
    read_only_write_fields: str = option(
        "ignore",
        "fields in a request body that only BILL sets, such as id or dueAmount",
        "[CODE MJ] either",
        ("ignore", "refuse"),
    )
    patch_lines: str = option(
        "merge",
        "line items in a PATCH: change the lines they name and keep the others, or take their"
        " place",
        "[DOC] PATCH changes lines, PUT their number; what becomes of lines not named [INFER]",
        ("merge", "replace"),
    )
    archived_updates: str = option(
        "accept",
        "PATCH and PUT of an archived row",
        "[UNKNOWN]",
        ("accept", "refuse"),
    )
    customer_email: str = option(
        "optional",
        "whether a new customer needs an email",
        "[DOC] the name alone is required; that some accounts demand the email [INFER]",
        ("optional", "required"),
    )
    invoice_number_length: int = whole(
        100,
        "most characters of an invoice's number, 21 or 100; a bill's has 21 at most (BDC_1143)",
        "[DOC MJ] 100; 21 is [LIVE NF] for bills, for invoices [INFER]",
        least=21,
        most=100,
    )
    earliest_process_date: str = option(
        "next_business_day",
        "the first day a payment may be processed on; none is processed on a weekend (BDC_1152)",
        "[DOC hc PayBills, of the older API]",
        ("next_business_day", "today"),
    )

    # What moves updatedTime
    payment_touches_bill: bool = flag(
        "a payment moves its bill's updatedTime", "[UNKNOWN]", default=True
    )
    payment_touches_invoice: bool = flag(
        "a payment moves its invoice's updatedTime", "[UNKNOWN]", default=True
    )
    partly_scheduled: str = option(
        "scheduled",
        "status of a bill or invoice of which nothing is paid and a part scheduled: SCHEDULED;"
        " UNPAID or OPEN; PARTIALLY_PAID or PARTIAL_PAYMENT",
        "[UNKNOWN]; scheduled money is not paid, so the last is unlikely",
        ("scheduled", "unpaid", "partly_paid"),
    )
    balance_touches_vendor: bool = flag(
        "a new balance moves the vendor's (or customer's) updatedTime",
        "[INFER] no: balance has its own lastUpdatedDate",
        default=False,
    )
    archive_cascade_touches_children: bool = flag(
        "children archived with their parent account get a new updatedTime",
        "[LIVE GS]",
        default=True,
    )
    payments_settle: str = option(
        "asked",
        "payments whose day has come are processed at each call, or when /control/settle asks",
        "[DOC] that they are; asked, so that tests' data moves when told",
        ("asked", "by_clock"),
    )
    visibility_delay_seconds: int = whole(
        0,
        "a row shows in lists this many seconds after its updatedTime",
        "[UNKNOWN]",
        least=0,
        most=31_536_000,
    )
