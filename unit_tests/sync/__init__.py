"""Tests of source_billcom.sync."""
