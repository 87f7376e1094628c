"""Tests of source_billcom.lists."""
