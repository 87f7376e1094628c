"""Tests of `bill_emulator.company`."""
