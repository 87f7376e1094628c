"""What tests, reliability and benchmarks share: the connector run as a command, servers, rows."""
