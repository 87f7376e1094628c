"""Airbyte source connector for BILL (Bill.com): payables, receivables and organization data."""

from source_billcom.source import SourceBillcom

__all__ = ["SourceBillcom"]
