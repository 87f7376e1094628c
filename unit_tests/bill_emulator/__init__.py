"""Tests of `bill_emulator`."""
