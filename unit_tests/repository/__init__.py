"""Tests of the repository itself: documentation, metadata, bill of materials."""
