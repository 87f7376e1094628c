"""The command `source-billcom`: input files, records on stdout, signals, exit codes."""
