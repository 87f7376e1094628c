"""Tests of sync_tool/destinations."""
