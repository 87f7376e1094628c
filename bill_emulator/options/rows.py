"""Options for rows: their format, the effect of writes, and what moves updatedTime."""

from __future__ import annotations

from dataclasses import dataclass

from bill_emulator.options.fields import flag, option, whole


@dataclass(frozen=True)
class RowOptions:
    """Options for rows and writes."""

    # Rows
    unpopulated: str = option(
        "absent", "for fields without a value", "[LIVE MJ]", ("absent", "null")
    )
    time_suffix: str = option(
        "+00:00", "UTC offset in times", "[LIVE NG, OD]", ("+00:00", "Z", "+0000")
    )
    time_fraction: str = option(
        "milliseconds", "fraction of a second in times", "[LIVE NG, OD]", ("milliseconds", "none")
    )
    time_precision: str = option(
        "second",
        "precision of createdTime and updatedTime",
        "[LIVE NG] second; millisecond in doc samples",
        ("second", "millisecond"),
    )
    numbers: str = option("number", "JSON type of amounts", "[LIVE MJ]", ("number", "string"))
    whole_numbers: str = option(
        "float", "whole numbers as 100.0 or 100", "[UNKNOWN]", ("float", "integer")
    )
    extra_fields: bool = flag(
        "whether rows have fields that are not documented",
        "[INFER] BILL adds fields",
        default=False,
    )

    # Writes
    unknown_write_fields: str = option(
        "ignore",
        "for fields in a request body that the object does not have",
        "[UNKNOWN]",
        ("ignore", "refuse"),
    )
    read_only_write_fields: str = option(
        "ignore",
        "for fields in a request body that only BILL sets, such as id or dueAmount",
        "[CODE MJ] either",
        ("ignore", "refuse"),
    )
    patch_lines: str = option(
        "merge",
        "for line items in a PATCH: change the lines they name and keep the others, or replace all"
        " lines",
        "[DOC] PATCH changes lines, PUT their number; what happens to lines not named [INFER]",
        ("merge", "replace"),
    )
    archived_updates: str = option(
        "accept",
        "for PATCH and PUT of an archived row",
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
        "maximum length of the invoiceNumber of an AR invoice (BDC_1143); of a bill it is 21",
        "[DOC MJ] 100; 21 is [LIVE NF] for bills, for invoices [INFER]",
        least=21,
        most=100,
    )
    earliest_process_date: str = option(
        "next_business_day",
        "earliest processDate of a payment; never a weekend (BDC_1152)",
        "[DOC hc PayBills, of the older API]",
        ("next_business_day", "today"),
    )

    # What moves updatedTime
    payment_touches_bill: bool = flag(
        "whether a payment moves the updatedTime of its bill", "[UNKNOWN]", default=True
    )
    payment_touches_invoice: bool = flag(
        "whether a payment moves the updatedTime of its invoice", "[UNKNOWN]", default=True
    )
    partly_scheduled: str = option(
        "scheduled",
        "status of a bill or invoice that is partly scheduled and not paid at all: SCHEDULED;"
        " UNPAID or OPEN; PARTIALLY_PAID or PARTIAL_PAYMENT",
        "[UNKNOWN]; scheduled money is not paid, so the last is unlikely",
        ("scheduled", "unpaid", "partly_paid"),
    )
    balance_touches_vendor: bool = flag(
        "whether a new balance moves the updatedTime of the vendor or customer",
        "[INFER] no: balance has its own lastUpdatedDate",
        default=False,
    )
    archive_cascade_touches_children: bool = flag(
        "whether children that are archived with their parent account get a new updatedTime",
        "[LIVE GS]",
        default=True,
    )
    payments_settle: str = option(
        "asked",
        "when due payments are processed: on /control/settle, or at each call",
        "[DOC] that they are processed; on request by default, so that tests control it",
        ("asked", "by_clock"),
    )
    visibility_delay_seconds: int = whole(
        0,
        "a row appears in lists this many seconds after its updatedTime",
        "[UNKNOWN]",
        least=0,
        most=31_536_000,
    )
