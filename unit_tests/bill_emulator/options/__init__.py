"""Tests of `bill_emulator.options`."""
