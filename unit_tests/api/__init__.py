"""Tests of source_billcom.api."""
