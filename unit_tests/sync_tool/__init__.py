"""Tests of sync_tool/."""
