"""Tests by room, without network and without waiting."""
