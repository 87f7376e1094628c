"""Airbyte source connector for BILL (Bill.com): payables, receivables and organization data."""

from source_billcom.lean_imports import lean_imports

with lean_imports():
    from source_billcom.source import SourceBillcom

__all__ = ["SourceBillcom"]
