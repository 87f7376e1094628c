"""`make demo`: billcom-sync at work, from a local BILL into DuckDB."""
