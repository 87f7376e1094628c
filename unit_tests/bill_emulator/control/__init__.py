"""Tests of `bill_emulator.control`."""
