"""Tests of `bill_emulator.lists`."""
