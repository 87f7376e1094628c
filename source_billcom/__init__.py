"""Airbyte source connector for BILL (Bill.com): payables, receivables and organization data."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_billcom.source import SourceBillcom

__all__ = ["SourceBillcom"]


def __getattr__(name: str) -> Any:
    """Import the source on first use, because `spec` needs neither it nor the CDK."""
    if name != "SourceBillcom":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from source_billcom.source import SourceBillcom  # noqa: PLC0415 - as above

    return SourceBillcom
