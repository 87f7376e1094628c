"""`make demo`: the connector at work, from a local BILL into DuckDB through PyAirbyte."""

import sync_tool  # noqa: F401 - sets PyAirbyte's environment before anything imports PyAirbyte
