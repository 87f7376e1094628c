"""`make sync`: a real BILL account into DuckDB or PostgreSQL, through PyAirbyte."""
