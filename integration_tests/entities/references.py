"""The fields of every schema that hold an id, and the stream that each of them refers to.

The schemas say it themselves: the description of such a field has "`id` in the stream vendors".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testing.streams import STREAMS, load_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from testing.rows import Json

_TARGET = re.compile(r"`id` in (?:the|this) stream (\w+)")
_ID_NAME = re.compile(r"\.id$|Ids?$|By$")

EXTERNAL: Mapping[str, str] = {
    "bills.billLineItems[].id": "the line's own id",
    "bills.paymentTermId": "payment terms are not a stream",
    "credit_memos.creditMemoLineItems[].id": "the line's own id",
    "customers.paymentTermId": "payment terms are not a stream",
    "invoices.invoiceLineItems[].id": "the line's own id",
    "invoices.invoicePdfId": "files are not a stream",
    "invoices.paymentTermId": "payment terms are not a stream",
    "payments.billPayments[].id": "the share's own id",
    "payments.voidInfo[].id": "the void request's own id",
    "receivable_payments.fundingAccount.id": "accounts of customers are not a stream",
    "recurring_bills.recurringBillLineItems[].id": "the line's own id",
    "recurring_invoices.paymentTermId": "payment terms are not a stream",
    "recurring_invoices.recurringInvoiceLineItems[].id": "the line's own id",
    "vendor_credits.vendorCreditLineItems[].id": "the line's own id",
    "vendors.additionalInfo.paymentTermId": "payment terms are not a stream",
    "vendors.additionalInfo.taxId": "issued by the tax authority, not by BILL",
    "vendors.paymentNetworkId": "BILL's payment network is not a stream",
    "vendors.rppsId": "issued by the RPPS network, not by BILL",
}
"""Why a field that holds an id refers to no stream, by stream and path."""


@dataclass(frozen=True)
class IdField:
    """A field that holds an id.

    Attributes:
        path: from the row down, such as `billLineItems[].classifications.itemId`.
        target: the stream whose `id` it is; empty if it refers to no stream.
        description: as the schema has it.

    """

    stream: str
    path: str
    target: str
    description: str

    @property
    def full_name(self) -> str:
        """The stream and the path, with a dot between."""
        return f"{self.stream}.{self.path}"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """The path without its last part; empty for a field of the row itself."""
        return self.path.rpartition(".")[0]


def id_fields(stream: str, schema: Json) -> list[IdField]:
    """Find the fields of a schema that hold an id, at any depth, but not the primary key.

    These are the fields with the name `id`, or with a name that ends in `Id`, `Ids` or `By`.
    Fields of the row itself are first, and fields with the same parent are together.
    """
    found = [
        IdField(stream, path, _target(field["description"]), field["description"])
        for path, field in _fields(schema)
        if "properties" not in field and _ID_NAME.search(path)
    ]
    parents = list(dict.fromkeys(["", *(field.parent for field in found)]))
    return sorted(found, key=lambda field: parents.index(field.parent))


def all_id_fields() -> dict[str, list[IdField]]:
    """Return the fields of every stream, in the manifest's order.

    Raises:
        ValueError: a field refers to no stream and is not in `EXTERNAL`.
    """
    found = {stream: id_fields(stream, load_schema(stream)) for stream in STREAMS}
    problems = unexplained(field for fields in found.values() for field in fields)
    if problems:
        raise ValueError(f"Say where these refer to, or list them as EXTERNAL: {problems}")
    return found


def unexplained(fields: Iterable[IdField]) -> list[str]:
    """Return the full names of fields that are neither a reference nor in `EXTERNAL`."""
    return [one.full_name for one in fields if not one.target and one.full_name not in EXTERNAL]


def _target(description: str) -> str:
    found = _TARGET.search(description)
    return found[1] if found else ""


def _fields(holder: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Yield path and schema of each field, parents before children."""
    for name, field in holder.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, field
        yield from _fields(field, f"{path}.")
        yield from _fields(field.get("items", {}), f"{path}[].")
