"""Tests of source_billcom.cli."""
