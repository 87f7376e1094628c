"""The programs that are measured: the connector, and other ways to read the same bills."""
