"""Tests of `bill_emulator.writes`."""
